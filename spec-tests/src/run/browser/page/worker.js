addEventListener("message", ({ data }) => {
  byScript(data).then(postMessage, (error) => postMessage({ failure: String(error) }));
});

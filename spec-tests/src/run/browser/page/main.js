const [wish, done] = arguments;

// The worker's script is served anew, so that its policies are those of the case.
function inWorker(wish) {
  const worker = new Worker(wish.worker);
  const answer = new Promise((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", ({ message }) => resolve({ failure: `the worker does not start: ${message}` }));
  });
  worker.postMessage({ ...wish, worker: null });
  return answer.finally(() => worker.terminate());
}

const by = wish.element ? byElement : wish.worker ? inWorker : byScript;
by(wish).then(done, (error) => done({ failure: String(error) }));

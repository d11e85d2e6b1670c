// What a page or a worker runs: `fetch()`, or an XHR with an upload listener, and what came of it.

// As much of a body as tells whether there is one.
const start = (buffer) => String.fromCharCode(...new Uint8Array(buffer).slice(0, 32));
const body = (wish) => (wish.body === null ? undefined : new Uint8Array(wish.body).fill(120));

const entries = (isOurs) => performance.getEntriesByType("resource").filter((entry) => isOurs(entry.initiatorType));
const isOfFetch = (initiator) => initiator === "fetch";

// Servers that the page's origin may not time have entries without the middle. An entry comes a moment after the body.
async function isTimed(isOurs, before) {
  const last = () => entries(isOurs)[before];
  for (let turn = 0; turn < 100 && last() === undefined; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return last() === undefined ? null : last().connectStart > 0 || last().requestStart > 0;
}

async function byFetch(wish) {
  const before = entries(isOfFetch).length;
  let response;
  try {
    response = await fetch(wish.url, { ...wish.init, body: body(wish) });
  } catch (error) {
    return { error: { message: String(error) } };
  }
  const { type, status, url, redirected } = response;
  const seen = { type, status, url, redirected, headers: [...response.headers], body: null };
  try {
    seen.body = start(await response.arrayBuffer());
  } catch (error) {
    seen.broken = String(error);
  }
  if (wish.timing) seen.timing_allow = await isTimed(isOfFetch, before);
  return { response: seen };
}

// A listener for uploads asks for a preflight.
function byRequest(wish) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.responseType = "arraybuffer";
    request.upload.addEventListener("progress", () => {});
    request.open(wish.init.method ?? "GET", wish.url);
    request.withCredentials = wish.init.credentials === "include";
    for (const [name, value] of wish.init.headers) request.setRequestHeader(name, value);
    request.addEventListener("error", () => resolve({ error: { message: "error event" } }));
    request.addEventListener("load", () => {
      const lines = request.getAllResponseHeaders().split("\r\n").filter((line) => line !== "");
      const headers = lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
      const { status, responseURL: url, response } = request;
      resolve({ response: { status, url, headers, body: start(response) } });
    });
    // Without a body, browsers have nothing to listen to.
    request.send(body(wish) ?? new Uint8Array());
  });
}

const byScript = (wish) => (wish.upload ? byRequest(wish) : byFetch(wish));

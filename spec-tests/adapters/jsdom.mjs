// XMLHttpRequest of jsdom. It always has mode cors, follows redirects, and has no preflight cache.
import { CANNOT, Skip, bytes, latin1, load, pageUrl, serve } from "./common.mjs";

const { version, exports: { CookieJar, JSDOM, VirtualConsole } } = await load("jsdom");
let jar = new CookieJar();

function refuse(wish) {
  if ((wish.mode ?? "cors") !== "cors") throw new Skip("XMLHttpRequest has mode cors only");
  if ((wish.redirect ?? "follow") !== "follow") throw new Skip("XMLHttpRequest follows redirects");
  if ((wish.cache ?? "default") !== "default") throw new Skip("XMLHttpRequest has no cache mode");
  if (wish.credentials === "omit") throw new Skip("XMLHttpRequest cannot omit credentials");
  if (wish.referrer !== undefined || wish.referrer_policy) throw new Skip("XMLHttpRequest has no referrer");
  if (wish.keepalive) throw new Skip("XMLHttpRequest has no keepalive");
  if (wish.body === "stream") throw new Skip("XMLHttpRequest takes no stream");
  // send() drops such a body, as the standard says, where fetch() throws.
  if (wish.body && /^(get|head)$/i.test(wish.method ?? "GET")) throw new Skip("XMLHttpRequest drops this body");
}

serve({
  name: `jsdom ${version} XMLHttpRequest`,
  cannot: [...CANNOT, "clock", "clear-cache", "stream-body"],
  reports: ["status", "url", "headers", "body"],

  start({ cookies }) {
    jar = new CookieJar();
    for (const [origin, cookie] of Object.entries(cookies ?? {})) jar.setCookieSync(cookie, origin);
  },

  async fetch({ client, fetch: wish }) {
    refuse(wish);
    const options = { url: pageUrl(client), cookieJar: jar, virtualConsole: new VirtualConsole() };
    const page = new JSDOM("<!doctype html>", options);
    try {
      const xhr = new page.window.XMLHttpRequest();
      xhr.open(wish.method ?? "GET", wish.url);
      xhr.responseType = "arraybuffer";
      xhr.withCredentials = wish.credentials === "include";
      for (const [name, value] of wish.headers ?? []) xhr.setRequestHeader(name, value);
      if (wish.use_cors_preflight) xhr.upload.addEventListener("progress", () => {});
      await new Promise((resolve, reject) => {
        xhr.addEventListener("load", resolve);
        for (const event of ["error", "abort", "timeout"]) {
          xhr.addEventListener(event, () => reject(new Error(`XMLHttpRequest: ${event}`)));
        }
        xhr.send(wish.body ? bytes(wish.body.source) : null);
      });
      const lines = xhr.getAllResponseHeaders().split("\r\n").filter((line) => line !== "");
      return {
        status: xhr.status,
        url: xhr.responseURL,
        headers: lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
        body: latin1(xhr.response ?? new ArrayBuffer(0)),
      };
    } finally {
      page.window.close();
    }
  },
});

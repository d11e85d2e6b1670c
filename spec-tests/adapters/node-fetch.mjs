// Node's own fetch (undici). It has no page; the page's URL goes where undici's setGlobalOrigin() puts it.
import { CANNOT, describe, fetchInit, pageUrl, serve } from "./common.mjs";

const GLOBAL_ORIGIN = Symbol.for("undici.globalOrigin.1");

serve({
  name: `node ${process.versions.node} fetch (undici ${process.versions.undici})`,
  cannot: [...CANNOT, "cookies", "clock", "clear-cache"],
  reports: ["type", "status", "url", "redirected", "headers", "body"],

  async fetch({ client, fetch: wish }) {
    globalThis[GLOBAL_ORIGIN] = new URL(pageUrl(client));
    return describe(await fetch(wish.url, fetchInit(wish, ReadableStream)));
  },
});

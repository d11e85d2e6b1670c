// fetch of happy-dom. Its preflight cache reads Date.now(), which is the clock here.
import { readFileSync } from "node:fs";
import { Browser } from "happy-dom";
import { CANNOT, describe, fetchInit, pageSource, pageUrl, serve } from "./common.mjs";

// Its exports have no package.json.
const manifest = new URL("../package.json", import.meta.resolve("happy-dom"));
const { version } = JSON.parse(readFileSync(manifest, "utf8"));
const epoch = Date.now();
let browser = null;

serve({
  name: `happy-dom ${version} fetch`,
  cannot: CANNOT,
  // Its Response.type is always basic.
  reports: ["status", "url", "redirected", "headers", "body"],

  async start({ cookies }) {
    browser?.close().catch(() => {});
    browser = new Browser();
    for (const [origin, cookie] of Object.entries(cookies ?? {})) {
      const [key, value] = cookie.split("=");
      browser.defaultContext.cookieContainer.addCookies([{ key, value, originURL: new URL(origin) }]);
    }
  },

  clearCache() {
    browser.defaultContext.preflightResponseCache.clear();
  },

  async fetch({ clock_ms, client, fetch: wish }) {
    Date.now = () => epoch + (clock_ms ?? 0);
    const page = browser.newPage();
    page.url = pageUrl(client);
    page.content = pageSource(client);
    const { window } = page.mainFrame;
    return describe(await window.fetch(wish.url, fetchInit(wish, window.ReadableStream)));
  },
});

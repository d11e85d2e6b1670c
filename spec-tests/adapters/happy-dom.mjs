// fetch of happy-dom. Its preflight cache reads Date.now(), which is the clock here.
import { CANNOT, describe, fetchInit, load, pageUrl, serve } from "./common.mjs";

const { version, exports: { Browser } } = await load("happy-dom");
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
    const { window } = page.mainFrame;
    return describe(await window.fetch(wish.url, fetchInit(wish, window.ReadableStream)));
  },
});

// The protocol of ../COMMAND.md: one JSON document a line in, one line of answer for each out.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// What no script of a page or of Node can do or show.
export const CANNOT = [
  "table", "configured-headers", "max-age-limit", "letter-profile", "opaque-origin", "embedder-policy", "partition",
  "keepalive-quota", "raw-request", "element", "navigation", "websocket", "fetch-metadata", "other-scheme",
];

// A package and its version: from the folder that is the program's argument, or else as Node finds it.
export async function load(name) {
  const [, , folder] = process.argv;
  const manifest = folder ? pathToFileURL(`${folder}/package.json`) : new URL("../package.json", import.meta.resolve(name));
  const { version, main } = JSON.parse(readFileSync(manifest, "utf8"));
  return { version, exports: await import(new URL(main, manifest)) };
}

// Throw this where the program under test has no way to make a fetch.
export class Skip extends Error {}

// Errors outside of the call that caused them (thrown in a listener, or a promise without handler). They would end
// the process, so that a case during which one comes fails, however its call ends.
let strays = [];
let wake = () => {};
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    process.stderr.write(`${event}: ${error?.stack ?? error}\n`);
    strays.push(error);
    wake();
  });
}

// Standard output is for answers only.
for (const name of ["log", "info", "debug"]) {
  console[name] = console.error;
}

async function answer(program, message) {
  switch (message.do) {
    case "hello":
      return { version: 1, name: program.name, cannot: program.cannot, reports: program.reports };
    case "start":
      await program.start?.(message);
      return { ok: true };
    case "clear-cache":
      if (!program.clearCache) throw new Skip("no cache to clear");
      await program.clearCache();
      return { ok: true };
    case "fetch":
      refuse(message);
      return fetched(program, message);
    default:
      throw new Skip(`no way to do ${message.do}`);
  }
}

async function fetched(program, message) {
  strays = [];
  const stray = new Promise((resolve) => { wake = resolve; });
  const call = (async () => ({ response: await program.fetch(message) }))().catch((error) => {
    if (error instanceof Skip) return { skip: error.message };
    process.stderr.write(`${error?.stack ?? error}\n`);
    return { error: {} };
  });
  const reply = await Promise.race([call, stray]);
  // Unhandled rejections are told after all that is due now.
  await new Promise((resolve) => { setImmediate(resolve); });
  if (strays.length > 0) return { failure: `an error outside of the call: ${strays[0]?.message ?? strays[0]}` };
  return reply;
}

// Members that neither fetch() nor XMLHttpRequest has.
function refuse({ fetch, client }) {
  if ((fetch.api ?? "fetch") !== "fetch") throw new Skip("only requests of the API");
  for (const member of ["destination", "initiator", "service_workers", "top_level_navigation_initiator_origin",
    "in_flight_keepalive_bytes", "user_activation", "user_initiated", "local_urls_only",
    "prevent_no_cache_cache_control"]) {
    if (fetch[member]) throw new Skip(`no way to set ${member}`);
  }
  // jsdom and happy-dom read no policy of a page, whether by header or by <meta name="referrer">; Node has no page.
  for (const member of ["referrer_policy", "worker", "emulated_language", "cross_site_ancestor"]) {
    if (client[member]) throw new Skip(`no client with ${member}`);
  }
}

export async function serve(program) {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    let reply;
    try {
      reply = await answer(program, JSON.parse(line));
    } catch (error) {
      reply = { skip: error instanceof Skip ? error.message : `adapter: ${error?.message ?? error}` };
    }
    await new Promise((done) => process.stdout.write(`${JSON.stringify(reply)}\n`, done));
  }
  process.exit(0);
}

export function pageUrl(client) {
  return client.url ?? `${client.origin}/page`;
}

export function bytes(length) {
  return new Uint8Array(length).fill(0x78);
}

export function latin1(buffer) {
  return Buffer.from(buffer).toString("latin1");
}

// The second argument of fetch().
export function fetchInit(wish, Stream) {
  const init = {};
  for (const member of ["method", "headers", "mode", "credentials", "redirect", "cache", "keepalive"]) {
    if (wish[member] !== undefined) init[member] = wish[member];
  }
  if (wish.referrer !== undefined) init.referrer = wish.referrer === "no-referrer" ? "" : wish.referrer;
  if (wish.referrer_policy) init.referrerPolicy = wish.referrer_policy;
  if (wish.use_cors_preflight) throw new Skip("fetch() has no upload listener");
  if (wish.body === "stream") {
    init.duplex = "half";
    init.body = new Stream({
      start(controller) {
        controller.enqueue(bytes(4));
        controller.close();
      },
    });
  } else if (wish.body) {
    init.body = bytes(wish.body.source);
  }
  return init;
}

// What script sees of a Response.
export async function describe(response) {
  const opaque = ["opaque", "opaqueredirect", "error"].includes(response.type);
  return {
    type: response.type,
    status: response.status,
    url: response.url,
    redirected: response.redirected,
    headers: [...response.headers].map(([name, value]) => [name.toLowerCase(), value]),
    body: opaque ? null : latin1(await response.arrayBuffer()),
  };
}

// What HTML and CSS make requests by. Each tells whether it loaded, and some whether the page may read it.

const make = (name, attributes) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value != null) element.setAttribute(key, value);
  }
  return element;
};

const event = (target, loaded = "load", failed = "error") =>
  new Promise((resolve) => {
    target.addEventListener(loaded, () => resolve(true));
    target.addEventListener(failed, () => resolve(false));
  });

const insert = (element) => {
  const loaded = event(element);
  document.documentElement.append(element);
  return loaded;
};

const isAllowed = (read) => {
  try {
    read();
    return true;
  } catch (error) {
    if (error.name === "SecurityError") return false;
    throw error;
  }
};

const settles = (promise) => promise.then(() => true, () => false);

// The script throws; of one that the page may not read, it learns nothing but that.
async function script(wish, type) {
  const { url, crossorigin, referrerpolicy } = wish;
  let message = null;
  addEventListener("error", (error) => (message = error.message), { once: true });
  const loaded = await insert(make("script", { type, crossorigin, referrerpolicy, src: url }));
  return { loaded, readable: message === null ? null : !/^script error\.?$/i.test(message) };
}

async function link(wish, rel) {
  const { url, crossorigin, referrerpolicy } = wish;
  const element = make("link", { rel, as: wish.as, crossorigin, referrerpolicy, href: url });
  if (!element.relList.supports(rel)) return { unsupported: `link rel=${rel}` };
  const loaded = await insert(element);
  return { loaded, readable: loaded && element.sheet ? isAllowed(() => element.sheet.cssRules.length) : null };
}

async function image(wish) {
  const { url, crossorigin, referrerpolicy } = wish;
  const source = wish.srcset ? { srcset: `${url} 1x` } : { src: url };
  const element = make("img", { crossorigin, referrerpolicy, ...source });
  if (!(await event(element))) return { loaded: false };
  const context = document.createElement("canvas").getContext("2d");
  context.drawImage(element, 0, 0);
  return { loaded: true, readable: isAllowed(() => context.getImageData(0, 0, 1, 1)) };
}

async function media(wish, name) {
  const element = make(name, { crossorigin: wish.crossorigin, preload: "auto", src: wish.url });
  const loaded = await event(element, "loadeddata");
  // Otherwise it may ask for more.
  element.removeAttribute("src");
  element.load();
  return { loaded };
}

async function track(wish) {
  const element = make("video", { crossorigin: wish.crossorigin });
  const child = make("track", { kind: "subtitles", src: wish.url, default: "" });
  const loaded = event(child);
  element.append(child);
  child.track.mode = "hidden";
  document.documentElement.append(element);
  return { loaded: await loaded };
}

const font = async (wish) => ({ loaded: await settles(new FontFace("fixture", `url(${JSON.stringify(wish.url)})`).load()) });

async function worker(wish, type) {
  let worker;
  try {
    worker = new Worker(wish.url, { type, credentials: wish.credentials });
  } catch (error) {
    if (error.name === "SecurityError") return { loaded: false };
    throw error;
  }
  const loaded = await event(worker, "message");
  worker.terminate();
  return { loaded };
}

async function worklet(wish) {
  const { audioWorklet } = new OfflineAudioContext(1, 1, 44100);
  return { loaded: await settles(audioWorklet.addModule(wish.url, { credentials: wish.credentials })) };
}

// Where an import without that attribute would be of a script.
async function json(wish) {
  const loaded = event(window, "imported", "not-imported");
  const element = make("script", { type: "module" });
  element.textContent = `import ${JSON.stringify(wish.url)} with { type: "json" }; dispatchEvent(new Event("imported"));`;
  element.addEventListener("error", () => dispatchEvent(new Event("not-imported")));
  document.documentElement.append(element);
  return { loaded: await loaded };
}

const ELEMENTS = {
  script: (wish) => script(wish, null),
  "module script": (wish) => script(wish, "module"),
  stylesheet: (wish) => link(wish, "stylesheet"),
  preload: (wish) => link(wish, "preload"),
  prefetch: (wish) => link(wish, "prefetch"),
  image,
  audio: (wish) => media(wish, "audio"),
  video: (wish) => media(wish, "video"),
  track,
  font,
  "worker script": (wish) => worker(wish, "classic"),
  "module worker script": (wish) => worker(wish, "module"),
  "audio worklet": worklet,
  "JSON module": json,
};

const isOfElement = (initiator) => !["fetch", "xmlhttprequest"].includes(initiator);

async function byElement(wish) {
  const before = entries(isOfElement).length;
  const silence = new Promise((resolve) => setTimeout(resolve, 3000, { silent: true }));
  const told = await Promise.race([ELEMENTS[wish.element](wish), silence]);
  if (told.silent) return { failure: "the element told neither load nor error" };
  if (told.unsupported) return told;
  if (!told.loaded) return { error: { message: "error event" } };
  const seen = { readable: told.readable ?? null };
  if (wish.timing) seen.timing_allow = await isTimed(isOfElement, before);
  return { response: seen };
}

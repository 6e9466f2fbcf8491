// What every part stands on: elements, state, the address, controls, focus, voice, blurs, sentences; and the gallery behind it: API, lists, analysis.

const MARK = "\ue000";
const number = new Intl.NumberFormat();
export const MOST_IDS = 100; // in one call of changeMany
const AUTOMATIC_PAGES = 3; // then a button, so that the footer can be reached
const KEPT_LISTS = 8;
const MOST_REFRESHED = 500; // pictures
const FIRST_MS = 400; // until what is being analysed is looked at
const CALM_MS = 60000; // how often the models' state is looked at while all is well

/** @type {CoreHolds} */
const { parsed, watchers, known, followers, places, unsaid, blurs } = {
  parsed: new WeakMap(), watchers: new Set(), known: new Map(), followers: new Set(), places: [], unsaid: new Set(), blurs: new Map(),
};
/** @type {GalleryHolds} */
const { kept, watched } = { kept: new Map(), watched: new Set() };
/** @type {Record<string, Promise<Image>>} */
const asked = {}; // being fetched
/** @type {GalleryState} */
let { told } = { told: undefined };
let [timer, delay, nextLook, tries, nextAsk, counts] = [0, FIRST_MS, 0, 0, 0, 0];

export class ApiError extends Error {
  /** @param {number} status 0 when no answer came @param {string} code @param {string} message @param {any} [details] */
  constructor(status, code, message, details = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Whether the same call may go through later. */
  get lost() {
    return [0, 502, 503, 504].includes(this.status);
  }
}

/** @type {Core & Gallery} */
const module = {
  html(strings, ...values) {
    let template = parsed.get(strings);
    if (!template) {
      parsed.set(strings, (template = document.createElement("template")));
      template.innerHTML = strings.join(MARK).trim(); // literals of our own source; no value is in it
    }
    const root = document.importNode(template.content, true);
    const walker = document.createTreeWalker(root);
    const parts = [];
    while (walker.nextNode()) parts.push(walker.currentNode);
    const rest = values.values();
    for (const part of parts) {
      if (part instanceof Element) fillAttributes(part, rest);
      else if (part instanceof Text) fillText(part, rest);
    }
    return /** @type {any} */ (root.firstElementChild);
  },

  fillAttributes(element, rest) {
    for (const { name, value } of [...element.attributes]) {
      const [before, ...parts] = value.split(MARK);
      if (!parts.length) continue;
      const given = parts.map(() => rest.next().value);
      const rid = () => element.removeAttribute(name);
      if (name.startsWith("@")) rid(), element.addEventListener(name.slice(1), given[0]);
      else if (name.startsWith(".")) rid(), Reflect.set(element, name.slice(1), given[0]);
      else if (value === MARK && (given[0] ?? false) === false) rid();
      else element.setAttribute(name, before + parts.map((part, i) => (given[i] ?? "") + part).join(""));
    }
  },

  fillText(text, rest) {
    const [before = "", ...parts] = text.data.split(MARK);
    if (parts.length) text.replaceWith(before, ...parts.flatMap((part) => [...nodes(rest.next().value), part]));
  },

  nodes(value) {
    if (Array.isArray(value)) return value.flatMap(nodes);
    if (value == null || typeof value === "boolean") return [];
    return [value instanceof Node ? value : String(value)];
  },

  fill: (element, ...contents) => element.replaceChildren(...nodes(contents)),

  need(selector, root = document) {
    const found = root.querySelector(selector);
    if (!found) throw new Error(`The page has no ${selector}`);
    return found;
  },

  copy: (id) => /** @type {any} */ (document.importNode(need(`template#${id}`).content, true).firstElementChild),
  target: (event) => event.target,

  // --- state and pictures

  set(changes) {
    Object.assign(state, changes);
    for (const { keys, tell } of watchers) if (keys.some((key) => key in changes)) tell();
  },

  watch(keys, tell) {
    watchers.add({ keys, tell });
    tell();
  },

  image: (id) => known.get(id),

  remember(images) {
    let late = false;
    for (const fresh of images) {
      const old = known.get(fresh.id);
      if (old && old.version > fresh.version) continue;
      const kept = fresh.steps?.length || !old ? fresh : { ...fresh, steps: old.steps };
      known.set(fresh.id, kept);
      if (old?.version !== kept.version || old.steps?.length !== kept.steps?.length) for (const tell of followers) tell(kept);
      late ||= old?.status === "processing" && kept.status === "ready" && kept.published && !state.list?.ids.includes(kept.id);
    }
    if (late) void refresh(); // restored: a list that was asked for meanwhile lacks it
  },

  follow(tell) {
    followers.add(tell);
    return () => followers.delete(tell);
  },

  // --- the address

  parse(search) {
    const given = new URLSearchParams(search);
    const said = (name = "", form = /^/) => {
      const text = (given.get(name) ?? "").trim().slice(0, 400);
      return form.test(text) ? text : "";
    };
    const sort = said("sort", /^(oldest|shuffle|disagreement)$/);
    return { q: said("q"), category: said("category"), image: said("image"), sort, seed: said("seed", /^\d{1,9}$/), desk: said("desk"), picture: "" };
  },

  format: ({ picture, ...route }) => `?${new URLSearchParams(Object.entries(route).filter(([, said]) => said))}`.replace(/^\?$/, "./"),
  listKey: ({ q, category, sort, seed, picture }) => JSON.stringify([q, category, sort, seed, picture]),
  place: () => history.state ?? {},
  remark: (more) => history.replaceState({ ...place(), ...more }, ""),

  go(changes, { replace, opened = false } = {}) {
    const route = { ...state.route, ...changes };
    replace ||= JSON.stringify(route) === JSON.stringify(state.route); // pressed twice
    if (state.list) state.list.scroll = scrollY;
    if (!replace) remark({ scroll: scrollY });
    const scroll = listKey(route) === listKey(state.route) ? scrollY : 0;
    history[replace ? "replaceState" : "pushState"]({ ...(replace ? place() : { opened, scroll }), picture: route.picture }, "", format(route));
    set({ route });
  },

  back(changes) {
    if (!place().opened) return go(changes, { replace: true });
    remark({ opened: false }); // pressed twice it leads no further
    history.back();
  },

  followAddress() {
    const turn = () => set({ route: { ...parse(location.search), picture: pictures.has(place().picture ?? "") ? (place().picture ?? "") : "" } });
    history.scrollRestoration = "manual";
    addEventListener("popstate", () => {
      if (state.list && !state.route.image) state.list.scroll = scrollY;
      turn();
    });
    turn();
  },

  // --- controls

  link(route, content, { kind, label, ...how } = {}) {
    const target = { ...parse(""), ...route, desk: "" };
    return html`<a class=${kind} href=${format(target)} aria-label=${label} title=${label} @click=${onPlain(() => go(target, how))}>${content}</a>`;
  },

  onPlain: (act) => (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    act();
  },

  button: (label, press, kind = "link") => html`<button type="button" class=${kind} @click=${press}>${label}</button>`,

  cross(label, press, kind) {
    const made = button(need(".close svg").cloneNode(true), press, kind);
    made.ariaLabel = label;
    return made;
  },

  // --- focus

  able: (at) => at.isConnected && at.checkVisibility({ visibilityProperty: true }) && !at.matches(":disabled"),
  named: (at) => at.localName + (at.ariaLabel ?? at.textContent),

  holdFocus() {
    addEventListener("focusin", (event) => {
      const element = target(event);
      const trail = [];
      for (let at = element; at.parentElement; at = at.parentElement) trail.push({ home: at.parentElement, next: at.nextElementSibling });
      places.unshift({ element, trail });
      places.length = Math.min(8, places.length);
    });
    new MutationObserver((changes) => {
      const [last] = places;
      const now = document.activeElement;
      if (!last || (now !== document.body && now !== last.element)) return;
      if (last.element.isConnected && !changes.some(({ type, target }) => type === "attributes" && target.contains(last.element))) return;
      if (able(last.element)) return;
      near(last)?.focus();
      for (const { element } of places) if (unfocused() && able(element)) element.focus();
      if (unfocused()) need("#wall").focus({ preventScroll: true });
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden", "disabled", "open"] });
  },

  unfocused: () => document.activeElement === document.body || !able(document.activeElement ?? document.body),

  near({ element, trail }) {
    for (const { home, next } of trail) {
      if (home === document.body) return;
      const there = able(home) ? [...home.querySelectorAll("a[href], button, summary, input, textarea, [tabindex]")].filter(able) : [];
      const pressed = there.filter((one) => !one.matches("input, textarea"));
      const follows = pressed.find((one) => one === next || (next?.isConnected && next.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING));
      const found = there.find((one) => named(one) === named(element)) ?? follows ?? pressed.at(-1);
      if (found) return found;
    }
  },

  // --- voice

  announce(message) {
    unsaid.add(message);
    clearTimeout(timer);
    timer = setTimeout(() => {
      need("#live").textContent = [...unsaid].join(" ");
      unsaid.clear();
    }, 500);
  },

  tell(message, label, run) {
    const box = need("#toast");
    const hush = () => (box.hidden = true);
    const act = label && button(label, () => (hush(), run?.()), "toast-act");
    fill(box, html`<span class="toast-words" dir="auto">${message}</span>`, act, cross("Close this message", hush, "icon"));
    box.hidden = false;
    announce(label ? `${message} ${label} is at hand.` : message);
  },

  async trying(deed) {
    try {
      await deed();
    } catch (error) {
      tell(reason(error), "Try again", () => void trying(deed));
    }
  },

  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  reason: (error) => (error instanceof Error ? error.message : String(error)),

  // --- blurs

  background(placeholder) {
    if (!placeholder) return "";
    const url = blurs.get(placeholder) ?? paint(placeholder);
    blurs.set(placeholder, url);
    return url;
  },

  paint(placeholder) {
    try {
      const image = decode(Uint8Array.from(atob(placeholder), (letter) => letter.charCodeAt(0)));
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      canvas.getContext("2d")?.putImageData(image, 0, 0);
      return `url("${canvas.toDataURL()}")`;
    } catch {
      return ""; // a placeholder that cannot be read is only a plain ground
    }
  },

  decode(hash) {
    const byte = (i = 0) => hash[i] ?? 0;
    const head = byte(0) | (byte(1) << 8) | (byte(2) << 16);
    const tail = byte(3) | (byte(4) << 8);
    const part = (bits = 0, from = 0, most = 0) => ((bits >> from) & most) / most;
    const alpha = head >> 23;
    const sides = [alpha ? 5 : 7, Math.max(3, tail & 7)];
    const [nx = 3, ny = 3] = tail >> 15 ? sides : sides.toReversed();
    let nibble = alpha ? 12 : 10;
    const channel = (mean = 0, scale = 0, across = 0, down = 0) => {
      const waves = [[0, 0, mean]];
      for (let y = 0; y < down; y++) {
        for (let x = y ? 0 : 1; x * down < across * (down - y); x++) {
          waves.push([x, y, (((byte(nibble >> 1) >> ((nibble++ & 1) << 2)) & 15) / 7.5 - 1) * scale * 2]);
        }
      }
      return (u = 0, v = 0) => waves.reduce((sum, [x = 0, y = 0, size = 0]) => sum + size * Math.cos(Math.PI * x * u) * Math.cos(Math.PI * y * v), 0);
    };
    const light = channel(part(head, 0, 63), part(head, 18, 31), nx, ny);
    const yellow = channel(part(head, 6, 63) * 2 - 1, part(tail, 3, 63) * 1.25, 3, 3);
    const red = channel(part(head, 12, 63) * 2 - 1, part(tail, 9, 63) * 1.25, 3, 3);
    const width = Math.round(Math.min(16, (16 * nx) / ny));
    const height = Math.round(Math.min(16, (16 * ny) / nx));
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const [u, v] = [((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height];
      const [l, p, q] = [light(u, v), yellow(u, v), red(u, v)];
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      image.data.set([r * 255, (r - q) * 255, b * 255, 255], i * 4);
    }
    return image;
  },

  // --- sentences

  says: (key) => need("template#sentences").content.getElementById(key)?.textContent ?? "",

  count: (n) => number.format(n),
  counted: (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`,

  alternative: ({ description, caption }) => description || (caption?.kind === "caption" && caption.text) || "No description yet",
  label: ({ title, description }) => title || description,
  name: (image) => label(image) || image.filename || "this picture",

  because({ verdict, reason, evidence }) {
    const unknown = verdict === "unknown";
    if (unknown && simpleReader() && reason === "no_vector") return says("unknown-simple");
    if (unknown) return says(`unknown-${reason}`) || says("unknown-");
    const telling = ["disagrees", "partly"].map((kind) => evidence.find(({ verdict }) => verdict === kind)).find(Boolean) ?? evidence[0];
    return telling?.says ? sentence(telling.says) : says(`because-${verdict}`);
  },

  sentence: (text) => text.trim().replace(/^./u, (first) => first.toLocaleUpperCase()).replace(/[^.!?…]$/, "$&."),

  simpleReader: () => state.health?.vision.name === "Colour and light",

  readerName() {
    const vision = state.health?.vision;
    if (!vision) return "What reads the pictures";
    if (simpleReader()) return "Reading colour and light only";
    return vision.state === "ready" ? `Read by ${vision.name}` : `${vision.name}: ${says(`state-${vision.state}`)}`;
  },

  modeSentence: ({ mode, reason }) => (mode === "words" && reason && !/no_vector|typing/.test(reason) ? says(`words-${reason}`) || says("words-") : ""),

  size: (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`),
  date: (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: "long" }),
  lasting: (seconds) => (seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`),

  asleep() {
    const last = state.health?.vision.last_wake_s;
    return `Saved. The model is waking${last ? `; last time it took ${lasting(last)}` : ""}. You can leave.`;
  },

  pieces(text, evidence) {
    const found = [];
    let end = 0;
    for (const piece of evidence) {
      const start = piece.text ? text.indexOf(piece.text, end) : -1;
      if (start < 0) continue;
      found.push({ text: text.slice(end, start) }, { text: piece.text, evidence: piece });
      end = start + piece.text.length;
    }
    return [...found, { text: text.slice(end) }].filter(({ text }) => text);
  },

  // --- chips

  quoted: (words = "") => (/^[\p{L}\p{N}]*$/u.test(words) ? words : `"${words.replaceAll('"', " ")}"`),

  // --- the API

  lost: () => new ApiError(0, "lost", says("no-answer")),
  setOnline: (online) => state.online === online || set({ online }),

  config: () => (told ??= fetch("config.json").then((answer) => answer.json()).catch(() => ({}))),
  prefix: async () => String((await config()).api ?? "/api").replace(/\/$/, ""),

  async bearer(refused) {
    const { auth } = await config();
    if (auth && session.refresh) return (await import("./signin.js")).token(refused);
    if (auth && state.signedIn) set({ signedIn: false });
    return "";
  },

  async call(method, path, how = {}, refused) {
    const { query = {}, body, version, signal } = how;
    const raw = body instanceof Blob;
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
    let token = "";
    const ask = async () => {
      token = await bearer(refused);
      const headers = {
        Accept: "application/json",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body ? { "Content-Type": raw ? body.type || "application/octet-stream" : "application/json" } : {}),
        ...(version ? { "If-Match": `"${version}"` } : {}),
      };
      return fetch(`${await prefix()}${path}${asked.size ? `?${asked}` : ""}`, { method, headers, signal: signal ?? null, body: raw ? body : body ? JSON.stringify(body) : null });
    };
    const answer = await ask().catch((error) => {
      if (signal?.aborted) throw error;
      setOnline(false);
      throw lost();
    });
    setOnline(true);
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    if (answer.status === 401 && token && !refused) return call(method, path, how, token);
    throw await failure(answer);
  },

  async failure(answer) {
    const { error, message, details } = await answer.json().catch(() => ({}));
    const fields = error === "invalid_request" && Array.isArray(details) ? details.map((one) => one.message).filter(Boolean) : [];
    if (answer.status === 401 && state.signedIn) set({ signedIn: false });
    return new ApiError(answer.status, error ?? "unknown", fields.join(" ") || message || `The gallery answered ${answer.status}.`, details);
  },

  path: (id) => `/images/${encodeURIComponent(id)}`,
  listed: (query) => call("GET", "/images", { query }),

  refusal({ status, responseText }) {
    if (status === 413 || /EntityTooLarge|"too_large"/.test(responseText)) {
      return new ApiError(413, "too_large", says("too-large"));
    }
    return new ApiError(status, /storage_full/.test(responseText) ? "storage_full" : "store", `The store did not take this file (${status}). Try it again.`);
  },

  // --- lists

  show(route) {
    const key = listKey(route);
    const list = kept.get(key) ?? {
      key, route, ids: [], hits: new Map(), cursor: null, state: "ready", error: "", mode: "", reason: null, fits: true, query: null, automatic: AUTOMATIC_PAGES, scroll: 0,
    };
    kept.delete(key);
    kept.set(key, list);
    for (const old of [...kept.keys()].slice(0, -KEPT_LISTS)) kept.delete(old);
    set({ list });
    if (!list.ids.length || list.state === "failed") void more(list);
  },

  async more(list) {
    if (list.state === "loading" || (list.ids.length && !list.cursor)) return;
    list.state = "loading";
    list.automatic -= 1;
    changed(list);
    const count = list.ids.length;
    try {
      do {
        const { cursor } = list;
        const found = await page(list, cursor);
        if (list.cursor !== cursor) return; // refreshed meanwhile
        take(list, found);
      } while (list.cursor && list.ids.length === count && state.list === list && (list.state = "loading")); // a page may be empty
    } catch (error) {
      Object.assign(list, { state: "failed", error: reason(error) });
    }
    changed(list);
  },

  onward(list) {
    list.automatic = AUTOMATIC_PAGES;
    return more(list);
  },

  dropOthers() {
    for (const key of kept.keys()) if (key !== state.list?.key) kept.delete(key);
  },

  async refresh() {
    const { list } = state;
    dropOthers();
    const was = list?.ids;
    if (!list || !was) return;
    const pages = [];
    let [cursor, count] = ["", 0];
    try {
      do {
        const found = await page(list, cursor || null);
        pages.push(found);
        cursor = found.next_cursor ?? "";
        count += found.hits.length;
      } while (cursor && count < Math.min(was.length, MOST_REFRESHED)); // the place on a long wall is kept
    } catch {
      return;
    }
    if (list.ids !== was) return refresh(); // from before something was taken down
    Object.assign(list, { ids: [], hits: new Map(), automatic: AUTOMATIC_PAGES - 1 });
    for (const found of pages) take(list, found);
    if (list.cursor && !list.ids.length) void more(list);
    changed(list);
  },

  takeDown(...ids) {
    const gone = new Set(ids);
    const before = [...kept.values()].map((list) => ({ list, was: list.ids }));
    for (const { list } of before) list.ids = list.ids.filter((id) => !gone.has(id));
    const { list } = state;
    if (list) changed(list);
    if (list?.cursor && !list.ids.length) void more(list); // all that had come is gone, not all there is
    return () => {
      for (const { list, was } of before) {
        const there = new Set(list.ids);
        list.ids = [...list.ids];
        for (const [at, id] of was.entries()) if (gone.has(id) && !there.has(id)) list.ids.splice(at, 0, id);
      }
      if (state.list) changed(state.list);
      if (ids.some((id) => image(id)?.published && !state.list?.ids.includes(id))) void refresh(); // it never hung here yet, or this list came since
    };
  },

  hanging: () => [...new Set([...kept.values()].flatMap(({ ids }) => ids))].map(image).filter((one) => one !== undefined),

  async page({ route }, cursor) {
    const limit = cursor ? 100 : 60;
    if (route.q || route.picture) return api.search(route, cursor, limit);
    const { images, next_cursor } = await api.list(route, cursor, limit);
    const why = { sentence: "", meaning: null, words: null, colour: null };
    return { mode: "", reason: null, fits: true, query: null, hits: images.map((image) => ({ image, likely: true, why, like: null })), next_cursor };
  },

  take(list, { hits, next_cursor: cursor, mode, reason, fits, query }) {
    const there = new Set(list.ids);
    const fresh = hits.filter(({ image }) => !there.has(image.id));
    if (query) for (const hit of fresh) list.hits.set(hit.image.id, hit);
    const ids = [...list.ids, ...fresh.map(({ image }) => image.id)];
    Object.assign(list, { ids, cursor, mode, reason, fits, query: query?.parts ?? null, state: "ready", error: "" });
    remember(hits.map(({ image }) => image));
  },

  changed: (list) => state.list === list && set({ list }),

  async recount() {
    const turn = ++counts;
    /** @type {(counted: Partial<State>) => unknown} */
    const last = (counted) => turn === counts && set(counted); // what was asked earlier may be answered later
    await Promise.allSettled([
      api.categories().then((categories) => last({ categories })),
      bearer().then(async () => state.signedIn && last({ desk: await api.desk() })),
    ]);
  },

  // --- what is being analysed

  settled(picture) {
    if (picture?.status !== "ready") return picture?.status === "rejected" || picture?.status === "failed";
    return /done|failed/.test(picture.analysis) && picture.match?.reason !== "pending";
  },

  poll(ids) {
    for (const id of ids) watched.add(id);
    delay = FIRST_MS;
    scheduleLook();
  },

  scheduleLook() {
    clearTimeout(nextLook);
    if (watched.size) nextLook = setTimeout(look, delay);
  },

  async look() {
    const ids = [...watched].slice(0, 50);
    try {
      const { images } = await api.some(ids);
      if (images.some(({ id, version }) => image(id)?.version !== version)) delay = FIRST_MS / 1.4;
      remember(images);
      for (const id of ids) {
        watched.delete(id);
        if (images.some((one) => one.id === id) && !settled(image(id))) watched.add(id); // it may have been changed since this was asked
      }
    } catch {
      // the bar under the header tells
    }
    delay = Math.min(8000, delay * 1.4);
    scheduleLook();
  },

  // --- a gallery that is away

  ask: () => api.health().then((health) => set({ health }), () => {}).finally(scheduleAsk),

  scheduleAsk() {
    clearTimeout(nextAsk);
    tries = state.online ? 0 : tries + 1;
    nextAsk = setTimeout(ask, state.online ? CALM_MS : Math.min(15000, 500 * 2 ** tries));
  },

  listen(recover) {
    let was = true;
    watch(["online"], () => {
      need("#offline").hidden = state.online;
      if (state.online === was) return;
      was = state.online;
      announce(was ? "The gallery is back." : says("away"));
      (was ? recover : scheduleAsk)();
    });
    addEventListener("online", ask);
    addEventListener("offline", () => setOnline(false));
    need("#offline button").addEventListener("click", ask);
    void ask();
  },
};

export const {
  html, fillAttributes, fillText, nodes, fill, need, copy, target, set, watch, image, remember, follow, parse, format, listKey, place, remark, go, back, followAddress,
  link, onPlain, button, cross, able, named, holdFocus, unfocused, near, announce, tell, trying, pause, reason, background, paint, decode,
  says, count, counted, alternative, label, name, because, sentence, simpleReader, readerName, modeSentence, size, date, lasting, asleep, pieces, quoted,
  lost, setOnline, config, prefix, bearer, call, failure, path, listed, refusal, show, more, onward, dropOthers, refresh, takeDown, hanging, page, take, changed, recount,
  settled, poll, scheduleLook, look, ask, scheduleAsk, listen,
} = module;

/** @type {State} */
export const state = { route: parse(""), list: null, online: true, signedIn: true, health: null, categories: null, desk: null, typing: false };

/** As in sightsync/colours.py. @type {Record<string, string>} */
export const HUES = {
  red: "#d13b35", orange: "#e07b28", yellow: "#e3bf2f", lime: "#9ab52f", green: "#3f8f45", teal: "#1f8f84",
  cyan: "#35b3cf", sky: "#6fa8dc", blue: "#2f55c0", purple: "#7a4cc2", magenta: "#b93fae", pink: "#e58fb0",
};

/** Who was last signed in on this device, and what keeps them so; empty for nobody. signin.js writes it. */
export const session = { sub: "", refresh: "" };
try {
  [session.sub = "", session.refresh = ""] = (localStorage.signIn ?? "").split(" ");
} catch {
  // forbidden here
}

/** @type {Api} */
export const api = {
  health: () => call("GET", "/health"),
  categories: () => call("GET", "/categories"),
  desk: () => call("GET", "/desk"),
  list: ({ category, sort, seed }, cursor, limit) => listed({ category, sort, seed, cursor, limit }),
  search: ({ q, category, picture = "" }, cursor, limit, signal) => {
    const body = pictures.get(picture)?.body;
    const query = { q, category, cursor, limit, typing: !body && !cursor && state.typing };
    return call(body ? "POST" : "GET", "/search", { query, body, signal });
  },
  grades: async (q) => (await call("GET", "/judgements", { query: { q } })).grades,
  judge: (query, image, grade) => call("PUT", "/judgements", { body: { query, image, grade } }),
  waiting: (check, cursor, limit) => listed({ owner: "me", check, cursor, limit }),
  drafts: () => api.waiting("drafts", null, 100),
  some: (ids) => listed({ ids }),
  one: (id) => (asked[id] ??= call("GET", path(id)).finally(() => delete asked[id])),
  similar: (id, limit) => call("GET", `${path(id)}/similar`, { query: { limit } }),
  change: (id, body, version) => call("PATCH", path(id), { body, version }),
  changeMany: (ids, changes) => call("PATCH", "/images", { body: { ids, ...changes } }),
  remove: (id) => call("DELETE", path(id)),
  restore: (id) => call("POST", `${path(id)}/restore`),
  retry: (id) => call("POST", `${path(id)}/retry`),
  score: async (id, text, signal) => (await call("POST", `${path(id)}/scores`, { body: { texts: [text] }, signal })).scores[0],
  addSamples: () => call("POST", "/samples"),
  removeSamples: () => call("DELETE", "/samples"),
  original: async (id) => (await call("GET", `${path(id)}/original`)).url,
  shareLink: async (id) => new URL(`${(await prefix()).replace(/\/api$/, "")}/p/${id}`, document.baseURI).href,
  requestUpload: (body) => call("POST", "/uploads", { body }),
  send: ({ url, fields }, file, progress) =>
    new Promise((resolve, reject) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, file })) form.append(name, value);
      const request = new XMLHttpRequest(); // fetch cannot tell how much has been sent
      request.open("POST", url);
      request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
      request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request)));
      request.onerror = request.onabort = () => reject(lost());
      request.send(form);
    }),
};

/** Own pictures that are looked for, by their keys in the history: no link holds them. @type {Map<string, Sought>} */
export const pictures = new Map();

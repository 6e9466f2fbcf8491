// The gallery behind the page: its API, the lists that hang, what is being analysed, and whether it is there at all.

import { announce, image, listKey, need, reason, remember, set, state, watch } from "./core.js";

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

const lost = () => new ApiError(0, "lost", "No answer from the gallery. It is tried again by itself.");

/** @param {boolean} online */
export const setOnline = (online) => state.online === online || set({ online });

/** @type {Promise<Config> | undefined} */
let told;
export const config = () => (told ??= fetch("config.json").then((answer) => answer.json()).catch(() => ({})));
const prefix = async () => String((await config()).api ?? "/api").replace(/\/$/, "");

/** Who was last signed in on this device, and what keeps them so; empty for nobody. signin.js writes it. */
export const session = { sub: "", refresh: "" };
try {
  [session.sub = "", session.refresh = ""] = (localStorage.signIn ?? "").split(" ");
} catch {
  // forbidden here
}

/** The access token of who is signed in, in place of one that was refused; "" for nobody. @param {string} [refused] @returns {Promise<string>} */
async function bearer(refused) {
  const { auth } = await config();
  if (auth && session.refresh) return (await import("./signin.js")).token(refused);
  if (auth && state.signedIn) set({ signedIn: false });
  return "";
}

/**
 * @param {string} method @param {string} path
 * @param {{query?: Record<string, any>, body?: unknown, version?: number, signal?: AbortSignal | undefined}} [how]
 * @param {string} [refused]
 * @returns {Promise<any>}
 */
async function call(method, path, how = {}, refused) {
  const { query = {}, body, version, signal } = how;
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  let token = "";
  const ask = async () => {
    token = await bearer(refused);
    const headers = {
      Accept: "application/json",
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body ? { "Content-Type": "application/json" } : {}),
      ...(version ? { "If-Match": `"${version}"` } : {}),
    };
    return fetch(`${await prefix()}${path}${asked.size ? `?${asked}` : ""}`, { method, headers, signal: signal ?? null, body: body ? JSON.stringify(body) : null });
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
}

/** @param {Response} answer */
async function failure(answer) {
  const { error, message, details } = await answer.json().catch(() => ({}));
  const fields = error === "invalid_request" && Array.isArray(details) ? details.map((one) => one.message).filter(Boolean) : [];
  if (answer.status === 401 && state.signedIn) set({ signedIn: false });
  return new ApiError(answer.status, error ?? "unknown", fields.join(" ") || message || `The gallery answered ${answer.status}.`, details);
}

/** @param {string} id */
const path = (id) => `/images/${encodeURIComponent(id)}`;

/** @param {Record<string, any>} query @returns {Promise<Listed>} */
const listed = (query) => call("GET", "/images", { query });

/** @type {Api} */
export const api = {
  health: () => call("GET", "/health"),
  categories: () => call("GET", "/categories"),
  desk: () => call("GET", "/desk"),
  list: ({ category, sort, seed }, cursor, limit) => listed({ category, sort, seed, cursor, limit }),
  search: ({ q, category }, cursor, limit, signal) => call("GET", "/search", { query: { q, category, cursor, limit, typing: !cursor && state.typing }, signal }),
  waiting: (check, cursor, limit) => listed({ owner: "me", check, cursor, limit }),
  drafts: () => api.waiting("drafts", null, 100),
  some: (ids) => listed({ ids }),
  one: (id) => call("GET", path(id)),
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

export const MOST_IDS = 100; // in one call of changeMany

/** A store answers JSON here and XML in the cloud. @param {XMLHttpRequest} request */
function refusal({ status, responseText }) {
  if (status === 413 || /EntityTooLarge|"too_large"/.test(responseText)) {
    return new ApiError(413, "too_large", "This file is larger than 25 MB. Export a smaller copy and add that.");
  }
  return new ApiError(status, /storage_full/.test(responseText) ? "storage_full" : "store", `The store did not take this file (${status}). Try it again.`);
}

// --- lists that grow page by page, kept so that Back finds them as they were

const AUTOMATIC_PAGES = 3; // then a button, so that the footer can be reached
const KEPT_LISTS = 8;

/** @type {Map<string, List>} */
const kept = new Map();

/** @param {Route} route */
export function show(route) {
  const key = listKey(route);
  /** @type {List} */
  const list = kept.get(key) ?? {
    key, route, ids: [], hits: new Map(), cursor: null, state: "ready", error: "", mode: "", reason: null, automatic: AUTOMATIC_PAGES, scroll: 0,
  };
  kept.delete(key);
  kept.set(key, list);
  for (const old of [...kept.keys()].slice(0, -KEPT_LISTS)) kept.delete(old);
  set({ list });
  if (!list.ids.length || list.state === "failed") void more(list);
}

/** @param {List} list */
export async function more(list) {
  if (list.state === "loading" || (list.ids.length && !list.cursor)) return;
  list.state = "loading";
  list.automatic -= 1;
  changed(list);
  try {
    take(list, await page(list, list.cursor));
  } catch (error) {
    Object.assign(list, { state: "failed", error: reason(error) });
  }
  changed(list);
}

/** The button's press: this page and two more by themselves. @param {List} list */
export function onward(list) {
  list.automatic = AUTOMATIC_PAGES;
  return more(list);
}

/** What stands there stays until the first page has come again. */
export async function refresh() {
  const { list } = state;
  for (const key of kept.keys()) if (key !== list?.key) kept.delete(key);
  const found = list && (await page(list, null).catch(() => null));
  if (!list || !found) return;
  Object.assign(list, { ids: [], hits: new Map(), automatic: AUTOMATIC_PAGES - 1 });
  take(list, found);
  changed(list);
}

/** Takes pictures off every wall. @param {...string} ids @returns {Act} hangs them back where they were */
export function takeDown(...ids) {
  const gone = new Set(ids);
  const before = [...kept.values()].map((list) => ({ list, was: list.ids }));
  for (const { list } of before) list.ids = list.ids.filter((id) => !gone.has(id));
  if (state.list) changed(state.list);
  return () => {
    for (const { list, was } of before) {
      const there = new Set(list.ids);
      list.ids = [...list.ids];
      for (const [at, id] of was.entries()) if (gone.has(id) && !there.has(id)) list.ids.splice(at, 0, id);
    }
    if (state.list) changed(state.list);
  };
}

/** Pictures of the walls seen so far. */
export const hanging = () => [...new Set([...kept.values()].flatMap(({ ids }) => ids))].map(image).filter((one) => one !== undefined);

/** @param {List} list @param {string | null} cursor @returns {Promise<Found>} */
async function page({ route }, cursor) {
  const limit = cursor ? 100 : 60;
  if (route.q) return api.search(route, cursor, limit);
  const { images, next_cursor } = await api.list(route, cursor, limit);
  const why = { meaning: null, words: null, colour: null };
  return { mode: "", reason: null, hits: images.map((image) => ({ image, likely: true, why })), next_cursor };
}

/** @param {List} list @param {Found} found */
function take(list, { hits, next_cursor: cursor, mode, reason }) {
  remember(hits.map(({ image }) => image));
  const there = new Set(list.ids);
  const fresh = hits.filter(({ image }) => !there.has(image.id));
  if (list.route.q) for (const hit of fresh) list.hits.set(hit.image.id, hit);
  const ids = [...list.ids, ...fresh.map(({ image }) => image.id)];
  Object.assign(list, { ids, cursor, mode, reason, state: "ready", error: "" });
}

/** @param {List} list */
const changed = (list) => state.list === list && set({ list });

export async function recount() {
  await Promise.allSettled([
    api.categories().then((categories) => set({ categories })),
    bearer().then(async () => state.signedIn && set({ desk: await api.desk() })),
  ]);
}

// --- what is being analysed is looked at, slower while nothing happens

const FIRST_MS = 400;
/** @type {Set<string>} */
const watched = new Set();
let delay = FIRST_MS;
let nextLook = 0;

/** Nothing more happens to it by itself. @param {Image | undefined} picture */
export function settled(picture) {
  if (picture?.status !== "ready") return picture?.status === "rejected" || picture?.status === "failed";
  return /done|failed/.test(picture.analysis) && picture.match?.reason !== "pending"; // new words, not yet compared
}

/** @param {string[]} ids */
export function poll(ids) {
  for (const id of ids) watched.add(id);
  delay = FIRST_MS;
  scheduleLook();
}

function scheduleLook() {
  clearTimeout(nextLook);
  if (watched.size) nextLook = setTimeout(look, delay);
}

async function look() {
  const ids = [...watched].slice(0, 50);
  try {
    const { images } = await api.some(ids);
    if (images.some(({ id, version }) => image(id)?.version !== version)) delay = FIRST_MS / 1.4; // it goes on: look again soon
    remember(images);
    for (const id of ids) {
      watched.delete(id);
      const one = images.find((one) => one.id === id); // with its steps, which lists that come meanwhile do not bring
      if (one && !settled(one)) watched.add(id); // again, behind the others
    }
  } catch {
    // the bar under the header tells
  }
  delay = Math.min(8000, delay * 1.4);
  scheduleLook();
}

// --- a gallery that is away is found again

const CALM_MS = 60000; // how often the models' state is looked at while all is well
let tries = 0;
let nextAsk = 0;

const ask = () => api.health().then((health) => set({ health }), () => {}).finally(scheduleAsk); // a failure has set state.online

function scheduleAsk() {
  clearTimeout(nextAsk);
  tries = state.online ? 0 : tries + 1;
  nextAsk = setTimeout(ask, state.online ? CALM_MS : Math.min(15000, 500 * 2 ** tries));
}

/** @param {Act} recover */
export function listen(recover) {
  let was = true;
  watch(["online"], () => {
    need("#offline").hidden = state.online;
    if (state.online === was) return;
    was = state.online;
    announce(was ? "The gallery is back." : "The gallery can't be reached. What you see stays.");
    (was ? recover : scheduleAsk)();
  });
  addEventListener("online", ask);
  addEventListener("offline", () => setOnline(false));
  need("#offline button").addEventListener("click", ask);
  void ask();
}

// The API as functions, and the page's ear to it: what is analysed is watched, and a lost gallery is found again.
// Every failure is an ApiError with the server's own code and sentence, or one marked `lost`.

import { announce, image, need, remember, set, state, watch } from "./core.js";

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

/** @type {Promise<string> | undefined} */
let base;

/** Where the API is, as config.json says; a missing file means beside the page. */
const prefix = () =>
  (base ??= fetch("config.json")
    .then((answer) => answer.json())
    .then(({ api }) => String(api).replace(/\/$/, ""))
    .catch(() => "/api"));

/**
 * @param {string} method @param {string} path
 * @param {{query?: Record<string, any>, body?: unknown, version?: number, signal?: AbortSignal | undefined}} [how]
 * @returns {Promise<any>}
 */
async function call(method, path, { query = {}, body, version, signal } = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  const headers = { ...(body ? { "Content-Type": "application/json" } : {}), ...(version ? { "If-Match": `"${version}"` } : {}) };
  const request = { method, headers, signal: signal ?? null, body: body ? JSON.stringify(body) : null };
  const answer = await fetch(`${await prefix()}${path}${asked.size ? `?${asked}` : ""}`, request).catch((error) => {
    if (signal?.aborted) throw error;
    setOnline(false);
    throw lost();
  });
  setOnline(true);
  if (answer.ok) return answer.status === 204 ? null : answer.json();
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

export const health = () => call("GET", "/health");
export const categories = () => call("GET", "/categories");
export const desk = () => call("GET", "/desk");

/** @param {Record<string, any>} query @returns {Promise<Listed>} */
const listed = (query) => call("GET", "/images", { query });

/** @param {Route} route @param {string | null} cursor @param {number} limit */
export const list = ({ category, sort, seed }, cursor, limit) => listed({ category, sort, seed, cursor, limit });

/** @param {Partial<Route>} route @param {string | null} cursor @param {number} limit @param {AbortSignal} [signal] @returns {Promise<Found>} */
export const search = ({ q, category }, cursor, limit, signal) => call("GET", "/search", { query: { q, category, cursor, limit }, signal });

/** Own pictures that wait for one reason. @param {string} check @param {string | null} cursor @param {number} limit */
export const waiting = (check, cursor, limit) => listed({ owner: "me", check, cursor, limit });

/** What its owner has not published yet, newest first. */
export const drafts = () => waiting("drafts", null, 100);

/** @param {string[]} ids */
export const some = (ids) => listed({ ids });

/** @param {string} id @returns {Promise<Image>} */
export const one = (id) => call("GET", path(id));

/** @param {string} id @param {number} limit @returns {Promise<Found>} */
export const similar = (id, limit) => call("GET", `${path(id)}/similar`, { query: { limit } });

/** @param {string} id @param {Changes} body @param {number} version @returns {Promise<Image>} */
export const change = (id, body, version) => call("PATCH", path(id), { body, version });

export const MOST_IDS = 100; // in one call

/** @param {string[]} ids at most MOST_IDS @param {ManyChanges} changes @returns {Promise<{images: Image[], errors: {id: string, message: string}[]}>} */
export const changeMany = (ids, changes) => call("PATCH", "/images", { body: { ids, ...changes } });

/** @param {string} id */
export const remove = (id) => call("DELETE", path(id));

/** @param {string} id @returns {Promise<Image>} */
export const restore = (id) => call("POST", `${path(id)}/restore`);

/** @param {string} id @returns {Promise<Image>} */
export const retry = (id) => call("POST", `${path(id)}/retry`);

/** @param {string} id @param {string} text @param {AbortSignal} signal @returns {Promise<Match | null>} */
export const score = async (id, text, signal) => (await call("POST", `${path(id)}/scores`, { body: { texts: [text] }, signal })).scores[0];

export const addSamples = () => call("POST", "/samples");
export const removeSamples = () => call("DELETE", "/samples");

/** A short-lived link follows. @param {string} id */
export const original = async (id) => `${await prefix()}${path(id)}/original`;

/** What people send each other: a page that chats and networks preview. @param {string} id */
export const shareLink = async (id) => new URL(`${(await prefix()).replace(/\/api$/, "")}/p/${id}`, document.baseURI).href;

/** @param {{filename: string, content_type: string, bytes: number, sha256?: string}} body @returns {Promise<Ticket>} */
export const requestUpload = (body) => call("POST", "/uploads", { body });

/**
 * Posts the file to the store by its presigned form: the fields first, `file` last.
 * @param {{url: string, fields: Record<string, string>}} ticket @param {File} file @param {(share: number) => void} progress
 * @returns {Promise<void>}
 */
export function send({ url, fields }, file, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, file })) form.append(name, value);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much has been sent
    request.open("POST", url);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request)));
    request.onerror = request.onabort = () => reject(lost());
    request.send(form);
  });
}

/** @param {XMLHttpRequest} request a store answers JSON here and XML in the cloud */
function refusal({ status, responseText }) {
  if (status === 413 || /EntityTooLarge|"too_large"/.test(responseText)) {
    return new ApiError(413, "too_large", "This file is larger than 25 MB. Export a smaller copy and add that.");
  }
  return new ApiError(status, /storage_full/.test(responseText) ? "storage_full" : "store", `The store did not take this file (${status}). Try it again.`);
}

// --- what is being analysed: one request asks for all of it, slower and slower

const FIRST_MS = 400;
/** @type {Set<string>} */
const watched = new Set();
let delay = FIRST_MS;
let nextLook = 0;

/** Whether nothing more will happen to it by itself. @param {Image | undefined} picture */
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
    const { images } = await some(ids);
    remember(images);
    for (const id of ids) {
      watched.delete(id);
      if (images.some((one) => one.id === id) && !settled(image(id))) watched.add(id); // again, behind the others
    }
  } catch {
    // The bar under the header tells; the next look may find it back.
  }
  delay = Math.min(8000, delay * 1.4);
  scheduleLook();
}

// --- the gallery that is away: said under the header, and found again by itself

const CALM_MS = 60000; // how often the models' state is looked at while all is well
let tries = 0;
let nextAsk = 0;

const ask = () => health().then((health) => set({ health }), () => {}).finally(scheduleAsk); // a failure has set state.online

function scheduleAsk() {
  clearTimeout(nextAsk);
  tries = state.online ? 0 : tries + 1;
  nextAsk = setTimeout(ask, state.online ? CALM_MS : Math.min(15000, 500 * 2 ** tries));
}

/** @param {Act} recover what to read again when the gallery is back */
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

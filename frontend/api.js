// The API as functions. Every failure is an ApiError with the server's own code and sentence, or one marked `lost`.

import { set, state } from "./store.js";

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
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

const LOST = "No answer from the gallery. It is tried again by itself.";

/** @type {Promise<string> | undefined} */
let base;

/** Where the API is, as config.json says; a missing file means beside the page. */
function prefix() {
  base ??= fetch("config.json")
    .then((answer) => answer.json())
    .then((config) => String(config.api).replace(/\/$/, ""))
    .catch(() => "/api");
  return base;
}

/**
 * @param {string} method @param {string} path
 * @param {{query?: Record<string, any>, body?: unknown, version?: number, signal?: AbortSignal}} [how]
 * @returns {Promise<any>}
 */
async function call(method, path, { query = {}, body, version, signal } = {}) {
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const url = `${await prefix()}${path}${asked.length ? `?${new URLSearchParams(asked)}` : ""}`;
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (version) headers["If-Match"] = `"${version}"`;
  const answer = await reach(url, { method, headers, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw await failure(answer);
}

/** @param {string} url @param {RequestInit} request */
async function reach(url, request) {
  try {
    const answer = await fetch(url, request);
    if (!state.online) set({ online: true });
    return answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (state.online) set({ online: false });
    throw new ApiError(0, "lost", LOST);
  }
}

/** @param {Response} answer */
async function failure(answer) {
  const said = await answer.json().catch(() => ({}));
  const fields = said.error === "invalid_request" && Array.isArray(said.details) ? said.details.map((/** @type {{message?: string}} */ one) => one.message) : [];
  const sentence = fields.filter(Boolean).join(" ") || said.message || `The gallery answered ${answer.status}.`;
  if (answer.status === 401 && state.signedIn) set({ signedIn: false });
  return new ApiError(answer.status, said.error ?? "unknown", sentence, said.details);
}

/** @param {string} id */
const path = (id) => `/images/${encodeURIComponent(id)}`;

export const health = () => call("GET", "/health");
export const categories = () => call("GET", "/categories");
export const desk = () => call("GET", "/desk");

/** @param {Partial<Route>} route @param {string | null} cursor @param {number} limit @returns {Promise<Listed>} */
export const list = ({ category, sort }, cursor, limit) => call("GET", "/images", { query: { category, sort, cursor, limit } });

/** @param {Partial<Route>} route @param {string | null} cursor @param {number} limit @param {AbortSignal} [signal] @returns {Promise<Found>} */
export const search = ({ q, category }, cursor, limit, signal) =>
  call("GET", "/search", { query: { q, category, cursor, limit }, ...(signal && { signal }) });

/** @returns {Promise<Listed>} what its owner has not published yet, newest first */
export const drafts = () => call("GET", "/images", { query: { owner: "me", check: "drafts", limit: 100 } });

/** Own pictures that wait for one reason. @param {string} check @param {string | null} cursor @param {number} limit @returns {Promise<Listed>} */
export const waiting = (check, cursor, limit) => call("GET", "/images", { query: { owner: "me", check, cursor, limit } });

/** @param {string[]} ids @returns {Promise<Listed>} */
export const some = (ids) => call("GET", "/images", { query: { ids: ids.join(",") } });

/** @param {string} id @returns {Promise<Image>} */
export const one = (id) => call("GET", path(id));

/** @param {string} id @param {number} limit @returns {Promise<Found>} */
export const similar = (id, limit) => call("GET", `${path(id)}/similar`, { query: { limit } });

/** @param {string} id @param {Changes} changes @param {number} version @returns {Promise<Image>} */
export const change = (id, changes, version) => call("PATCH", path(id), { body: changes, version });

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

/** @param {string} id a short-lived link follows */
export const original = async (id) => `${await prefix()}${path(id)}/original`;

/** What people send each other: a page that chats and networks preview. @param {string} id */
export const shareLink = async (id) => new URL(`${(await prefix()).replace(/\/api$/, "")}/p/${id}`, document.baseURI).href;

/** @param {{filename: string, content_type: string, bytes: number, sha256?: string}} ask @returns {Promise<Ticket>} */
export const requestUpload = (ask) => call("POST", "/uploads", { body: ask });

/**
 * Posts the file to the store by its presigned form: the fields first, `file` last.
 * @param {{url: string, fields: Record<string, string>}} ticket @param {File} file @param {(share: number) => void} progress
 * @returns {Promise<void>}
 */
export function send(ticket, file, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much has been sent
    request.open("POST", ticket.url);
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request)));
    request.onerror = request.onabort = () => reject(new ApiError(0, "lost", LOST));
    request.send(form);
  });
}

/** @param {XMLHttpRequest} request a store answers JSON here and XML in the cloud */
function refusal(request) {
  const [, code] = /<Code>(\w+)<\/Code>|"error":\s*"(\w+)"/.exec(request.responseText)?.filter(Boolean) ?? [];
  if (request.status === 413 || code === "EntityTooLarge" || code === "too_large") {
    return new ApiError(413, "too_large", "This file is larger than 25 MB. Export a smaller copy and add that.");
  }
  return new ApiError(request.status, code ?? "store", `The store did not take this file (${request.status}). Try it again.`);
}

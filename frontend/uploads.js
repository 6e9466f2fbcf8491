// Files on their way in: at most three at once, each picked up again after a lost connection. No DOM here.

import * as api from "./api.js";
import { poll, settled } from "./api.js";
import { announce, follow, image, reason, remember, set, state, watch } from "./core.js";
import { recount } from "./gallery.js";

const IN_FLIGHT = 3;
const MAX_BYTES = 25 * 1024 * 1024;
const RETRY_MS = 4000;
const FULL_MS = 60000; // room is made by hands

/** Newest last, as they were added. @type {Upload[]} */
export const uploads = [];
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} tell */
export const onUploads = (tell) => void listeners.add(tell);
const changed = () => listeners.forEach((tell) => tell());

/** @param {Upload} upload @param {Partial<Upload>} changes */
function update(upload, changes) {
  Object.assign(upload, changes);
  changed();
}

/** @param {Iterable<File>} files */
export function add(files) {
  const before = uploads.length;
  for (const file of files) {
    const error = refusal(file);
    uploads.push({
      key: crypto.randomUUID?.() ?? String(Math.random()),
      file,
      name: file.name || "Pasted picture",
      preview: file.type.startsWith("image/") && !error ? URL.createObjectURL(file) : "",
      state: error ? "refused" : "queued",
      progress: 0,
      error,
      id: "",
    });
  }
  changed();
  pump();
  rest(...uploads.slice(before).filter(({ error }) => error));
}

/** What can be told without asking: the rest is judged by content, never by name or declared type. @param {File} file */
function refusal({ size }) {
  if (!size) return "This file is empty. Try exporting or downloading it again.";
  return size > MAX_BYTES ? "This file is larger than 25 MB. Export a smaller copy and add that." : "";
}

/** Brings in what was left on the Desk. */
export async function addDrafts() {
  const { images } = await api.drafts();
  remember(images);
  const there = new Set(uploads.map(({ id }) => id));
  for (const draft of images.toReversed()) {
    if (there.has(draft.id) || draft.status === "waiting") continue;
    const upload = { key: draft.id, file: null, name: draft.filename, preview: "", progress: 1, error: "", id: draft.id };
    uploads.push({ ...upload, ...standing(draft) });
    if (!settled(draft)) poll([draft.id]);
  }
  changed();
}

/** @param {Upload} upload */
export function drop(upload) {
  const at = uploads.indexOf(upload);
  if (at >= 0) uploads.splice(at, 1);
  if (upload.preview) URL.revokeObjectURL(upload.preview);
  changed();
}

/** @param {Upload} upload once more from the start */
export function again(upload) {
  update(upload, { state: "queued", error: "", progress: 0 });
  pump();
}

function pump() {
  const busy = uploads.filter(({ state: now }) => now === "asking" || now === "sending").length;
  for (const upload of uploads.filter(({ state: now }) => now === "queued").slice(0, Math.max(0, IN_FLIGHT - busy))) void carry(upload);
}

/** @param {Upload} upload */
async function carry(upload) {
  const file = upload.file;
  if (!file) return;
  update(upload, { state: "asking" });
  try {
    const sha256 = await digest(file);
    const asked = { filename: upload.name.slice(-255), content_type: file.type || "application/octet-stream", bytes: file.size };
    const ticket = await api.requestUpload(sha256 ? { ...asked, sha256 } : asked);
    remember([ticket.image]);
    if (ticket.duplicate || !ticket.upload) update(upload, { state: "duplicate", id: ticket.image.id });
    else {
      update(upload, { id: ticket.image.id, state: "sending" });
      await api.send(ticket.upload, file, (progress) => update(upload, { progress }));
      update(upload, { state: "analysing", progress: 1 });
      poll([upload.id]);
    }
  } catch (error) {
    fail(upload, error);
  }
  pump();
}

/** @param {Upload} upload @param {unknown} error */
function fail(upload, error) {
  if (error instanceof api.ApiError && error.lost) {
    const full = error.code === "storage_full";
    update(upload, { state: "lost", error: full ? "The gallery has no room left. Free some space; this is tried again by itself." : "The connection was lost. This goes on by itself when it is back." });
    if (full) announce(upload.error);
    if (error.status === 0) set({ online: false });
    setTimeout(() => upload.state === "lost" && again(upload), full ? FULL_MS : RETRY_MS);
    return;
  }
  const message = error instanceof DOMException ? "This file can't be read any more. Choose it again." : reason(error);
  update(upload, { state: "refused", error: message });
  rest(upload);
}

/** @param {File} file @returns {Promise<string | undefined>} undefined where the browser has no crypto: the server finds duplicates too */
async function digest(file) {
  if (!globalThis.crypto?.subtle) return undefined;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Image} picture @returns {Pick<Upload, "state" | "error">} what its record means for its row */
function standing(picture) {
  if (picture.status === "rejected" && picture.duplicate_of) return { state: "duplicate", error: "" };
  if (picture.status === "rejected") return { state: "refused", error: picture.message ?? "This file was not accepted." };
  if (picture.status === "failed") return { state: "failed", error: picture.message ?? "Something went wrong on our side. Try again." };
  return { state: picture.status === "ready" ? "ready" : "analysing", error: "" };
}

follow((picture) => {
  const upload = uploads.find(({ id, state: now }) => id === picture.id && (now === "analysing" || now === "ready" || now === "failed"));
  if (!upload) return;
  const before = upload.state;
  update(upload, standing(picture));
  if (before === upload.state) return;
  rest(upload);
  void recount();
});

/** What has come to rest since that was last said. @type {Set<Upload>} */
const rested = new Set();

/** Says it once nothing is on its way any more: ten files are one message. @param {...Upload} some */
function rest(...some) {
  for (const upload of some) rested.add(upload);
  if (uploads.some(({ state: now }) => ["queued", "asking", "sending", "analysing"].includes(now))) return;
  const drafts = [...rested].filter(({ state: now }) => now === "ready");
  const wrong = [...rested].filter(({ state: now }) => now === "refused" || now === "failed");
  const one = drafts.length === 1 ? `${drafts[0]?.name} is a draft now.` : drafts.length ? `${drafts.length} files are drafts now.` : "";
  if (one || wrong.length) announce([one, ...wrong.map(({ name, error }) => `${name}: ${error}`)].filter(Boolean).join(" "));
  rested.clear();
}

watch(["online"], () => {
  if (state.online) for (const upload of uploads.filter((one) => one.state === "lost")) again(upload);
});

/** @param {Upload} upload @returns {Image | undefined} */
export const record = (upload) => (upload.id ? image(upload.id) : undefined);

// Files on their way in: at most three at once, each picked up again after a lost connection or a page that was left. No DOM here.

import { announce, follow, image, reason, remember, state, watch } from "./core.js";
import { ApiError, api, poll, recount, setOnline, settled } from "./gallery.js";
import { forget, inherit, keep, note, noted } from "./kept.js";

const IN_FLIGHT = 3;
const RETRY_MS = 4000;
const FULL_MS = 60000; // room is made by hands

export const SENDING = ["queued", "asking", "sending", "lost"];

/** All that this module knows: uploads as they were added, newest last; those that came to rest since that was last said; who is told of changes. */
export const queue = { uploads: /** @type {Upload[]} */ ([]), rested: /** @type {Set<Upload>} */ (new Set()), tell: () => {} };

/** @param {...UploadState} now */
const those = (...now) => queue.uploads.filter(({ state }) => now.includes(state));

/** @param {Upload} upload @param {Partial<Upload>} changes */
function update(upload, changes) {
  const before = upload.state;
  Object.assign(upload, changes);
  if (SENDING.includes(before) && !SENDING.includes(upload.state)) forget(upload.key);
  queue.tell();
}

/** @param {Partial<Upload>} fields */
function push(fields) {
  /** @type {Upload} */
  const upload = { key: String(Math.random()), file: null, name: "", preview: "", state: "queued", progress: 0, error: "", id: "", kept: false, ...fields };
  queue.uploads.push(upload);
  return upload;
}

/** @param {Iterable<File>} files @param {Partial<Upload>[]} [known] of each */
export function add(files, known = []) {
  const added = Array.from(files, (file, at) => {
    const error = refusal(file);
    const preview = file.type.startsWith("image/") && !error ? URL.createObjectURL(file) : "";
    const one = push({ file, name: file.name || "Pasted picture", preview, state: error ? "refused" : "queued", error, ...known[at] });
    if (error) forget(one.key);
    else if (!one.kept) void keep(one.key, file).then((kept) => (one.kept = kept));
    return one;
  });
  queue.tell();
  pump();
  rest(...added.filter(({ error }) => error));
}

/** What an earlier page left on its way goes on. @param {(files: number) => void} say */
export async function resume(say) {
  await addDrafts().catch(() => {});
  let count = 0;
  if (state.signedIn) void inherit((left) => {
    const files = left.filter(({ key }) => !queue.uploads.some(({ id }) => id === noted(key)) || forget(key)); // of a draft, all has arrived
    say((count += files.length));
    add(files.map(({ file }) => file), files.map(({ key }) => ({ key, id: noted(key), kept: true })));
  });
}

/** The rest is judged by content, never by name or declared type. @param {File} file */
function refusal({ size }) {
  if (!size) return "This file is empty. Try exporting or downloading it again.";
  return size > 25 * 1024 * 1024 ? "This file is larger than 25 MB. Export a smaller copy and add that." : "";
}

export async function addDrafts() {
  const { images } = await api.drafts();
  remember(images);
  for (const draft of images.toReversed()) {
    if (draft.status === "waiting" || queue.uploads.some(({ id }) => id === draft.id)) continue;
    push({ key: draft.id, id: draft.id, name: draft.filename, progress: 1, ...standing(draft) });
    if (!settled(draft)) poll([draft.id]);
  }
  queue.tell();
}

/** @param {Upload} upload */
export function drop(upload) {
  queue.uploads = queue.uploads.filter((one) => one !== upload);
  URL.revokeObjectURL(upload.preview);
  queue.tell();
}

/** @param {Upload} upload */
export function again(upload) {
  update(upload, { state: "queued", error: "", progress: 0 });
  pump();
}

function pump() {
  const free = IN_FLIGHT - those("asking", "sending").length;
  for (const upload of those("queued").slice(0, Math.max(0, free))) void carry(upload);
}

/** @param {Upload} upload */
async function carry(upload) {
  const { file, name } = upload;
  if (!file) return;
  update(upload, { state: "asking" });
  try {
    const sha256 = await digest(file);
    const asked = { filename: name.slice(-255), content_type: file.type || "application/octet-stream", bytes: file.size };
    const { image: picture, upload: form } = await api.requestUpload(sha256 ? { ...asked, sha256 } : asked);
    const { id } = picture;
    if (form) {
      note(upload.key, id);
      update(upload, { id, state: "sending" });
      await api.send(form, file, (progress) => update(upload, { progress }));
    }
    update(upload, id === upload.id ? { state: "analysing", progress: 1 } : { state: "duplicate", id });
    remember([picture]); // now: of what had arrived before, no more is heard
    poll([id]);
  } catch (error) {
    fail(upload, error);
  }
  pump();
}

/** @param {Upload} upload @param {unknown} failure */
function fail(upload, failure) {
  if (failure instanceof ApiError && (failure.lost || !state.signedIn)) {
    const full = failure.code === "storage_full";
    update(upload, { state: "lost", error: !state.signedIn ? "Sign in again: this goes on by itself then." : full ? "The gallery has no room left. Free some space; this is tried again by itself." : "The connection was lost. This goes on by itself when it is back." });
    if (full) announce(upload.error);
    if (!failure.status) setOnline(false);
    setTimeout(() => upload.state === "lost" && state.signedIn && again(upload), full ? FULL_MS : RETRY_MS);
    return;
  }
  const error = failure instanceof DOMException ? "This file can't be read any more. Choose it again." : reason(failure);
  update(upload, { state: "refused", error });
  rest(upload);
}

/** Nothing where the browser has no crypto: the server finds duplicates too. @param {File} file */
async function digest(file) {
  if (!globalThis.crypto?.subtle) return;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Image} picture @returns {Pick<Upload, "state" | "error">} */
function standing({ status, message, duplicate_of }) {
  if (status === "rejected") return duplicate_of ? { state: "duplicate", error: "" } : { state: "refused", error: message ?? "This file was not accepted." };
  if (status === "failed") return { state: "failed", error: message ?? "Something went wrong on our side. Try again." };
  return { state: status === "ready" ? "ready" : "analysing", error: "" };
}

follow((picture) => {
  const upload = those("analysing", "ready", "failed").find(({ id }) => id === picture.id);
  const before = upload?.state;
  if (upload) update(upload, standing(picture));
  if (!upload || before === upload.state) return;
  rest(upload);
  void recount();
});

/** Says it once nothing is on its way any more: ten files are one message. @param {...Upload} some */
function rest(...some) {
  for (const upload of some) queue.rested.add(upload);
  if (those("queued", "asking", "sending", "analysing").length) return;
  const drafts = [...queue.rested].filter(({ state }) => state === "ready");
  const wrong = [...queue.rested].filter(({ state }) => state === "refused" || state === "failed");
  const one = drafts.length === 1 ? `${drafts[0]?.name} is a draft now.` : drafts.length ? `${drafts.length} files are drafts now.` : "";
  if (one || wrong.length) announce([one, ...wrong.map(({ name, error }) => `${name}: ${error}`)].filter(Boolean).join(" "));
  queue.rested.clear();
}

watch(["online", "signedIn"], () => state.online && state.signedIn && those("lost").forEach(again));

/** @param {Upload} upload */
export const record = ({ id }) => image(id);

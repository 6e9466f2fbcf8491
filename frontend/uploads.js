// Files on their way in: at most three at once, each picked up again after a lost connection or a page that was left; and the side sheet in which
// they become drafts: a row per file, failures first, publish one or all.

import { announce, api, ApiError, asleep, background, button, copy, counted, fill, follow, go, html, image, need, poll, reason, recount, remember, says, setOnline, settled, size, state, tell, trying, watch } from "./core.js";
import { closeModal, closeOnGround, modal, openModal } from "./dialogs.js";
import { attempt, chipsField, publish, remove, renew, retry, wordsField } from "./facts.js";
import { forget, inherit, keep, note, noted } from "./kept.js";

const IN_FLIGHT = 3;
const RETRY_MS = 4000;
const FULL_MS = 60000; // room is made by hands
const SENDING = ["queued", "asking", "sending", "lost"];
const sheet = need("dialog#sheet");
const rows = need(".rows", sheet);
const foot = need(".foot", sheet);
/** @type {UploadsHeld} */
const held = { uploads: [], rested: new Set(), rows: new Map() };

/** @type {Uploads} */
const module = {
  those: (...now) => held.uploads.filter(({ state }) => now.includes(state)),

  update(upload, changes) {
    const before = upload.state;
    Object.assign(upload, changes);
    if (SENDING.includes(before) && !SENDING.includes(upload.state)) forget(upload.key);
    draw();
  },

  push(fields) {
    /** @type {Upload} */
    const upload = { key: String(Math.random()), file: null, name: "", preview: "", state: "queued", progress: 0, error: "", id: "", kept: false, ...fields };
    held.uploads.push(upload);
    return upload;
  },

  add(files, known = []) {
    const added = Array.from(files, (file, at) => {
      const error = refusal(file);
      const preview = file.type.startsWith("image/") && !error ? URL.createObjectURL(file) : "";
      const one = push({ file, name: file.name || "Pasted picture", preview, state: error ? "refused" : "queued", error, ...known[at] });
      if (error) forget(one.key);
      else if (!one.kept) void keep(one.key, file).then((kept) => (one.kept = kept));
      return one;
    });
    draw();
    pump();
    rest(...added.filter(({ error }) => error));
  },

  async resume(say) {
    await addDrafts().catch(() => {});
    let count = 0;
    if (state.signedIn) void inherit((left) => {
      const files = left.filter(({ key }) => !held.uploads.some(({ id }) => id === noted(key)) || forget(key));
      say((count += files.length));
      add(files.map(({ file }) => file), files.map(({ key }) => ({ key, id: noted(key), kept: true })));
    });
  },

  refusal({ size }) {
    if (!size) return "This file is empty. Try exporting or downloading it again.";
    return size > 25 * 1024 * 1024 ? "This file is larger than 25 MB. Export a smaller copy and add that." : "";
  },

  async addDrafts() {
    const { images } = await api.drafts();
    remember(images);
    for (const draft of images.toReversed()) {
      if (draft.status === "waiting" || held.uploads.some(({ id }) => id === draft.id)) continue;
      push({ key: draft.id, id: draft.id, name: draft.filename, progress: 1, ...standing(draft) });
      if (!settled(draft)) poll([draft.id]);
    }
    draw();
  },

  drop(upload) {
    held.uploads = held.uploads.filter((one) => one !== upload);
    URL.revokeObjectURL(upload.preview);
    draw();
  },

  again(upload) {
    update(upload, { state: "queued", error: "", progress: 0 });
    pump();
  },

  pump() {
    const free = IN_FLIGHT - those("asking", "sending").length;
    for (const upload of those("queued").slice(0, Math.max(0, free))) void carry(upload);
  },

  async carry(upload) {
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
      remember([picture]);
      poll([id]);
    } catch (error) {
      fail(upload, error);
    }
    pump();
  },

  fail(upload, failure) {
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
  },

  async digest(file) {
    if (!globalThis.crypto?.subtle) return;
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },

  standing({ status, message, duplicate_of }) {
    if (status === "rejected") return duplicate_of ? { state: "duplicate", error: "" } : { state: "refused", error: message ?? "This file was not accepted." };
    if (status === "failed") return { state: "failed", error: message ?? "Something went wrong on our side. Try again." };
    return { state: status === "ready" ? "ready" : "analysing", error: "" };
  },

  rest(...some) {
    for (const upload of some) held.rested.add(upload);
    if (those("queued", "asking", "sending", "analysing").length) return;
    const drafts = [...held.rested].filter(({ state }) => state === "ready");
    const wrong = [...held.rested].filter(({ state }) => state === "refused" || state === "failed");
    const one = drafts.length === 1 ? `${drafts[0]?.name} is a draft now.` : drafts.length ? `${drafts.length} files are drafts now.` : "";
    if (one || wrong.length) announce([one, ...wrong.map(({ name, error }) => `${name}: ${error}`)].filter(Boolean).join(" "));
    held.rested.clear();
  },

  record: ({ id }) => image(id),

  // --- the sheet

  start() {
    sheet.addEventListener("close", closed);
    modal(sheet, close);
    closeOnGround(sheet, close);
    for (const button of sheet.querySelectorAll(".choose")) button.addEventListener("click", () => need("#files").click());
    watch(["categories"], () => held.rows.forEach((one) => one.categories()));
    addEventListener("beforeunload", (event) => {
      if (held.uploads.some(({ state, file, kept }) => SENDING.includes(state) && file && !kept)) event.preventDefault();
    });
  },

  async open() {
    openModal(sheet);
    draw();
    await trying(addDrafts);
  },

  take(files) {
    openModal(sheet);
    add(files);
    announce(`${counted(files.length, "file")} added.`);
    void open();
  },

  goOn: () =>
    resume((files) => {
      const words = held.uploads.filter(({ id }) => noted(id) && noted(id) !== image(id)?.description).length;
      const said = [files && `${counted(files, "file")} on the way`, words && `unsaved words for ${counted(words, "draft")}`].filter(Boolean).join(", ");
      if (said) tell(`Here again: ${said}.`, "Show", () => void open());
    }),

  keepAll: () => held.rows.forEach((one) => one.keep()),

  close() {
    keepAll();
    closeModal(sheet);
  },

  closed() {
    closeModal(sheet);
    for (const upload of held.uploads) if (upload.state === "duplicate" || (upload.state === "refused" && !upload.id)) drop(upload);
  },

  rank: ({ state }) => (/refused|failed/.test(state) ? 0 : /lost|duplicate/.test(state) ? 1 : 2),

  draw() {
    if (!sheet.open) return;
    const wanted = held.uploads.toSorted((a, b) => rank(a) - rank(b));
    for (const [key, one] of held.rows) {
      if (wanted.some((upload) => upload.key === key)) continue;
      one.stop();
      one.element.remove();
      held.rows.delete(key);
    }
    for (const [at, upload] of wanted.entries()) {
      const one = held.rows.get(upload.key) ?? row(upload);
      held.rows.set(upload.key, one);
      one.update();
      const there = rows.children[at] ?? null;
      if (there !== one.element && !one.element.contains(document.activeElement)) rows.insertBefore(one.element, there);
    }
    sheet.classList.toggle("has-rows", wanted.length > 0);
    drawFoot();
  },

  ready: () => held.uploads.filter(({ state }) => state === "ready"),

  drawFoot() {
    const busy = held.uploads.filter(({ state }) => SENDING.includes(state) || state === "analysing").length;
    const drafts = ready().length;
    const said = busy ? `${counted(busy, "file")} on the way` : `${counted(drafts, "draft")} kept on your Desk`;
    foot.hidden = !held.uploads.length;
    if (foot.dataset.drawn === said + drafts) return;
    foot.dataset.drawn = said + drafts;
    fill(foot, html`<span>${said}</span>`, drafts > 1 && button(`Publish all ${drafts}`, () => void trying(publishAll), "button publish-all"));
  },

  async publishAll() {
    keepAll();
    const all = ready();
    await publish(all.map(({ id }) => id), true);
    for (const upload of all) if (image(upload.id)?.published) drop(upload);
    if (!held.uploads.length) close();
  },

  applyToAll(category) {
    held.rows.forEach((one) => one.choose(category));
    announce("Applied to all.");
  },

  // --- a row

  row(upload) {
    const look = () => record(upload);
    const words = wordsField({ look, label: `What ${upload.name} shows`, save: (description) => attempt(upload.id, { description }) });
    const chips = chipsField((category) => attempt(upload.id, { category }));
    const release = async () => {
      void words.keep();
      await publish([upload.id], true);
      if (look()?.published) drop(upload);
    };
    const element = copy("row");
    const part = (name = "") => need(`.${name}`, element);
    part("name").textContent = upload.name;
    part("row-deeds").before(words.element, words.place, chips.element);
    fill(part("row-deeds"), button("Publish", release, "button small publish"), button("Apply category to all", () => applyToAll(need("input:checked", element).value)), button("Delete", () => bin(upload)));
    const categories = () => {
      const picture = look();
      if (picture) chips.update(picture);
    };
    const update = () => {
      const picture = look();
      drawThumb(part("thumb"), upload, picture);
      renew(part("status"), told(upload, picture));
      element.dataset.state = upload.state;
      part("progress").hidden = !["queued", "asking", "sending", "analysing"].includes(upload.state);
      need(".progress i", element).style.transform = `scaleX(${progress(upload, picture)})`;
      renew(part("remedy"), remedies(upload));
      part("draft").hidden = upload.state !== "ready";
      if (!picture || upload.state !== "ready") return;
      words.update(picture);
      chips.update(picture);
    };
    const stop = follow(({ id }) => id === upload.id && update());
    const choose = (category = "") => void (upload.state === "ready" && look()?.category !== category && chips.choose(category));
    update();
    return { element, update, categories, choose, keep: words.keep, stop };
  },

  drawThumb(box, { preview }, picture) {
    const src = picture?.derivatives.thumb ?? preview;
    box.style.backgroundImage = background(picture?.placeholder ?? null);
    if (!src || box.querySelector("img")?.getAttribute("src") === src) return;
    const img = html`<img src=${src} alt="" width="96" height="96" />`;
    img.addEventListener("error", () => img.remove()); // not every browser shows HEIC before the server has opened it
    fill(box, img);
  },

  progress({ state, progress }, picture) {
    if (state === "analysing") return 0.65 + 0.05 * Math.min(7, picture?.steps?.length ?? 0);
    return 0.05 + (state === "sending" ? 0.6 * progress : 0);
  },

  told({ state, file, error }, picture) {
    const taken = picture?.steps?.map(({ name, outcome }) => html`<span class=${outcome}>${says(`step-${name}`) || name}</span>`) ?? [];
    const steps = taken.length ? html`<span class="steps-line">${taken}</span>` : "Arriving";
    const ready = picture?.analysis === "waking" ? asleep() : file ? steps : "Draft";
    const sending = `Uploading ${file ? size(file.size) : ""}`;
    /** @type {Partial<Record<UploadState, Child>>} */
    const said = { queued: "Waiting its turn", asking: "Getting ready", sending, analysing: steps, ready, duplicate: "You have this already." };
    return said[state] ?? html`<span class="bad">${error}</span>`;
  },

  remedies(upload) {
    const { id, state } = upload;
    const dismiss = button("Dismiss", () => (id && state !== "duplicate" ? bin(upload) : drop(upload)));
    if (state === "duplicate") return [button("Show it", () => go({ image: id }, { opened: true })), dismiss];
    if (state === "failed") return [button("Try again", () => void trying(() => retry(id))), button("Delete", () => bin(upload))];
    if (state === "lost") return button("Try now", () => again(upload));
    return state === "refused" && [button("Choose another", () => replace(upload)), dismiss];
  },

  replace(upload) {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.addEventListener("change", () => {
      if (!input.files?.length) return;
      drop(upload);
      add(input.files);
    });
    input.click();
  },

  async bin(upload) {
    if (!record(upload) || (await remove([upload.id]))) drop(upload);
  },
};

const { those, update, push, add, resume, refusal, addDrafts, drop, again, pump, carry, fail, digest, standing, rest, record, keepAll, close, closed, rank, draw, ready, drawFoot, publishAll, applyToAll, row, drawThumb, progress, told, remedies, replace, bin } = module;
export const { open, take, goOn, start } = module;

follow((picture) => {
  const upload = those("analysing", "ready", "failed").find(({ id }) => id === picture.id);
  const before = upload?.state;
  if (upload) update(upload, standing(picture));
  if (!upload || before === upload.state) return;
  rest(upload);
  void recount();
});
watch(["online", "signedIn"], () => state.online && state.signedIn && those("lost").forEach(again));

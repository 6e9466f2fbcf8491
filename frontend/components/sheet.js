// The side sheet in which files arrive and become drafts: a row per file, failures first, publish one or all.

import { announce, background, button, fill, follow, go, html, image, need, tell, trying, watch } from "../core.js";
import { attempt, publish, remove, retry } from "../edits.js";
import { noted } from "../kept.js";
import { closeModal, closeOnGround, openModal } from "../overlays.js";
import { SENDING, add, addDrafts, again, drop, queue, record, resume } from "../uploads.js";
import { says, asleep, counted, size } from "../words.js";
import { chipsField, renew, wordsField } from "./facts.js";

const sheet = need("dialog#sheet");
const rows = need(".rows", sheet);
const foot = need(".foot", sheet);
/** @type {Map<string, SheetRow>} */
const shown = new Map();

export function start() {
  sheet.addEventListener("close", closed);
  sheet.addEventListener("cancel", keepAll);
  closeOnGround(sheet, close);
  need(".close", sheet).addEventListener("click", close);
  for (const button of sheet.querySelectorAll(".choose")) button.addEventListener("click", () => need("#files").click());
  queue.tell = draw;
  watch(["categories"], () => shown.forEach((one) => one.categories()));
  addEventListener("beforeunload", (event) => {
    if (queue.uploads.some(({ state, file, kept }) => SENDING.includes(state) && file && !kept)) event.preventDefault();
  });
}

/** With the drafts in it. */
export async function open() {
  openModal(sheet);
  draw();
  await trying(addDrafts);
}

/** @param {File[]} files */
export function take(files) {
  openModal(sheet);
  add(files);
  announce(`${counted(files.length, "file")} added.`);
  void open();
}

/** Takes up what an earlier page left, and says so. */
export const goOn = () =>
  resume((files) => {
    const words = queue.uploads.filter(({ id }) => noted(id) && noted(id) !== image(id)?.description).length;
    const said = [files && `${counted(files, "file")} on the way`, words && `unsaved words for ${counted(words, "draft")}`].filter(Boolean).join(", ");
    if (said) tell(`Here again: ${said}.`, "Show", () => void open());
  });

const keepAll = () => shown.forEach((one) => one.keep());

function close() {
  keepAll();
  closeModal(sheet);
}

/** What is done with leaves the sheet; drafts and what is on its way stay. */
function closed() {
  closeModal(sheet);
  for (const upload of queue.uploads) if (upload.state === "duplicate" || (upload.state === "refused" && !upload.id)) drop(upload);
}

/** What went wrong first, then in the order of arrival. @param {Upload} upload */
const rank = ({ state }) => (/refused|failed/.test(state) ? 0 : /lost|duplicate/.test(state) ? 1 : 2);

function draw() {
  if (!sheet.open) return;
  const wanted = queue.uploads.toSorted((a, b) => rank(a) - rank(b));
  for (const [key, one] of shown) {
    if (wanted.some((upload) => upload.key === key)) continue;
    one.stop();
    one.element.remove();
    shown.delete(key);
  }
  for (const [at, upload] of wanted.entries()) {
    const one = shown.get(upload.key) ?? row(upload, applyToAll);
    shown.set(upload.key, one);
    one.update();
    const there = rows.children[at] ?? null;
    if (there !== one.element && !one.element.contains(document.activeElement)) rows.insertBefore(one.element, there);
  }
  sheet.classList.toggle("has-rows", wanted.length > 0);
  drawFoot();
}

const ready = () => queue.uploads.filter(({ state }) => state === "ready");

function drawFoot() {
  const busy = queue.uploads.filter(({ state }) => SENDING.includes(state) || state === "analysing").length;
  const drafts = ready().length;
  const said = busy ? `${counted(busy, "file")} on the way` : `${counted(drafts, "draft")} kept on your Desk`;
  foot.hidden = !queue.uploads.length;
  if (foot.dataset.drawn === said + drafts) return; // the button keeps the focus
  foot.dataset.drawn = said + drafts;
  fill(foot, html`<span>${said}</span>`, drafts > 1 && button(`Publish all ${drafts}`, () => void trying(publishAll), "button publish-all"));
}

async function publishAll() {
  keepAll();
  const all = ready();
  await publish(all.map(({ id }) => id), true);
  for (const upload of all) if (image(upload.id)?.published) drop(upload);
  if (!queue.uploads.length) close();
}

/** @param {string} category */
function applyToAll(category) {
  shown.forEach((one) => one.choose(category));
  announce("Applied to all.");
}

// --- a row: its picture, how far it is, its words with their match, its category

/** @param {Upload} upload @param {(category: string) => void} applyToAll @returns {SheetRow} */
function row(upload, applyToAll) {
  const look = () => record(upload);
  const words = wordsField({ look, label: `What ${upload.name} shows`, save: (description) => attempt(upload.id, { description }) });
  const chips = chipsField((category) => attempt(upload.id, { category }));
  const release = async () => {
    void words.keep();
    await publish([upload.id], true);
    if (look()?.published) drop(upload);
  };
  const element = html`<li class="row">
    <div class="thumb"></div>
    <div class="told">
      <p class="name" dir="auto">${upload.name}</p>
      <p class="status"></p>
      <div class="progress"><i></i></div>
      <div class="draft">
        ${words.element}${words.place}${chips.element}
        <div class="row-deeds">${button("Publish", release, "button small publish")}${button("Apply category to all", () => applyToAll(need("input:checked", element).value))}${button("Delete", () => bin(upload))}</div>
      </div>
      <div class="remedy"></div>
    </div>
  </li>`;
  const part = (/** @type {string} */ name) => need(`.${name}`, element);
  const categories = () => {
    const picture = look();
    if (picture) chips.update(picture);
  };
  const update = () => {
    const picture = look();
    drawThumb(part("thumb"), upload, picture);
    renew(part("status"), standing(upload, picture));
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
  const choose = (/** @type {string} */ category) => void (upload.state === "ready" && look()?.category !== category && chips.choose(category));
  update();
  return { element, update, categories, choose, keep: words.keep, stop };
}

/** The file's own pixels where the browser can show them. @param {HTMLElement} box @param {Upload} upload @param {Image | undefined} picture */
function drawThumb(box, { preview }, picture) {
  const src = picture?.derivatives.thumb ?? preview;
  box.style.backgroundImage = background(picture?.placeholder ?? null);
  if (!src || box.querySelector("img")?.getAttribute("src") === src) return;
  const img = html`<img src=${src} alt="" width="96" height="96" />`;
  img.addEventListener("error", () => img.remove()); // not every browser shows HEIC before the server has opened it
  fill(box, img);
}

/** @param {Upload} upload @param {Image | undefined} picture */
function progress({ state, progress }, picture) {
  if (state === "analysing") return 0.65 + 0.05 * Math.min(7, picture?.steps?.length ?? 0);
  return 0.05 + (state === "sending" ? 0.6 * progress : 0);
}

/** @param {Upload} upload @param {Image | undefined} picture @returns {Child} */
function standing({ state, file, error }, picture) {
  const taken = picture?.steps?.map(({ name, outcome }) => html`<span class=${outcome}>${says(`step-${name}`) || name}</span>`) ?? [];
  const steps = taken.length ? html`<span class="steps-line">${taken}</span>` : "Arriving";
  const ready = picture?.analysis === "waking" ? asleep() : file ? steps : "Draft";
  const sending = `Uploading ${file ? size(file.size) : ""}`;
  /** @type {Partial<Record<UploadState, Child>>} */
  const said = { queued: "Waiting its turn", asking: "Getting ready", sending, analysing: steps, ready, duplicate: "You have this already." };
  return said[state] ?? html`<span class="bad">${error}</span>`;
}

/** @param {Upload} upload */
function remedies(upload) {
  const { id, state } = upload;
  const dismiss = button("Dismiss", () => (id && state !== "duplicate" ? bin(upload) : drop(upload)));
  if (state === "duplicate") return [button("Show it", () => go({ image: id }, { opened: true })), dismiss];
  if (state === "failed") return [button("Try again", () => void trying(() => retry(id))), button("Delete", () => bin(upload))];
  if (state === "lost") return button("Try now", () => again(upload));
  return state === "refused" && [button("Choose another", () => replace(upload)), dismiss];
}

/** @param {Upload} upload */
function replace(upload) {
  const input = /** @type {HTMLInputElement} */ (html`<input type="file" accept="image/*" />`);
  input.addEventListener("change", () => {
    if (!input.files?.length) return;
    drop(upload);
    add(input.files);
  });
  input.click();
}

/** @param {Upload} upload */
async function bin(upload) {
  if (!record(upload) || (await remove([upload.id]))) drop(upload);
}

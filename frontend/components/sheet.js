// The side sheet in which files arrive and become drafts: a row per file, failures first, publish one or all.

import { announce, button, fill, html, image, need, trying, watch } from "../core.js";
import { publish } from "../edits.js";
import { closeModal, closeOnGround, openModal } from "../overlays.js";
import { add, addDrafts, drop, onUploads, uploads } from "../uploads.js";
import { counted } from "../words.js";
import { row } from "./row.js";

const sheet = /** @type {HTMLDialogElement} */ (need("#sheet"));
const rows = need(".rows", sheet);
const foot = need(".foot", sheet);
/** @type {Map<string, SheetRow>} */
const shown = new Map();

export function start() {
  sheet.addEventListener("close", () => closed());
  sheet.addEventListener("cancel", () => keepAll());
  closeOnGround(sheet, close);
  need(".close", sheet).addEventListener("click", close);
  for (const button of sheet.querySelectorAll(".choose")) button.addEventListener("click", () => need("#files").click());
  onUploads(draw);
  watch(["categories"], () => shown.forEach((one) => one.categories()));
  addEventListener("beforeunload", (event) => {
    if (uploads.some((upload) => ["queued", "asking", "sending", "lost"].includes(upload.state) && upload.file)) event.preventDefault();
  });
}

/** The Desk, for now: the sheet with the drafts in it. */
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

function keepAll() {
  for (const one of shown.values()) one.keep();
}

function close() {
  keepAll();
  closeModal(sheet);
}

/** What is done with leaves the sheet; drafts and what is on its way stay. */
function closed() {
  closeModal(sheet);
  for (const upload of [...uploads]) if (upload.state === "duplicate" || (upload.state === "refused" && !upload.id)) drop(upload);
}

/** What went wrong first, then in the order of arrival. @param {Upload} upload */
const rank = ({ state: now }) => (now === "refused" || now === "failed" ? 0 : now === "lost" || now === "duplicate" ? 1 : 2);

function draw() {
  if (!sheet.open) return;
  const wanted = uploads.toSorted((a, b) => rank(a) - rank(b));
  const keys = new Set(wanted.map(({ key }) => key));
  for (const [key, one] of shown) {
    if (keys.has(key)) continue;
    one.stop();
    one.element.remove();
    shown.delete(key);
  }
  for (const [at, upload] of wanted.entries()) {
    let one = shown.get(upload.key);
    if (!one) shown.set(upload.key, (one = row(upload, applyToAll)));
    one.update();
    const there = rows.children[at];
    if (there !== one.element && !one.element.contains(document.activeElement)) rows.insertBefore(one.element, there ?? null);
  }
  sheet.classList.toggle("has-rows", uploads.length > 0);
  drawFoot();
}

function drawFoot() {
  const ready = uploads.filter((upload) => upload.state === "ready");
  const busy = uploads.filter(({ state: now }) => ["queued", "asking", "sending", "analysing", "lost"].includes(now)).length;
  foot.hidden = !uploads.length;
  const said = busy ? `${counted(busy, "file")} on the way` : `${counted(ready.length, "draft")} kept on your Desk`;
  const label = ready.length > 1 ? `Publish all ${ready.length}` : "";
  const same = (foot.querySelector("button")?.textContent ?? "") === label && foot.querySelector("span")?.textContent === said;
  if (!same) fill(foot, html`<span>${said}</span>`, label ? button(label, () => void trying(publishAll), "button publish-all") : null);
}

async function publishAll() {
  keepAll();
  const ready = uploads.filter((upload) => upload.state === "ready");
  await publish(ready.map(({ id }) => id), true);
  for (const upload of ready) if (image(upload.id)?.published) drop(upload);
  if (!uploads.length) close();
}

/** @param {string} category */
function applyToAll(category) {
  for (const one of shown.values()) one.choose(category);
  announce("Applied to all.");
}

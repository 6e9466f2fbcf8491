// The side sheet in which files arrive and become drafts: a row per file, failures first, publish one or all.

import { announce, button, fill, html, image, need, trying, watch } from "../core.js";
import { publish } from "../edits.js";
import { closeModal, closeOnGround, openModal } from "../overlays.js";
import { add, addDrafts, drop, queue } from "../uploads.js";
import { counted } from "../words.js";
import { row } from "./row.js";

const sheet = need("dialog#sheet");
const rows = need(".rows", sheet);
const foot = need(".foot", sheet);
/** @type {Map<string, SheetRow>} */
const shown = new Map();
const SENDING = ["queued", "asking", "sending", "lost"];

export function start() {
  sheet.addEventListener("close", closed);
  sheet.addEventListener("cancel", keepAll);
  closeOnGround(sheet, close);
  need(".close", sheet).addEventListener("click", close);
  for (const button of sheet.querySelectorAll(".choose")) button.addEventListener("click", () => need("#files").click());
  queue.tell = draw;
  watch(["categories"], () => shown.forEach((one) => one.categories()));
  addEventListener("beforeunload", (event) => {
    if (queue.uploads.some(({ state, file }) => SENDING.includes(state) && file)) event.preventDefault();
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

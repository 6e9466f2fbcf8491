// The search box: as you type, chips for colours and look-alikes, and on phones the panel with the colours.

import { fill, html, need } from "../html.js";
import { HUES, join, split } from "../query.js";
import { go } from "../router.js";
import { follow, image, state, watch } from "../store.js";
import { cross } from "./controls.js";

const TYPING_PAUSE_MS = 220;

/** @type {import("../query.js").Chip[]} */
let chips = [];
let timer = 0;
/** Whether this stretch of typing has its own place in the history already. */
let typing = false;

export function start() {
  const form = need("#search");
  const box = /** @type {HTMLInputElement} */ (need("#q"));
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => commit(box), TYPING_PAUSE_MS);
    mark(box);
  });
  box.addEventListener("blur", () => (typing = false));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && chips.length && box.selectionStart === 0 && box.selectionEnd === 0) drop(chips.length - 1);
    if (event.key === "Escape") leave();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    commit(box);
    typing = false;
    leave();
    need("#wall").focus({ preventScroll: true });
  });
  need("#clear").addEventListener("click", () => {
    go({ q: "", image: "" });
    box.focus();
  });
  watch(["route"], () => show(box));
  follow((picture) => {
    if (chips.some(({ kind, value }) => kind === "similar" && value === picture.id)) drawChips();
  });
}

/** Opens the search on a phone: box and colours. */
export function enter() {
  document.documentElement.classList.add("searching");
  scrollTo({ top: 0 });
  need("#q").focus();
}

export function leave() {
  document.documentElement.classList.remove("searching");
}

/** @param {HTMLInputElement} box */
function commit(box) {
  const q = join(box.value, chips);
  if (q === state.route.q) return;
  go({ q, image: "" }, { replace: typing });
  typing = true;
}

/** @param {HTMLInputElement} box */
function show(box) {
  const asked = split(state.route.q);
  const own = document.activeElement === box && split(join(box.value, [])).text === asked.text;
  if (!own) box.value = asked.text; // a space at the end of what is being typed is left alone
  chips = asked.chips;
  drawChips();
  mark(box);
}

/** @param {HTMLInputElement} box */
function mark(box) {
  need("#clear").hidden = !box.value && !chips.length;
}

/** @param {number} at */
function drop(at) {
  go({ q: join(split(state.route.q).text, chips.toSpliced(at, 1)), image: "" });
  need("#q").focus();
}

function drawChips() {
  fill(need("#chips"), ...chips.map((chip, at) => html`<li class="chip">${face(chip)}${cross(`Remove ${said(chip)}`, () => drop(at))}</li>`));
}

/** @param {import("../query.js").Chip} chip */
const said = ({ kind, value }) => (kind === "colour" ? value : "look-alikes");

/** @param {import("../query.js").Chip} chip */
function face({ kind, value }) {
  if (kind === "similar") {
    const thumb = image(value)?.derivatives.thumb;
    return html`<span class="chip-face">${thumb ? html`<img src=${thumb} alt="" width="24" height="24" />` : ""}<span>More like this</span></span>`;
  }
  const dot = html`<span class="chip-colour"></span>`;
  dot.style.background = /** @type {Record<string, string>} */ (HUES)[value] ?? (/^#[0-9a-f]{3,6}$/i.test(value) ? value : NEUTRALS[value] ?? "transparent");
  return html`<span class="chip-face">${dot}<span>${value}</span></span>`;
}

/** What a palette may hold beside the twelve hues. @type {Record<string, string>} */
const NEUTRALS = { brown: "#7a4f2c", black: "#141414", grey: "#828282", white: "#f5f5f5" };

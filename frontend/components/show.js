// The wall as a show: one picture after the other over the whole screen. And the link that people send each other.

import * as api from "../api.js";
import { more } from "../gallery.js";
import { fill, html, need } from "../html.js";
import { closeModal, openModal } from "../overlays.js";
import { go } from "../router.js";
import { image, state } from "../store.js";
import { announce, tell } from "../voice.js";
import { alternative, count, name } from "../words.js";
import { focusCard } from "./wall.js";

const REST_MS = 2500; // without a move, then buttons and pointer hide
const SHOWN_MS = 6000; // each picture, while it goes on by itself
const PAUSE_MS = 300; // of leafing, before it is said where one is
const AHEAD = 5; // pictures from the end at which the next page is fetched
const SWIPE = 40; // px
const STRIP = 0.5; // narrower than this, a picture fits the width and scrolls

/** @param {string} label @param {string} kind @param {() => void} run @param {Node} [drawn] else what the dialog's button of this kind shows */
const glyph = (label, kind, run, drawn = need(`#picture .${kind} svg`).cloneNode(true)) =>
  html`<button type="button" class=${`round ${kind}`} aria-label=${label} title=${label} @click=${run}>${drawn}</button>`;
const stage = html`<div class="show-stage" role="group" aria-label="The picture"></div>`;
const words = html`<div class="show-words"></div>`;
const place = html`<p class="show-place"></p>`;
const play = glyph("Go on by itself", "play", () => playing(!timer), html`<svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path class="when-still" d="M5 3v10l8-5z" /><path class="when-playing" d="M5 3v10M11 3v10" /></svg>`);
const previous = glyph("Previous picture", "previous", () => void step(-1));
const next = glyph("Next picture", "next", () => void step(1));
const close = glyph("End the show", "close", leave);
const room = html`<div class="show-room" tabindex="-1" autofocus>${stage}${words}<div class="show-tools">${close}${previous}${next}${play}${place}</div></div>`;
const dialog = /** @type {HTMLDialogElement} */ (html`<dialog id="show" class="show">${room}</dialog>`);

let shown = "";
let timer = 0;
let rest = 0;
let speech = 0;

export function start() {
  document.body.append(dialog);
  const begin = glyph("Show over the whole screen (F)", "begin", () => open(state.route.image), html`<svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="M2 3.500h12v9H2zM6.500 6v4l3.500-2z" /></svg>`);
  need("#picture .stage-tools").append(begin);
  document.addEventListener("keydown", begins);
  dialog.addEventListener("keydown", keys);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    void leave();
  });
  dialog.addEventListener("close", leave);
  room.addEventListener("fullscreenchange", () => document.fullscreenElement || leave()); // Escape ends both at once
  for (const sign of ["pointermove", "pointerdown", "keydown"]) dialog.addEventListener(sign, wake);
  swipes();
}

/** F or S on the wall or beside a picture. @param {KeyboardEvent} event */
function begins(event) {
  const at = /** @type {Element} */ (event.target);
  const over = document.querySelector("dialog[open]");
  if (!["f", "s"].includes(event.key.toLowerCase()) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (at.closest("input, textarea, select") || (over && over.id !== "picture")) return;
  event.preventDefault();
  open(state.route.image || (at.closest("#wall .card")?.getAttribute("data-id") ?? "") || inSight());
}

/** The first picture that is whole in the window. */
function inSight() {
  const head = need(".top").getBoundingClientRect().bottom;
  const cards = [...document.querySelectorAll("#wall .card")];
  return (cards.find((card) => card.getBoundingClientRect().top >= head) ?? cards[0])?.getAttribute("data-id") ?? "";
}

/** @param {string} id */
function open(id) {
  if (!image(id)?.derivatives.display || dialog.open) return;
  shown = "";
  openModal(dialog);
  room.requestFullscreen?.().catch(() => {}); // where there is none, the dialog fills the window
  draw(id);
  wake();
}

/** Back to where it began: to the dialog with the picture shown last, or to its card. */
async function leave() {
  if (!shown) return;
  const last = shown;
  shown = "";
  playing(false);
  for (const one of [rest, speech]) clearTimeout(one);
  closeModal(dialog);
  fill(stage);
  if (state.route.image) go({ image: last }, { replace: true });
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {}); // until then nothing else takes the focus
  if (!state.route.image) focusCard(last);
}

/** The next in this direction of which there is a picture. @param {number} by @param {string} [from] @returns {string | undefined} */
function neighbour(by, from = shown) {
  const ids = state.list?.ids ?? [];
  const at = ids.indexOf(from);
  for (let i = at + by; at >= 0 && i >= 0 && i < ids.length; i += by) if (image(ids[i] ?? "")?.derivatives.display) return ids[i];
  return undefined;
}

/** @param {number} by @param {boolean} [round] from the last to the first */
async function step(by, round = false) {
  const { list } = state;
  const from = shown;
  if (by > 0 && list?.cursor && list.ids.indexOf(shown) >= list.ids.length - AHEAD) {
    void more(list);
    while (!neighbour(1) && list.cursor && list.state !== "failed") {
      await new Promise((resolve) => setTimeout(resolve, 50));
      void more(list); // which does nothing while a page is on its way
    }
  }
  const to = neighbour(by) ?? (round ? list?.ids.find((id) => image(id)?.derivatives.display) : undefined);
  if (to && shown === from && from) draw(to);
}

/** @param {string} id */
function draw(id) {
  const picture = image(id);
  if (!picture) return;
  shown = id;
  const { width, height, derivatives } = picture;
  const strip = Boolean(width && height && width / height < STRIP);
  stage.classList.toggle("strip", strip);
  stage.tabIndex = strip ? 0 : -1; // what scrolls can be reached by keys
  fill(stage, html`<img src=${derivatives.display} alt=${alternative(picture)} width=${width} height=${height} draggable="false" />`);
  stage.scrollTo(0, 0);
  fill(words, ...caption(picture));
  const { ids = [], cursor = null } = state.list ?? {};
  const at = ids.indexOf(id) + 1;
  place.textContent = at ? (cursor ? count(at) : `${count(at)} of ${count(ids.length)}`) : "";
  dialog.setAttribute("aria-label", `Show: ${name(picture)}`);
  previous.toggleAttribute("disabled", !neighbour(-1));
  next.toggleAttribute("disabled", !neighbour(1) && !cursor);
  clearTimeout(speech);
  if (timer) playing(true);
  else speech = setTimeout(() => announce(`${place.textContent}: ${name(picture)}`), PAUSE_MS);
  for (const near of [neighbour(1), neighbour(-1)]) if (near) new Image().src = image(near)?.derivatives.display ?? "";
}

/** @param {Image} picture */
const caption = ({ title, description, credit }) => [
  title && html`<p class="show-title" dir="auto">${title}</p>`,
  description && html`<p class="show-description" dir="auto">${description}</p>`,
  credit && html`<p class="show-credit" dir="auto">${credit}</p>`,
];

/** @param {boolean} on */
function playing(on) {
  clearTimeout(timer);
  timer = on ? setTimeout(() => void step(1, true), SHOWN_MS) : 0;
  play.setAttribute("aria-label", on ? "Pause" : "Go on by itself");
  play.title = on ? "Pause (Space)" : "Go on by itself (Space)";
  dialog.classList.toggle("playing", on);
}

/** Buttons and pointer are there while one moves, and while a button has the keyboard's focus. */
function wake() {
  dialog.classList.remove("resting");
  clearTimeout(rest);
  rest = setTimeout(() => dialog.classList.add("resting"), REST_MS);
}

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const { key } = event;
  const onButton = /** @type {Element} */ (event.target).matches("button:focus-visible");
  if (key === "ArrowRight" || key === "PageDown") void step(1);
  else if (key === "ArrowLeft" || key === "PageUp") void step(-1);
  else if (key === "ArrowUp" || key === "ArrowDown") stage.scrollBy({ top: key === "ArrowUp" ? -120 : 120 });
  else if (key === " " && !onButton) playing(!timer);
  else if (key.toLowerCase() === "f" || key.toLowerCase() === "s") void leave();
  else return;
  event.preventDefault();
}

function swipes() {
  let x = 0;
  let y = 0;
  stage.addEventListener("pointerdown", (event) => ([x, y] = [event.clientX, event.clientY]));
  stage.addEventListener("pointerup", ({ clientX, clientY }) => {
    const across = clientX - x;
    if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(clientY - y)) void step(across < 0 ? 1 : -1);
  });
}

/** By the machine's own sheet where it has one; else the link is copied. @param {Image} picture */
export async function share(picture) {
  const url = await api.shareLink(picture.id);
  try {
    if (navigator.share) await navigator.share({ title: name(picture), url });
    else {
      await navigator.clipboard.writeText(url);
      tell("The link is copied. Whoever has it sees this picture.");
    }
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) tell(url);
  }
}

// One picture, large: a modal dialog with its own address. The stage here, the sidebar in facts.js.

import * as api from "../api.js";
import { more } from "../gallery.js";
import { fill, html, need } from "../html.js";
import { closeModal, openModal, transition } from "../overlays.js";
import { poll, settled } from "../polling.js";
import { go, place } from "../router.js";
import { follow, image, remember, state, watch } from "../store.js";
import { background } from "../thumbhash.js";
import { reason } from "../voice.js";
import { alternative, name } from "../words.js";
import { facts } from "./facts.js";
import { focusCard, pictureOf } from "./wall.js";

const STRIP = 0.5; // narrower than this, a picture fits the width and scrolls

const dialog = /** @type {HTMLDialogElement} */ (need("#picture"));
const stage = need(".stage", dialog);
const side = need(".side", dialog);
let shown = "";
/** @type {import("./facts.js").Facts | null} */
let sidebar = null;

export function start() {
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("close", () => state.route.image && leave()); // a browser may insist on closing
  dialog.addEventListener("keydown", keys);
  need(".close", dialog).addEventListener("click", leave);
  need(".previous", dialog).addEventListener("click", () => step(-1));
  need(".next", dialog).addEventListener("click", () => step(1));
  need(".zoom", dialog).addEventListener("click", () => zoom());
  stage.addEventListener("dblclick", (event) => zoom(event));
  dragToPan();
  watch(["route"], () => void turn());
  watch(["list"], markEnds);
  watch(["categories", "health"], () => {
    const picture = image(shown);
    if (picture && sidebar) sidebar.update(picture);
  });
  follow((picture) => {
    if (picture.id === shown) renew(picture);
  });
}

/** Back to the wall, by Back where that leads there. */
function leave() {
  sidebar?.keep();
  if (place().opened) history.back();
  else go({ image: "" }, { replace: true });
}

async function turn() {
  const id = state.route.image;
  if (id === shown) return;
  if (!id) return hide();
  const before = shown;
  shown = id;
  sidebar?.keep();
  if (!image(id)) await fetchOne(id);
  if (shown !== id) return;
  const card = before ? null : pictureOf(id);
  if (!dialog.open && card) {
    card.style.viewTransitionName = "picture";
    void transition(() => {
      card.style.viewTransitionName = "";
      open(id);
    });
  } else open(id);
}

/** @param {string} id */
async function fetchOne(id) {
  try {
    remember([await api.one(id)]);
  } catch (error) {
    if (shown === id) showMissing(reason(error));
  }
}

/** @param {string} id */
function open(id) {
  const picture = image(id);
  if (!picture || shown !== id) return; // one may have left before the transition began
  hang(picture);
  sidebar = facts(picture);
  fill(side, sidebar.element);
  side.scrollTop = 0;
  openModal(dialog);
  markZoom();
  dialog.setAttribute("aria-label", name(picture));
  document.title = `${name(picture)} · SightSync`;
  markEnds();
  void full(id);
}

/** The whole record with its steps, and its neighbours' pictures ahead of time. @param {string} id */
async function full(id) {
  await fetchOne(id);
  const picture = image(id);
  if (picture && !settled(picture)) poll([id]);
  for (const offset of [1, -1]) {
    const next = image(neighbour(offset) ?? "")?.derivatives.display;
    if (next) new window.Image().src = next;
  }
}

/** @param {Image} picture */
function hang(picture) {
  const { width, height, derivatives, status } = picture;
  stage.classList.remove("zoomed");
  stage.classList.toggle("strip", Boolean(width && height && width / height < STRIP));
  if (!derivatives.display) return fill(stage, html`<p class="no-picture">${picture.message ?? (status === "waiting" ? "The file hasn't arrived yet." : "The picture is being made ready.")}</p>`);
  const img = /** @type {HTMLImageElement} */ (html`<img class="large" src=${derivatives.display} alt=${alternative(picture)} width=${width} height=${height} />`);
  img.style.backgroundImage = [derivatives.thumb && `url("${encodeURI(derivatives.thumb)}")`, background(picture.placeholder)].filter(Boolean).join(", ");
  img.style.aspectRatio = `${width} / ${height}`;
  img.addEventListener("load", markZoom);
  fill(stage, img);
  reachable();
  stage.scrollTo(0, 0);
}

/** @param {Image} picture */
function renew(picture) {
  if (!dialog.open || !sidebar) return open(picture.id);
  if (!stage.querySelector("img") && picture.derivatives.display) hang(picture);
  sidebar.update(picture);
}

/** @param {string} message */
function showMissing(message) {
  sidebar = null;
  fill(stage, html`<p class="no-picture">This picture isn't here.</p>`);
  fill(side, html`<div class="facts"><h2 class="title">Not found</h2><p>${message}</p></div>`);
  dialog.setAttribute("aria-label", "Not found");
  openModal(dialog);
}

function hide() {
  const id = shown;
  shown = "";
  if (!dialog.open) return;
  sidebar?.keep();
  sidebar = null;
  document.title = "SightSync";
  const large = /** @type {HTMLElement | null} */ (stage.querySelector("img"));
  if (large) large.style.viewTransitionName = "picture";
  void transition(() => {
    closeModal(dialog);
    fill(stage);
    fill(side);
    focusCard(id);
    const card = pictureOf(id);
    if (card) card.style.viewTransitionName = "picture";
  }).then(() => pictureOf(id)?.style.removeProperty("view-transition-name"));
}

/** @param {number} offset @returns {string | undefined} */
function neighbour(offset) {
  const ids = state.list?.ids ?? [];
  const at = ids.indexOf(shown);
  return at < 0 ? undefined : ids[at + offset];
}

/** @param {number} offset */
function step(offset) {
  const next = neighbour(offset);
  if (next) go({ image: next }, { replace: true });
  const list = state.list;
  if (list && offset > 0 && list.cursor && list.ids.indexOf(shown) > list.ids.length - 5) void more(list);
}

function markEnds() {
  if (!dialog.open) return;
  for (const [selector, offset] of /** @type {[string, number][]} */ ([[".previous", -1], [".next", 1]])) need(selector, dialog).toggleAttribute("disabled", !neighbour(offset));
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const at = /** @type {Element} */ (event.target);
  if (at.closest("textarea, input, select") || event.altKey || event.ctrlKey || event.metaKey) return;
  const zoomed = stage.classList.contains("zoomed") && at === stage;
  if (event.key === "ArrowLeft" && !zoomed) step(-1);
  else if (event.key === "ArrowRight" && !zoomed) step(1);
  else if (event.key === "z" || event.key === "Z") zoom();
  else return;
  event.preventDefault();
}

/** To the picture's own pixels and back; a double click goes to where it was made. @param {MouseEvent} [event] */
function zoom(event) {
  const img = stage.querySelector("img");
  if (!img || need(".zoom", dialog).hidden) return;
  const old = img.getBoundingClientRect();
  const at = { x: event ? (event.clientX - old.left) / old.width : 0.5, y: event ? (event.clientY - old.top) / old.height : 0.5 };
  const zoomed = stage.classList.toggle("zoomed");
  img.style.width = zoomed ? `${ownWidth(img)}px` : "";
  need(".zoom", dialog).setAttribute("aria-pressed", String(zoomed));
  reachable();
  stage.scrollTo(img.offsetWidth * at.x - stage.clientWidth / 2, img.offsetHeight * at.y - stage.clientHeight / 2);
}

/** A stage that scrolls can be reached and scrolled by keys. */
function reachable() {
  const scrolls = stage.classList.contains("zoomed") || stage.classList.contains("strip");
  for (const [attribute, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "The picture; arrow keys move it"]]) {
    if (scrolls) stage.setAttribute(/** @type {string} */ (attribute), /** @type {string} */ (value));
    else stage.removeAttribute(/** @type {string} */ (attribute));
  }
}

/** Width in CSS pixels at which one pixel of the file is one of the screen. @param {HTMLImageElement} img */
const ownWidth = (img) => Math.round(img.naturalWidth / devicePixelRatio);

function markZoom() {
  const button = need(".zoom", dialog);
  const img = stage.querySelector("img");
  button.hidden = !img?.naturalWidth || ownWidth(img) <= img.clientWidth * 1.05;
  button.setAttribute("aria-pressed", String(stage.classList.contains("zoomed")));
}

function dragToPan() {
  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || !stage.classList.contains("zoomed") || event.button) return;
    event.preventDefault();
    const from = { x: stage.scrollLeft + event.clientX, y: stage.scrollTop + event.clientY };
    const move = (/** @type {PointerEvent} */ now) => stage.scrollTo(from.x - now.clientX, from.y - now.clientY);
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", () => stage.removeEventListener("pointermove", move), { once: true });
  });
}

// What lies above the wall for everybody: one picture with its own address, and the wall as a show.

import { facts, glyphOf, large } from "./components/facts.js";
import { focusCard, pictureOf } from "./components/wall.js";
import { announce, fill, follow, go, html, image, need, pause, place, reason, remember, state, watch } from "./core.js";
import { api, more, poll, settled } from "./gallery.js";
import { closeModal, modal, onKeys, openModal, openModels, startModels, style, transition } from "./overlays.js";
import { alternative, count, name } from "./words.js";

export { openModels };

const STRIP = 0.5; // narrower than this, a picture fits the width and scrolls
const AHEAD = 5; // pictures from the end at which the next page is fetched

const display = (id = "") => image(id)?.derivatives.display;

/** The next in a direction; in the show the next of which there is a picture. @param {string} id @param {number} by @param {boolean} [drawn] */
function beside(id, by, drawn) {
  const ids = state.list?.ids ?? [];
  const at = ids.indexOf(id);
  for (let i = at + by; at >= 0 && ids[i]; i += by) if (!drawn || display(ids[i])) return ids[i];
}

/** The same, fetched first where what is here ends. @param {string} id @param {number} by @param {boolean} [drawn] */
async function reach(id, by, drawn) {
  const { list } = state;
  while (list?.cursor && by > 0 && list.state !== "failed" && list.ids.indexOf(id) >= list.ids.length - AHEAD) {
    void more(list); // which does nothing while a page is on its way
    if (beside(id, by, drawn)) break;
    await pause(50);
  }
  return beside(id, by, drawn);
}

/** @param {HTMLElement} stage @param {Image} picture */
function markStrip(stage, { width, height }) {
  stage.classList.toggle("strip", Boolean(width && height && width / height < STRIP));
  stage.scrollTo(0, 0);
  reachable(stage);
}

/** What scrolls can be reached by keys. @param {HTMLElement} stage */
const reachable = (stage) => (stage.tabIndex = stage.matches(".strip, .zoomed") ? 0 : -1);

const fetchAhead = (id = "") => void (new window.Image().src = display(id) ?? "");

// --- one picture

const dialog = need("dialog#picture");
const stage = need(".stage", dialog);
const side = need(".side", dialog);
const zoomer = need("button.zoom", dialog);
const ends = /** @type {const} */ ([[need("button.previous", dialog), -1], [need("button.next", dialog), 1]]);
let shown = "";
/** @type {Facts | null} */
let sidebar = null;

/** Back to the wall, by Back where that leads there. */
function leave() {
  if (!state.route.image) return;
  sidebar?.keep();
  if (place().opened) history.back();
  else go({ image: "" }, { replace: true });
}

async function turn() {
  const id = state.route.image;
  if (id === shown) return;
  sidebar?.keep();
  if (!id) return hide();
  const card = shown ? null : pictureOf(id);
  shown = id;
  if (!image(id)) await fetchOne(id);
  if (shown !== id) return;
  if (dialog.open || !card) return open(id);
  card.style.viewTransitionName = "picture";
  void transition(() => {
    card.style.viewTransitionName = "";
    void open(id);
  });
}

/** @param {string} id */
async function fetchOne(id) {
  try {
    remember([await api.one(id)]);
  } catch (error) {
    if (shown === id) missing(reason(error));
  }
}

/** @param {string} id */
async function open(id) {
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
  await fetchOne(id); // the whole record with its steps
  if (!settled(image(id))) poll([id]);
  for (const by of [1, -1]) fetchAhead(beside(id, by));
}

/** @param {Image} picture */
function hang(picture) {
  stage.classList.remove("zoomed");
  const img = large(picture);
  img.addEventListener("load", markZoom);
  fill(stage, img);
  markStrip(stage, picture);
}

/** @param {string} message */
function missing(message) {
  sidebar = null;
  fill(stage, html`<p class="no-picture">This picture isn't here.</p>`);
  fill(side, html`<div class="facts"><h2 class="title">Not found</h2><p>${message}</p></div>`);
  dialog.setAttribute("aria-label", "Not found");
  openModal(dialog);
}

function hide() {
  const id = shown;
  shown = "";
  sidebar = null;
  if (!dialog.open) return;
  document.title = "SightSync";
  /** @param {HTMLElement | null} img */
  const morph = (img, name = "picture") => img?.style.setProperty("view-transition-name", name);
  morph(stage.querySelector("img"));
  void transition(() => {
    closeModal(dialog);
    fill(stage);
    fill(side);
    focusCard(id);
    morph(pictureOf(id));
  }).then(() => morph(pictureOf(id), ""));
}

/** @param {number} by */
async function step(by) {
  const from = shown;
  const to = await reach(from, by);
  if (to && shown === from) go({ image: to }, { replace: true });
}

function renew() {
  const picture = image(shown);
  if (!picture) return;
  if (!dialog.open || !sidebar) return void open(shown);
  if (!stage.querySelector("img") && display(shown)) hang(picture);
  sidebar.update(picture);
}

function markEnds() {
  for (const [button, by] of ends) button.disabled = !beside(shown, by);
}

/** A double click goes to where it was made. @param {MouseEvent} [event] */
function zoom(event) {
  const img = stage.querySelector("img");
  if (!img || zoomer.hidden) return;
  const { left, top, width, height } = img.getBoundingClientRect();
  const [x, y] = event ? [(event.clientX - left) / width, (event.clientY - top) / height] : [0.5, 0.5];
  img.style.width = stage.classList.toggle("zoomed") ? `${ownWidth(img)}px` : "";
  markZoom();
  stage.scrollTo(img.offsetWidth * x - stage.clientWidth / 2, img.offsetHeight * y - stage.clientHeight / 2);
}

/** At which one pixel of the file is one of the screen. @param {HTMLImageElement} img */
const ownWidth = (img) => Math.round(img.naturalWidth / devicePixelRatio);

function markZoom() {
  const img = stage.querySelector("img");
  const zoomed = stage.matches(".zoomed");
  zoomer.hidden = !img || (!zoomed && ownWidth(img) <= img.clientWidth * 1.05);
  zoomer.setAttribute("aria-pressed", String(zoomed));
  reachable(stage);
}

/** @param {PointerEvent} event */
function pan(event) {
  if (event.pointerType !== "mouse" || !stage.matches(".zoomed") || event.button) return;
  event.preventDefault();
  const from = { x: stage.scrollLeft + event.clientX, y: stage.scrollTop + event.clientY };
  const move = (/** @type {PointerEvent} */ now) => stage.scrollTo(from.x - now.clientX, from.y - now.clientY);
  stage.setPointerCapture(event.pointerId);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", () => stage.removeEventListener("pointermove", move), { once: true });
}

// --- the show
const REST_MS = 2500; // without a move, then buttons and pointer hide
const SHOWN_MS = 6000; // each picture, while it goes on by itself
const PAUSE_MS = 300; // of leafing, before it is said where one is
const SWIPE = 40; // px

/** @param {string} label @param {string} kind @param {Act} run @param {Child} [drawn] else as in the dialog */
const glyph = (label, kind, run, drawn = glyphOf(kind)) =>
  html`<button type="button" class=${`round ${kind}`} aria-label=${label} title=${label} @click=${run}>${drawn}</button>`;
const room = html`<div class="show-room" tabindex="-1" autofocus><div class="show-stage" role="group" aria-label="The picture"></div><div class="show-words"></div><div class="show-tools">
  ${glyph("End the show", "close", endShow)}${glyph("Previous picture", "previous", () => void leaf(-1))}${glyph("Next picture", "next", () => void leaf(1))}
  ${glyph("", "play", () => playing(!timer), html`<svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path class="when-still" d="M5 3v10l8-5z" /><path class="when-playing" d="M5 3v10M11 3v10" /></svg>`)}<p class="show-place"></p></div></div>`;
const show = /** @type {HTMLDialogElement} */ (html`<dialog id="show" class="show">${room}</dialog>`);
const hall = need(".show-stage", show);
const where = need(".show-place", show);
const play = need("button.play", show);

let now = "";
let [timer, rest, speech] = [0, 0, 0];

/** The first picture that is whole in the window. */
function inSight() {
  const head = need(".top").getBoundingClientRect().bottom;
  const cards = [...document.querySelectorAll("#wall .card")];
  return cards.find((card) => card.getBoundingClientRect().top >= head) ?? cards[0];
}

/** @param {string} id */
function begin(id) {
  if (!display(id) || show.open) return;
  openModal(show);
  room.requestFullscreen?.().catch(() => {}); // where there is none, the dialog fills the window
  draw(id);
  wake();
  return true;
}

/** To the dialog with the picture shown last, or to its card. */
async function endShow() {
  const last = now;
  if (!last) return;
  now = "";
  playing(false);
  clearTimeout(rest);
  clearTimeout(speech);
  closeModal(show);
  fill(hall);
  if (state.route.image) go({ image: last }, { replace: true });
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {}); // until then nothing else takes the focus
  if (!state.route.image) focusCard(last);
}

/** @param {number} by @param {boolean} [round] from the last to the first */
async function leaf(by, round) {
  const from = now;
  const to = (await reach(from, by, true)) ?? (round && state.list?.ids.find(display));
  if (to && from && now === from) draw(to);
}

/** @param {string} id */
function draw(id) {
  const picture = image(id);
  if (!picture) return;
  now = id;
  const { width, height, title, description, credit } = picture;
  fill(hall, html`<img src=${display(id)} alt=${alternative(picture)} width=${width} height=${height} draggable="false" />`);
  markStrip(hall, picture);
  const said = Object.entries({ title, description, credit });
  fill(need(".show-words", show), said.map(([kind, words]) => words && html`<p class=${`show-${kind}`} dir="auto">${words}</p>`));
  const { ids = [], cursor = null } = state.list ?? {};
  const at = ids.indexOf(id) + 1;
  where.textContent = at ? `${count(at)}${cursor ? "" : ` of ${count(ids.length)}`}` : "";
  show.setAttribute("aria-label", `Show: ${name(picture)}`);
  const [before, after] = [-1, 1].map((by) => beside(id, by, true));
  need("button.previous", show).disabled = !before;
  need("button.next", show).disabled = !after && !cursor;
  fetchAhead(after);
  fetchAhead(before);
  clearTimeout(speech);
  if (timer) playing(true);
  else speech = setTimeout(() => announce(`${where.textContent}: ${name(picture)}`), PAUSE_MS);
}

/** @param {boolean} on */
function playing(on) {
  clearTimeout(timer);
  timer = on ? setTimeout(() => void leaf(1, true), SHOWN_MS) : 0;
  play.ariaLabel = on ? "Pause" : "Go on by itself";
  play.title = `${play.ariaLabel} (Space)`;
  show.classList.toggle("playing", on);
}

function wake() {
  show.classList.remove("resting");
  clearTimeout(rest);
  rest = setTimeout(() => show.classList.add("resting"), REST_MS);
}

/** @param {PointerEvent} down */
function swipe({ clientX: x, clientY: y }) {
  hall.addEventListener("pointerup", ({ clientX, clientY }) => {
    const across = clientX - x;
    if (Math.abs(across) > Math.max(SWIPE, 2 * Math.abs(clientY - y))) void leaf(across < 0 ? 1 : -1);
  }, { once: true });
}

// --- all begins
await style("dialogs");
document.body.append(show);
need("#picture .stage-tools").append(glyph("Show over the whole screen (F)", "begin", () => begin(shown), html`<svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="M2 3.500h12v9H2zM6.500 6v4l3.500-2z" /></svg>`));
startModels();
playing(false);
modal(dialog, leave);
modal(show, endShow);
Object.assign(stage, { role: "group", ariaLabel: "The picture" });
need(".close", dialog).addEventListener("click", leave);
for (const [button, by] of ends) button.addEventListener("click", () => void step(by));
zoomer.addEventListener("click", () => zoom());
stage.addEventListener("dblclick", zoom);
stage.addEventListener("pointerdown", pan);
hall.addEventListener("pointerdown", swipe);
room.addEventListener("fullscreenchange", () => document.fullscreenElement || endShow()); // Escape ends both at once
for (const sign of ["pointermove", "pointerdown", "keydown"]) show.addEventListener(sign, wake);

onKeys(dialog, (key, _, at) => {
  const by = { arrowleft: -1, arrowright: 1 }[key];
  if (key === "z") zoom();
  else if (!by || (at === stage && stage.matches(".zoomed"))) return false;
  else void step(by);
  return true;
});
onKeys(show, (key, _, at) => {
  const by = { arrowleft: -1, pageup: -1, arrowright: 1, pagedown: 1 }[key];
  const down = { arrowup: -120, arrowdown: 120 }[key];
  if (by) void leaf(by);
  else if (down) hall.scrollBy({ top: down });
  else if (key === " " && !at.matches("button:focus-visible")) playing(!timer);
  else if ("fs".includes(key)) void endShow();
  else return false;
  return true;
});
onKeys(document.documentElement, (key, _, at) => {
  const over = document.querySelector("dialog[open]");
  if (!"fs".includes(key) || (over && over !== dialog)) return false;
  return begin(shown || ((at.closest("#wall .card") ?? inSight())?.getAttribute("data-id") ?? ""));
});

watch(["route"], () => void turn());
watch(["list"], markEnds);
watch(["categories", "health"], renew);
follow(({ id }) => id === shown && renew());

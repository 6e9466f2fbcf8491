// What lies above the wall for everybody: one picture, the show, the models at work; and what all dialogs share.

import { alternative, announce, api, ApiError, back, count, fill, follow, go, html, image, lasting, more, name, need, pause, poll, readerName, reason, remember, says, settled, simpleReader, state, target, watch } from "./core.js";
import { facts, large } from "./facts.js";
import { focusCard, pictureOf } from "./main.js";

const STRIP = 0.5; // narrower than this, a picture fits the width and scrolls
const AHEAD = 5; // pictures from the end
const REST_MS = 2500;
const SHOWN_MS = 6000;
const SPEECH_MS = 300;
const SWIPE = 40; // px

const models = need("dialog#models");
const dialog = need("dialog#picture");
const stage = need(".stage", dialog);
const side = need(".side", dialog);
const zoomer = need("button.zoom", dialog);
const show = need("dialog#show");
const room = need(".show-room", show);
const hall = need(".show-stage", show);
const where = need(".show-place", show);
const play = need("button.play", show);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {DialogsHold} */
const held = { open: [], sidebar: null, shown: "", now: "", at: 0 };
let [timer, rest, speech] = [0, 0, 0];
let morphing = false; // until the card's picture has been caught, nothing else may open the dialog

/** @type {Dialogs} */
const module = {
  modal(dialog, leave) {
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      leave();
    });
    dialog.addEventListener("close", () => held.open.includes(dialog) && leave());
    need(".close", dialog).addEventListener("click", leave);
  },

  openModal(dialog) {
    if (dialog.open) return;
    dialog.showModal();
    held.open.push(dialog);
    hoist();
  },

  closeModal(dialog) {
    held.open = held.open.filter((one) => one !== dialog);
    dialog.close();
    hoist();
  },

  hoist() {
    const home = held.open.at(-1) ?? document.body;
    for (const voice of document.querySelectorAll("#live, #toast")) if (voice.parentElement !== home) home.append(voice);
  },

  closeOnGround: (dialog, close) => dialog.addEventListener("pointerdown", ({ target }) => target === dialog && close()),

  onKeys(within, act) {
    within.addEventListener("keydown", (event) => {
      const at = target(event);
      const key = event.key.toLowerCase();
      if (event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      if (at.matches("textarea, select, input:not([type=radio])") || (at.matches("input") && /^arrow|^ $/.test(key))) return;
      if (act(key, event, at)) event.preventDefault();
    });
  },

  async transition(change) {
    if (!document.startViewTransition || calm.matches || document.visibilityState === "hidden") return change();
    await document.startViewTransition(change).finished.catch(() => {});
  },

  // --- neighbours

  display: (id) => image(id)?.derivatives.display ?? "",

  beside(id, by, drawn) {
    const ids = state.list?.ids ?? [];
    const at = ids.indexOf(id);
    if (at >= 0) held.at = at;
    const from = at < 0 ? held.at - (by + 1) / 2 : at; // taken down: what followed it has its place
    for (let i = from + by; i >= 0 && ids[i]; i += by) if (!drawn || display(ids[i] ?? "")) return ids[i] ?? "";
    return "";
  },

  async reach(id, by, drawn) {
    const { list } = state;
    while (list?.cursor && by > 0 && list.state !== "failed" && list.ids.indexOf(id) >= list.ids.length - AHEAD) {
      void more(list);
      if (beside(id, by, drawn)) break;
      await pause(50);
    }
    return beside(id, by, drawn);
  },

  fetchAhead: (id, drawn) => {
    for (const by of [-1, 1]) new window.Image().src = display(beside(id, by, drawn));
  },

  markStrip(stage, { width, height }) {
    stage.classList.toggle("strip", Boolean(width && height && width / height < STRIP));
    stage.scrollTo(0, 0);
    reachable(stage);
  },

  reachable: (stage) => (stage.tabIndex = stage.matches(".strip, .zoomed") ? 0 : -1),

  // --- one picture

  leave() {
    if (!state.route.image) return;
    held.sidebar?.keep();
    back({ image: "" });
  },

  async turn() {
    const id = state.route.image;
    if (id === held.shown) return;
    held.sidebar?.keep();
    if (!id) return hide();
    const card = held.shown ? null : pictureOf(id);
    held.shown = id;
    held.sidebar = null;
    if (!image(id)) await fetchOne(id);
    if (held.shown !== id || held.sidebar) return; // it came, and renew() opened it
    if (dialog.open || !card) return open(id);
    morphing = true;
    morph(card, "picture");
    void transition(() => {
      morphing = false;
      morph(card, "");
      void open(id);
    });
  },

  async fetchOne(id) {
    try {
      remember([await api.one(id)]);
    } catch (error) {
      if (held.shown === id) missing(error instanceof ApiError && error.status === 404 ? says("not-found") : reason(error));
    }
  },

  async open(id) {
    const picture = image(id);
    if (!picture || held.shown !== id) return;
    hang(picture);
    held.sidebar = facts(picture);
    fill(side, held.sidebar.element);
    side.scrollTop = 0;
    openModal(dialog);
    markZoom();
    dialog.ariaLabel = name(picture);
    document.title = `${name(picture)} · SightSync`;
    markEnds();
    await fetchOne(id);
    if (!settled(image(id))) poll([id]);
    fetchAhead(id);
  },

  hang(picture) {
    stage.classList.remove("zoomed");
    const img = large(picture);
    img.addEventListener("load", markZoom);
    fill(stage, img);
    markStrip(stage, picture);
  },

  missing(message) {
    held.sidebar = null;
    fill(stage, html`<p class="no-picture">This picture isn't here.</p>`);
    fill(side, html`<div class="facts"><h2 class="title">Not found</h2><p>${message}</p></div>`);
    dialog.ariaLabel = "Not found";
    openModal(dialog);
  },

  hide() {
    const id = held.shown;
    held.shown = "";
    held.sidebar = null;
    if (!dialog.open) return;
    document.title = "SightSync";
    morph(stage.querySelector("img"), "picture");
    void transition(() => {
      closeModal(dialog);
      fill(stage);
      fill(side);
      focusCard(id);
      morph(pictureOf(id), "picture");
    }).then(() => morph(pictureOf(id), ""));
  },

  morph: (img, name) => img?.style.setProperty("view-transition-name", name),

  async step(by) {
    const from = held.shown;
    const to = await reach(from, by);
    if (to && from && held.shown === from) go({ image: to }, { replace: true });
  },

  renew() {
    const picture = image(held.shown);
    if (!picture || morphing) return;
    if (!dialog.open || !held.sidebar) return void open(held.shown);
    if (!stage.querySelector("img") && display(held.shown)) hang(picture);
    held.sidebar.update(picture);
  },

  markEnds() {
    need("button.previous", dialog).disabled = !beside(held.shown, -1);
    need("button.next", dialog).disabled = !beside(held.shown, 1);
  },

  zoom(event) {
    const img = stage.querySelector("img");
    if (!img || zoomer.hidden) return;
    const { left, top, width, height } = img.getBoundingClientRect();
    const [x, y] = event.type === "dblclick" ? [(event.clientX - left) / width, (event.clientY - top) / height] : [0.5, 0.5];
    img.style.width = stage.classList.toggle("zoomed") ? `${ownWidth(img)}px` : "";
    markZoom();
    stage.scrollTo(img.offsetWidth * x - stage.clientWidth / 2, img.offsetHeight * y - stage.clientHeight / 2);
  },

  ownWidth: (img) => Math.round(img.naturalWidth / devicePixelRatio),

  markZoom() {
    const img = stage.querySelector("img");
    const zoomed = stage.matches(".zoomed");
    zoomer.hidden = !img || (!zoomed && ownWidth(img) <= img.clientWidth * 1.05);
    zoomer.ariaPressed = String(zoomed);
    reachable(stage);
  },

  pan(event) {
    if (event.pointerType !== "mouse" || !stage.matches(".zoomed") || event.button) return;
    event.preventDefault();
    const [x, y] = [stage.scrollLeft + event.clientX, stage.scrollTop + event.clientY];
    stage.setPointerCapture(event.pointerId);
    stage.onpointermove = (now) => stage.scrollTo(x - now.clientX, y - now.clientY);
    stage.onpointerup = () => (stage.onpointermove = null);
  },

  // --- the show

  inSight() {
    const head = need(".top").getBoundingClientRect().bottom;
    const cards = [...document.querySelectorAll("#wall .card")];
    return cards.find((card) => card.getBoundingClientRect().top >= head) ?? cards[0];
  },

  begin(id) {
    if (!display(id) || show.open) return false;
    openModal(show);
    room.requestFullscreen?.().catch(() => {}); // where there is none, the dialog fills the window
    draw(id);
    wake();
    return true;
  },

  async endShow() {
    const last = held.now;
    if (!last) return;
    held.now = "";
    playing(false);
    clearTimeout(rest);
    clearTimeout(speech);
    closeModal(show);
    fill(hall);
    if (state.route.image) go({ image: last }, { replace: true });
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
    if (!state.route.image) focusCard(last);
  },

  async leaf(by, round) {
    const from = held.now;
    const to = (await reach(from, by, true)) || (round && state.list?.ids.find(display));
    if (to && from && held.now === from) draw(to);
  },

  draw(id) {
    const picture = image(id);
    if (!picture) return;
    held.now = id;
    const { width, height, title, description, credit } = picture;
    fill(hall, html`<img src=${display(id)} alt=${alternative(picture)} width=${width} height=${height} draggable="false" />`);
    markStrip(hall, picture);
    for (const [kind, words] of Object.entries({ title, description, credit })) need(`.show-${kind}`, show).textContent = words;
    const { ids = [], cursor = null } = state.list ?? {};
    const at = ids.indexOf(id) + 1;
    where.textContent = at ? `${count(at)}${cursor ? "" : ` of ${count(ids.length)}`}` : "";
    show.ariaLabel = `Show: ${name(picture)}`;
    need("button.previous", show).disabled = !beside(id, -1, true);
    need("button.next", show).disabled = !beside(id, 1, true) && !cursor;
    fetchAhead(id, true);
    clearTimeout(speech);
    if (timer) playing(true);
    else speech = setTimeout(() => announce(`${where.textContent}: ${name(picture)}`), SPEECH_MS);
  },

  playing(on) {
    clearTimeout(timer);
    timer = on ? setTimeout(() => void leaf(1, true), SHOWN_MS) : 0;
    play.ariaLabel = on ? "Pause" : "Go on by itself";
    play.title = `${play.ariaLabel} (Space)`;
    show.classList.toggle("playing", on);
  },

  wake() {
    show.classList.remove("resting");
    clearTimeout(rest);
    rest = setTimeout(() => show.classList.add("resting"), REST_MS);
  },

  swipe({ clientX: x, clientY: y }) {
    hall.onpointerup = ({ clientX, clientY }) => {
      const across = clientX - x;
      hall.onpointerup = null;
      if (Math.abs(across) > Math.max(SWIPE, 2 * Math.abs(clientY - y))) void leaf(across < 0 ? 1 : -1);
    };
  },

  // --- what the models at work can say, and what not

  openModels: () => openModal(models),
  closeModels: () => closeModal(models),

  drawModels() {
    const { can = [], state: now = "ready", last_wake_s: wake, message } = state.health?.vision ?? {};
    const slept = wake ? `; waking took ${lasting(wake)} last time` : "";
    const asleep = now !== "ready" && `It is ${says(`state-${now}`)} now${slept}. Pictures are kept and read when it is back.`;
    need("h2", models).textContent = readerName();
    need(".no-model", models).hidden = !simpleReader();
    need(".model", models).hidden = simpleReader();
    fill(need(".model-state", models), [asleep, message].map((said) => said && html`<p>${said}</p>`));
    for (const item of models.querySelectorAll("li[data-can]")) need(can.includes(item.dataset.can ?? "") ? ".can" : ".cannot", models).append(item);
    need(".but", models).hidden = !models.querySelector(".cannot li");
  },

  press: (selector, act) => need(selector).addEventListener("click", act),
};

export const {
  modal, openModal, closeModal, hoist, closeOnGround, onKeys, transition, display, beside, reach, fetchAhead, markStrip, reachable,
  leave, turn, fetchOne, open, hang, missing, hide, morph, step, renew, markEnds, zoom, ownWidth, markZoom, pan,
  inSight, begin, endShow, leaf, draw, playing, wake, swipe, openModels, closeModels, drawModels, press,
} = module;

// --- all begins

playing(false);
modal(dialog, leave);
modal(show, endShow);
modal(models, closeModels);
closeOnGround(models, closeModels);
press("#picture .previous", () => step(-1));
press("#picture .next", () => step(1));
press("#picture .begin", () => begin(held.shown));
press("#picture .zoom", zoom);
press("#show .previous", () => leaf(-1));
press("#show .next", () => leaf(1));
press("#show .play", () => playing(!timer));
stage.addEventListener("dblclick", zoom);
stage.addEventListener("pointerdown", pan);
hall.addEventListener("pointerdown", swipe);
room.addEventListener("fullscreenchange", () => document.fullscreenElement || endShow()); // Escape ends both at once
for (const sign of ["pointermove", "pointerdown", "keydown"]) show.addEventListener(sign, wake);

onKeys(dialog, (key, _, at) => {
  const by = { arrowleft: -1, arrowright: 1 }[key];
  if (key === "z") zoomer.click();
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
  return begin(held.shown || ((at.closest("#wall .card") ?? inSight())?.dataset.id ?? ""));
});

watch(["route"], () => void turn());
watch(["list"], markEnds);
watch(["categories", "health"], renew);
watch(["health"], drawModels);
watch(["online"], () => void (state.online && held.shown && !held.sidebar && fetchOne(held.shown)));
follow(({ id }) => id === held.shown && renew());

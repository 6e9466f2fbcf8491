// The wall: justified rows of which only those near the window are in the document, in their visual order.

import { announce, button, fill, follow, go, html, image, link, need, place, remark, state, watch } from "../core.js";
import { more, onward } from "../gallery.js";
import { aspect, background, justify, rowAt } from "../layout.js";
import { alternative, counted, label, why } from "../words.js";

const MOST_CARDS = 240; // in the document; the promise is 300
const DIVIDER = 56; // px above the row of less likely pictures
const MOST_PAGES_BACK = 20; // how far a reload goes to find its place again

/** @type {Layout} */
let layout = { rows: [], boxes: [], height: 0 };
/** @type {string[]} */
let ids = [];
let divider = -1;
/** @type {Map<string, HTMLElement>} */
const hung = new Map();
/** What others add to each card. @type {((card: HTMLElement) => void)[]} */
const dressers = [];
let shownKey = "";
/** How far a new wall has come: its first row fetched, all that the window shows, and from 2 on what lies around it. */
let stage = 0;
let frame = 0;
let unlaid = false;
const wall = need("#wall");

export function start() {
  watch(["list"], relist);
  watch(["health"], () => hung.forEach((_, id) => state.list?.hits.has(id) && redraw(id)));
  new ResizeObserver(relay).observe(wall.parentElement ?? wall);
  addEventListener("scroll", later, { passive: true });
  addEventListener("scrollend", () => remark({ scroll: scrollY, count: ids.length }));
  wall.addEventListener("keydown", walk);
  follow(({ id }) => redraw(id));
}

/** Space and sizes of the wall, as LOOK has them for this window. @returns {Room} */
function room() {
  const width = wall.clientWidth;
  if (innerWidth < 640) return { width, target: 180, gap: 6, below: 6 };
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { width, target: innerWidth >= 1600 ? 320 : 264, gap: 12, below: 26 + 1.25 * rem };
}

function relist() {
  const { list } = state;
  if (!list) return;
  const turned = list.key !== shownKey;
  if (turned) {
    for (const item of hung.values()) item.remove();
    hung.clear();
    stage = 0;
  }
  shownKey = list.key;
  ids = list.ids;
  divider = ids.findIndex((id) => list.hits.get(id)?.likely === false);
  relay();
  drawRest(list);
  if (turned) void returnTo(list);
  if (list.state === "ready" && list.route.q && !state.route.image) {
    const likely = divider < 0 ? ids.length : divider;
    announce(ids.length ? `${counted(likely, "picture")} found${list.cursor ? " so far" : ""}.` : "Nothing found.");
  }
}

function relay() {
  unlaid = false;
  layout = justify(ids.map((id) => aspect(image(id))), room(), divider, DIVIDER, Boolean(state.list?.cursor));
  wall.style.height = `${layout.height}px`;
  draw();
}

function later() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    (unlaid ? relay : draw)();
  });
}

// --- cards

/** One picture: the picture, a line of its owner's words, and what hovering or focus brings up. @param {string} id @param {boolean} [first] is fetched before all others */
function card(id, first) {
  const picture = image(id);
  if (!picture) return html`<li class="card"></li>`;
  const alt = alternative(picture);
  const words = label(picture);
  const img = html`<img alt=${alt} fetchpriority=${first ? "high" : "low"} decoding="async" />`;
  img.addEventListener("error", () => img.classList.add("gone"));
  const open = link({ ...state.route, image: id }, img, { kind: "open", opened: true });
  open.style.backgroundImage = background(picture.placeholder);
  const alike = button("More like this", () => go({ q: `similar:${id}`, image: "" }), "alike");
  const check = html`<span class="open-check" title="Waits on your Desk"><span class="unseen">Waits on your Desk. </span></span>`;
  const item = html`<li class="card" data-id=${id}>
    <div class="hang">${open}<div class="scrim"><p class="why">${why(state.list?.hits.get(id))}</p>${alike}</div></div>
    <p class="label">${picture.mine && picture.checks.length > 0 && check}<span dir="auto" aria-hidden=${words === alt ? "true" : null}>${words}</span></p>
  </li>`;
  for (const add of dressers) add(item);
  return item;
}

/** Adds to every card that hangs or will. @param {(card: HTMLElement) => void} add */
export function dress(add) {
  dressers.push(add);
  hung.forEach(add);
}

/** Fetches a card's picture; until then it is its placeholder. @param {string} id @param {HTMLElement} item */
function develop(id, item) {
  const img = item.querySelector("img");
  const { width, height, derivatives: { thumb, row } } = image(id) ?? { derivatives: {} };
  if (!img || img.hasAttribute("src")) return;
  // The two small copies are 320 and 640 px high, never enlarged.
  const wide = (/** @type {number} */ tall) => (width && height ? Math.max(1, Math.round((width * Math.min(tall, height)) / height)) : 0);
  if (thumb && wide(320)) img.srcset = `${thumb} ${wide(320)}w${row && wide(640) > wide(320) ? `, ${row} ${wide(640)}w` : ""}`;
  img.src = thumb ?? "";
}

/** @param {string} id @param {HTMLElement} item @param {Box} box */
function hangUp(id, item, { left, top, width, height }) {
  Object.assign(item.style, { transform: `translate(${left}px, ${top}px)`, width: `${width}px` });
  const img = item.querySelector("img");
  if (!img) return;
  need(".hang", item).style.height = `${height}px`;
  const picture = image(id);
  const whole = picture?.width && picture.height ? (height * picture.width) / picture.height : 0; // it covers its box
  Object.assign(img, { sizes: `${Math.ceil(Math.max(width, whole))}px`, width, height });
}

// --- drawing

/** Pictures that a rectangle of the page touches, also those that are not in the document. @param {{left: number, top: number, right: number, bottom: number}} rectangle */
export function touched({ left, top, right, bottom }) {
  const { x, y } = wall.getBoundingClientRect();
  const dx = x + scrollX;
  const dy = y + scrollY;
  return ids.filter((_, i) => {
    const box = layout.boxes[i];
    return box && dx + box.left < right && dx + box.left + box.width > left && dy + box.top < bottom && dy + box.top + box.height > top;
  });
}

/** Indexes of what should be in the document now: near the window, and the focused one wherever it is. */
function wanted() {
  const top = scrollY - wall.offsetTop;
  const spare = stage > 1 ? innerHeight : 0;
  let first = rowAt(layout, top - spare)?.first ?? 0;
  let end = rowAt(layout, top + innerHeight + spare)?.end ?? 0;
  if (end - first > MOST_CARDS) {
    first = rowAt(layout, top)?.first ?? 0;
    end = Math.min(end, first + MOST_CARDS);
  }
  const all = Array.from({ length: end - first }, (_, i) => first + i);
  const focused = ids.indexOf(document.activeElement?.closest("#wall .card")?.dataset.id ?? "");
  if (focused >= 0 && focused < first) all.unshift(focused);
  if (focused >= end) all.push(focused);
  return { all, end };
}

function draw() {
  const { all, end } = wanted();
  const keep = new Set(all.map((index) => ids[index]));
  for (const [id, item] of hung) if (!keep.has(id)) item.remove(), hung.delete(id);
  wall.querySelector(".divider")?.remove();
  let spot = wall.firstElementChild;
  for (const index of all) {
    const id = ids[index];
    const box = layout.boxes[index];
    if (!id || !box) continue;
    const item = hung.get(id) ?? card(id, !index);
    hung.set(id, item);
    hangUp(id, item, box);
    if (stage || index < (layout.rows[0]?.end ?? 0)) develop(id, item);
    item.ariaPosInSet = String(index + 1);
    item.ariaSetSize = String(state.list?.cursor ? -1 : ids.length);
    if (item === spot) spot = spot.nextElementSibling;
    else wall.insertBefore(item, spot);
    if (index === divider) drawDivider(item, box.top);
  }
  const { list } = state;
  if (stage < 2) void advance();
  else if (end >= layout.boxes.length && list?.state === "ready" && list.cursor && list.automatic > 0) void more(list);
}

/** @param {HTMLElement} item @param {number} top */
function drawDivider(item, top) {
  const line = html`<li class="divider"><span>Less likely</span></li>`;
  line.style.transform = `translateY(${top - DIVIDER}px)`;
  item.before(line);
}

/** Pictures that are seen first are fetched first: the next stage waits for them, but not for long. */
async function advance() {
  const { list } = state;
  const now = stage;
  if (!hung.size) return;
  const images = [...wall.querySelectorAll("img[src]")];
  await Promise.race([Promise.allSettled(images.map((img) => img.decode())), new Promise((resolve) => setTimeout(resolve, 1200))]);
  if (stage !== now || state.list !== list) return;
  stage += 1;
  draw();
}

/** @param {List} list */
function drawRest(list) {
  const rest = need("#more");
  const on = (/** @type {string} */ label) => button(label, () => void onward(list), "button quiet");
  const failed = list.state === "failed";
  const growing = Boolean(list.cursor) && !failed && (list.state === "loading" || list.automatic > 0);
  document.documentElement.classList.toggle("growing", growing); // what stands below would be pushed away again and again
  rest.hidden = !list.ids.length || !(failed || (list.cursor && (list.state === "loading" || list.automatic <= 0)));
  if (!rest.hidden) fill(rest, failed ? [html`<p>${list.error}</p>`, on("Try again")] : list.state === "loading" ? html`<p>Fetching more…</p>` : on("Load more"));
}

/** Back where one was: at once when the pictures are here, page by page after a reload. @param {List} list */
async function returnTo(list) {
  const { scroll = 0, count = 0 } = place();
  const top = list.scroll || scroll;
  for (let page = 0; page < MOST_PAGES_BACK && list.ids.length < count && (list.cursor || list.state === "loading"); page++) {
    if (list.state === "loading") await new Promise((resolve) => setTimeout(resolve, 50));
    else await more(list);
    if (state.list !== list) return;
  }
  scrollTo({ top });
}

/** @param {string} id */
function redraw(id) {
  const old = hung.get(id);
  if (!old) return;
  const focused = old.contains(document.activeElement);
  const fresh = card(id);
  develop(id, fresh);
  old.replaceWith(fresh);
  hung.set(id, fresh);
  const box = layout.boxes[ids.indexOf(id)];
  if (box) hangUp(id, fresh, box);
  unlaid = true; // its size may be another; many that change at once are laid out once
  later();
  if (focused) fresh.querySelector(".open")?.focus({ preventScroll: true });
}

// --- moving

/** Arrow keys walk along the wall. @param {KeyboardEvent} event */
function walk(event) {
  const at = ids.indexOf(/** @type {Element} */ (event.target).closest(".card")?.dataset.id ?? "");
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: beside(at, -1), ArrowDown: beside(at, 1) }[event.key];
  const id = ids[to ?? -1];
  if (!id || !layout.boxes[to ?? -1]) return;
  event.preventDefault();
  focusCard(id);
}

/** The nearest picture in the row above or below, or -1. @param {number} index @param {number} step */
function beside(index, step) {
  const middle = (/** @type {number} */ i) => (layout.boxes[i]?.left ?? 0) + (layout.boxes[i]?.width ?? 0) / 2;
  const distance = (/** @type {number} */ i) => Math.abs(middle(i) - middle(index));
  const { first, end } = layout.rows[layout.rows.findIndex((row) => row.end > index) + step] ?? { first: 0, end: 0 };
  return Array.from({ length: end - first }, (_, i) => first + i).sort((a, b) => distance(a) - distance(b))[0] ?? -1;
}

/** Brings a card into the window, below the header, and gives it the focus. @param {string} id */
export function focusCard(id) {
  const at = Math.min(ids.indexOf(id), layout.boxes.length - 1);
  const box = layout.boxes[at];
  if (!box) return wall.focus({ preventScroll: true });
  const top = wall.offsetTop + box.top;
  const head = need(".top").offsetHeight + 12;
  const foot = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockEnd) || 12;
  const bottom = top + box.height - innerHeight + foot;
  if (top < scrollY + head) scrollTo({ top: top - head });
  else if (bottom > scrollY) scrollTo({ top: Math.min(top - head, bottom + 48) });
  draw();
  hung.get(ids[at] ?? id)?.querySelector(".open")?.focus({ preventScroll: true });
}

/** The picture of a card that is in the document, for the morph into the stage. @param {string} id */
export const pictureOf = (id) => hung.get(id)?.querySelector("img") ?? null;

// The wall: justified rows of which only those near the window are in the document, in their visual order.

import { fill, html, need } from "../html.js";
import { aspect, justify, rowAt, rowOf } from "../layout.js";
import { more, onward } from "../gallery.js";
import { place as historyPlace, remark } from "../router.js";
import { follow, image, state, watch } from "../store.js";
import { announce } from "../voice.js";
import { counted } from "../words.js";
import { card, develop, place } from "./card.js";
import { button } from "./controls.js";

/** @import { Layout } from "../layout.js" */

const MOST_CARDS = 240; // in the document; the promise is 300
const DIVIDER = 56; // px above the row of less likely pictures
const MOST_PAGES_BACK = 20; // how far a reload goes to find its place again

/** @type {Layout} */
let layout = { rows: [], left: [], width: [], height: 0 };
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
const rest = need("#more");

export function start() {
  watch(["list"], relist);
  watch(["health"], () => restyle());
  new ResizeObserver(() => relay()).observe(wall.parentElement ?? wall);
  addEventListener("scroll", later, { passive: true });
  addEventListener("scrollend", () => remark({ scroll: scrollY, count: ids.length }));
  wall.addEventListener("keydown", walk);
  follow((picture) => redraw(picture.id));
}

/** Space and sizes of the wall, as LOOK has them for this window. */
function room() {
  const width = wall.clientWidth;
  const em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  if (innerWidth < 640) return { width, target: 180, gap: 6, below: 6 };
  return { width, target: innerWidth >= 1600 ? 320 : 264, gap: 12, below: 26 + 20 * em };
}

function relist() {
  const list = state.list;
  if (!list) return;
  const turned = list.key !== shownKey;
  if (turned) for (const item of hung.values()) item.remove();
  if (turned) {
    hung.clear();
    stage = 0;
  }
  shownKey = list.key;
  ids = list.ids;
  const first = ids.findIndex((id) => list.hits.get(id)?.likely === false);
  divider = first;
  relay();
  drawRest(list);
  if (turned) void returnTo(list);
  if (turned || list.state === "ready") speak(list);
}

function relay() {
  unlaid = false;
  const aspects = ids.map((id) => aspect(image(id)?.width ?? null, image(id)?.height ?? null));
  layout = justify(aspects, room(), divider >= 0 ? new Map([[divider, DIVIDER]]) : undefined);
  wall.style.height = `${layout.height}px`;
  draw();
}

function later() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    if (unlaid) relay();
    else draw();
  });
}

/** @param {string} id @param {boolean} [eager] */
function dressed(id, eager) {
  const item = card(id, eager);
  for (const add of dressers) add(item);
  return item;
}

/** Adds to every card that hangs or will. @param {(card: HTMLElement) => void} add */
export function dress(add) {
  dressers.push(add);
  for (const item of hung.values()) add(item);
}

/** Pictures that a rectangle of the page touches, also those that are not in the document. @param {{left: number, top: number, right: number, bottom: number}} rectangle */
export function touched({ left, top, right, bottom }) {
  const at = wall.getBoundingClientRect();
  const x = at.left + scrollX;
  const y = at.top + scrollY;
  const rows = layout.rows.filter((row) => y + row.top < bottom && y + row.top + row.height > top);
  const inRow = (/** @type {number} */ i) => x + (layout.left[i] ?? 0) < right && x + (layout.left[i] ?? 0) + (layout.width[i] ?? 0) > left;
  return rows.flatMap(({ first, end }) => ids.slice(first, end).filter((_, i) => inRow(first + i)));
}

/** First and end index of what should be in the document now. */
function span() {
  const top = scrollY - wall.offsetTop;
  const spare = stage > 1 ? innerHeight : 0;
  let first = rowAt(layout, top - spare)?.first ?? 0;
  let end = rowAt(layout, top + innerHeight + spare)?.end ?? 0;
  if (end - first > MOST_CARDS) {
    first = rowAt(layout, top)?.first ?? 0;
    end = Math.min(end, first + MOST_CARDS);
  }
  return { first, end };
}

function draw() {
  const { first, end } = span();
  const wanted = new Set(ids.slice(first, end));
  for (const [id, item] of hung) {
    if (wanted.has(id) || (item.contains(document.activeElement) && ids.includes(id))) continue;
    item.remove();
    hung.delete(id);
  }
  /** @type {Element | null} */
  let before = null;
  for (const index of indexes(first, end)) {
    const id = /** @type {string} */ (ids[index]);
    let item = hung.get(id);
    if (!item) hung.set(id, (item = dressed(id, index === 0)));
    place(item, box(index));
    if (stage || index < (layout.rows[0]?.end ?? 0)) develop(item);
    item.setAttribute("aria-posinset", String(index + 1));
    item.setAttribute("aria-setsize", String(state.list?.cursor ? -1 : ids.length));
    /** @type {Element | null} */
    const next = before ? before.nextElementSibling : wall.firstElementChild;
    if (next !== item) wall.insertBefore(item, next);
    before = item;
  }
  drawDivider(first, end);
  if (stage > 1) wantMore(end);
  else void advance();
}

/** Pictures that are seen first are fetched first: the next stage waits for them, but not for long. */
async function advance() {
  const { list } = state;
  const now = stage;
  const images = [...wall.querySelectorAll("img")].filter((img) => img.getAttribute("src"));
  if (!hung.size) return;
  await Promise.race([Promise.allSettled(images.map((img) => img.decode())), new Promise((resolve) => setTimeout(resolve, 1200))]);
  if (stage !== now || state.list !== list) return;
  stage += 1;
  draw();
}

/** The window's images, and the focused one wherever it is. @param {number} first @param {number} end */
function indexes(first, end) {
  const all = Array.from({ length: end - first }, (_, i) => first + i);
  const focused = document.activeElement?.closest("#wall .card")?.getAttribute("data-id");
  const at = focused ? ids.indexOf(focused) : -1;
  if (at >= 0 && at < first) all.unshift(at);
  if (at >= end) all.push(at);
  return all;
}

/** @param {number} index */
function box(index) {
  const { top, height } = rowOf(layout, index);
  return { left: layout.left[index] ?? 0, top, width: layout.width[index] ?? 0, height };
}

/** @param {number} first @param {number} end */
function drawDivider(first, end) {
  wall.querySelector(".divider")?.remove();
  if (divider < first || divider >= end) return;
  const item = html`<li class="divider"><span>Less likely</span></li>`;
  item.style.transform = `translateY(${rowOf(layout, divider).top - DIVIDER}px)`;
  wall.insertBefore(item, hung.get(ids[divider] ?? "") ?? null);
}

/** @param {number} end */
function wantMore(end) {
  const list = state.list;
  if (list?.state === "ready" && list.cursor && list.automatic > 0 && end >= ids.length) void more(list);
}

/** @param {List} list */
function drawRest(list) {
  rest.hidden = !list.ids.length || !(list.state === "failed" || (list.cursor && list.automatic <= 0) || (list.cursor && list.state === "loading"));
  if (rest.hidden) return;
  if (list.state === "failed") fill(rest, html`<p>${list.error}</p>`, button("Try again", () => void onward(list), "button quiet"));
  else if (list.state === "loading") fill(rest, html`<p>Fetching more…</p>`);
  else fill(rest, button("Load more", () => void onward(list), "button quiet"));
}

/** Back where one was: at once when the pictures are here, page by page after a reload. @param {List} list */
async function returnTo(list) {
  const { scroll = 0, count = 0 } = historyPlace();
  const target = list.scroll || scroll;
  for (let page = 0; page < MOST_PAGES_BACK && list.ids.length < count && (list.cursor || list.state === "loading"); page++) {
    if (list.state === "loading") await new Promise((resolve) => setTimeout(resolve, 50));
    else await more(list);
    if (state.list !== list) return;
  }
  scrollTo({ top: target });
}

/** Arrow keys walk along the wall. @param {KeyboardEvent} event */
function walk(event) {
  const id = /** @type {Element} */ (event.target).closest(".card")?.getAttribute("data-id");
  const at = id ? ids.indexOf(id) : -1;
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: beside(at, -1), ArrowDown: beside(at, 1) }[event.key];
  if (to === undefined || to < 0 || to >= ids.length) return;
  event.preventDefault();
  focusCard(/** @type {string} */ (ids[to]));
}

/** The nearest picture in the row above or below. @param {number} index @param {number} step */
function beside(index, step) {
  const row = layout.rows[layout.rows.indexOf(rowOf(layout, index)) + step];
  if (!row) return -1;
  const middle = (layout.left[index] ?? 0) + (layout.width[index] ?? 0) / 2;
  const distance = (/** @type {number} */ i) => Math.abs((layout.left[i] ?? 0) + (layout.width[i] ?? 0) / 2 - middle);
  return Array.from({ length: row.end - row.first }, (_, i) => row.first + i).reduce((best, i) => (distance(i) < distance(best) ? i : best));
}

/** Brings a card into the window, below the header, and gives it the focus. @param {string} id */
export function focusCard(id) {
  const index = ids.indexOf(id);
  if (index < 0) return void wall.focus({ preventScroll: true });
  const row = rowOf(layout, index);
  const top = wall.offsetTop + row.top;
  const head = need(".top").offsetHeight + 12;
  const foot = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockEnd) || 12;
  if (top < scrollY + head) scrollTo({ top: top - head });
  else if (top + row.height > scrollY + innerHeight - foot) scrollTo({ top: Math.min(top - head, top + row.height - innerHeight + foot + 48) });
  draw();
  /** @type {HTMLElement | null | undefined} */ (hung.get(id)?.querySelector(".open"))?.focus({ preventScroll: true });
}

/** The picture of a card that is in the document, for the morph into the stage. @param {string} id */
export const pictureOf = (id) => /** @type {HTMLElement | null} */ (hung.get(id)?.querySelector("img") ?? null);

/** @param {string} id */
function redraw(id) {
  const old = hung.get(id);
  if (!old) return;
  const focused = old.contains(document.activeElement);
  const fresh = dressed(id);
  develop(fresh);
  old.replaceWith(fresh);
  hung.set(id, fresh);
  const index = ids.indexOf(id);
  if (index >= 0) place(fresh, box(index));
  unlaid = true; // its size may be another; many that change at once are laid out once
  later();
  if (focused) /** @type {HTMLElement | null} */ (fresh.querySelector(".open"))?.focus({ preventScroll: true });
}

function restyle() {
  for (const id of [...hung.keys()]) if (state.list?.hits.has(id)) redraw(id);
}

/** @param {List} list */
function speak(list) {
  if (list.state !== "ready" || state.route.image) return;
  const likely = list.ids.filter((id) => list.hits.get(id)?.likely !== false).length;
  if (list.route.q) announce(list.ids.length ? `${counted(likely, "picture")} found${list.cursor ? " so far" : ""}.` : "Nothing found.");
}

// The wall: justified rows of which only those near the window are in the document, in their visual order.

import { more, onward } from "../gallery.js";
import { announce, background, button, fill, follow, go, html, image, link, need, pause, place, remark, state, watch } from "../core.js";
import { alternative, counted, label, why } from "../words.js";

const MOST_CARDS = 240; // in the document; the promise is 300
const DIVIDER = 56; // px above the less likely

/** @type {Layout} */
let layout = { rows: [], boxes: [], height: 0 };
/** @type {string[]} */
let ids = [];
let divider = -1;
/** @type {Map<string, HTMLElement>} */
const hung = new Map();
/** @type {((card: HTMLElement) => void)[]} */
const dressers = [];
let shownKey = "";
/** What is fetched: 0 the first row, 1 all that the window shows, 2 what lies around it. */
let stage = 0;
let frame = 0;
let unlaid = false;
const wall = need("#wall");

export function start() {
  watch(["list"], relist);
  watch(["route"], later);
  watch(["health"], () => hung.forEach((_, id) => state.list?.hits.has(id) && redraw(id)));
  new ResizeObserver(relay).observe(wall.parentElement ?? wall);
  addEventListener("scroll", later, { passive: true });
  addEventListener("scrollend", () => remark({ scroll: scrollY, count: ids.length }));
  wall.addEventListener("keydown", walk);
  follow(({ id }) => redraw(id));
}

/** @returns {Room} */
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
    hung.forEach(takeOff);
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
  layout = justify(ids.map((id) => aspect(image(id))), room());
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

/** @param {string} id @param {boolean} [first] */
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

/** @param {(card: HTMLElement) => void} add */
export function dress(add) {
  dressers.push(add);
  hung.forEach(add);
}

/** Fetches its picture. @param {string} id @param {HTMLElement} item */
function develop(id, item) {
  const img = item.querySelector("img");
  const { width, height, derivatives: { thumb, row } } = image(id) ?? { derivatives: {} };
  if (!img || img.hasAttribute("src")) return;
  // The two small copies are 320 and 640 px high, never enlarged.
  const at = (src = "", tall = 0) => (src && width && height ? `${src} ${Math.max(1, Math.round((width * Math.min(tall, height)) / height))}w` : "");
  img.srcset = [at(thumb, 320), height && height > 320 && at(row, 640)].filter(Boolean).join(", ");
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

/** Pictures that a rectangle of the page touches, in the document or not. @param {{left: number, top: number, right: number, bottom: number}} rectangle */
export function touched({ left, top, right, bottom }) {
  const { x, y } = wall.getBoundingClientRect();
  const dx = x + scrollX;
  const dy = y + scrollY;
  return ids.filter((_, i) => {
    const box = layout.boxes[i];
    return box && dx + box.left < right && dx + box.left + box.width > left && dy + box.top < bottom && dy + box.top + box.height > top;
  });
}

/** Indexes of what is near the window, and of the focused one wherever it is. */
function wanted() {
  const top = scrollY - wall.offsetTop;
  const spare = stage > 1 ? innerHeight : 0;
  let first = rowAt(top - spare)?.first ?? 0;
  let end = rowAt(top + innerHeight + spare)?.end ?? 0;
  if (end - first > MOST_CARDS) {
    first = rowAt(top)?.first ?? 0;
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
  hung.forEach((item, id) => keep.has(id) || takeOff(item, id));
  wall.querySelector(".divider")?.remove();
  let spot = wall.firstElementChild;
  const covered = Boolean(state.route.image); // a picture that was linked to comes before all that it covers
  for (const index of all) {
    const id = ids[index];
    const box = layout.boxes[index];
    if (!id || !box) continue;
    const item = hung.get(id) ?? card(id, !index);
    hung.set(id, item);
    hangUp(id, item, box);
    if (stage || (!covered && index < (layout.rows[0]?.end ?? 0))) develop(id, item);
    item.ariaPosInSet = String(index + 1);
    item.ariaSetSize = String(state.list?.cursor ? -1 : ids.length);
    if (item === spot) spot = spot.nextElementSibling;
    else wall.insertBefore(item, spot);
    if (index === divider) {
      const line = html`<li class="divider"><span>Less likely</span></li>`;
      line.style.transform = `translateY(${box.top - DIVIDER}px)`;
      item.before(line);
    }
  }
  const { list } = state;
  if (stage < 2) covered || void advance();
  else if (end >= layout.boxes.length && list?.state === "ready" && list.cursor && list.automatic > 0) void more(list);
}

/** @param {HTMLElement} item @param {string} id */
function takeOff(item, id) {
  item.remove();
  hung.delete(id);
}

/** The next stage waits for the pictures of this one, but not for long. */
async function advance() {
  const { list } = state;
  const now = stage;
  if (!hung.size) return;
  const images = [...wall.querySelectorAll("img[src]")];
  await Promise.race([Promise.allSettled(images.map((img) => img.decode())), pause(1200)]);
  if (stage !== now || state.list !== list) return;
  stage += 1;
  draw();
}

/** @param {List} list */
function drawRest(list) {
  const rest = need("#more");
  const on = (/** @type {string} */ label) => button(label, () => void onward(list), "button quiet");
  const failed = list.state === "failed";
  // What stands below would be pushed away again and again.
  document.documentElement.classList.toggle("growing", Boolean(list.cursor) && !failed && (list.state === "loading" || list.automatic > 0));
  rest.hidden = !list.ids.length || !(failed || (list.cursor && (list.state === "loading" || list.automatic <= 0)));
  if (!rest.hidden) fill(rest, failed ? [html`<p>${list.error}</p>`, on("Try again")] : list.state === "loading" ? html`<p>Fetching more…</p>` : on("Load more"));
}

/** Back where one was, page by page after a reload. @param {List} list */
async function returnTo(list) {
  const { scroll = 0, count = 0 } = place();
  const top = list.scroll || scroll;
  for (let page = 0; page < 20 && list.ids.length < count && (list.cursor || list.state === "loading"); page++) {
    await (list.state === "loading" ? pause(50) : more(list));
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

/** @param {KeyboardEvent} event */
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

/** @param {string} id */
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

/** For the morph into the stage. @param {string} id */
export const pictureOf = (id) => hung.get(id)?.querySelector("img") ?? null;

// --- justified rows

/** Comics' tall pages are cropped; a picture of unknown size hangs as a square. @param {Image | undefined} picture */
const aspect = (picture) => (picture?.width && picture.height ? Math.min(2.6, Math.max(0.5, picture.width / picture.height)) : 1);

/** Rows as near the target height as whole pictures allow; the last one is not stretched, and waits where more come. @param {number[]} aspects @param {Room} room */
function justify(aspects, { width, target, gap, below }) {
  /** @type {Layout} */
  const layout = { rows: [], boxes: [], height: 0 };
  /** @type {number[]} */
  let row = [];
  const fit = () => (width - gap * (row.length - 1)) / row.reduce((sum, one) => sum + one, 0);
  const hang = (/** @type {number} */ tall) => {
    const { boxes, rows, height: top } = layout;
    const height = Math.round(tall);
    const first = boxes.length;
    let x = 0;
    for (const one of row) {
      const right = x + tall * one;
      boxes.push({ left: Math.round(x), top, width: Math.round(right) - Math.round(x), height });
      x = right + gap;
    }
    rows.push({ top, height, first, end: boxes.length });
    layout.height = top + height + below;
    row = [];
  };
  const finish = () => row.length && hang(Math.min(target, fit()));
  for (const [i, one] of aspects.entries()) {
    if (i === divider) finish(), (layout.height += DIVIDER);
    const before = fit();
    row.push(one);
    const height = fit();
    if (height > target) continue;
    if (target - height <= before - target || before > target * 1.5) hang(height);
    else row.pop(), hang(before), row.push(one);
  }
  if (!state.list?.cursor || !layout.rows.length) finish(); // pictures that hang are not hung again when their fellows come
  return layout;
}

/** @param {number} y */
const rowAt = (y) => layout.rows.findLast(({ top }) => top <= y) ?? layout.rows[0];

// Many pictures at once: chosen on the wall by control, key, range or rectangle, and the bar of what can be done with them.

import { fill, html, need } from "../html.js";
import { change, download, onProgress, remove } from "../many.js";
import { image, state, watch } from "../store.js";
import { announce } from "../voice.js";
import { count, counted, name } from "../words.js";
import { button, cross } from "./controls.js";
import { dress, focusCard, touched } from "./wall.js";

const PAUSE_MS = 400; // of choosing, before it is said how many there are
const EDGE = 56; // px at the window's edges in which a drag scrolls
const SLACK = 5; // px until a press is a drag
const MOST_TAGS = 12; // shown; any other can be written

const wall = need("#wall");
const root = document.documentElement;

/** @type {Set<string>} */
let chosen = new Set();
/** What was chosen before the range or rectangle that is being drawn. @type {Set<string>} */
let base = new Set();
let anchor = "";
/** Select was pressed on a touch screen: taps choose, also the first. */
let picking = false;
let listKey = "";
let open = "";
let timer = 0;

const progress = html`<div class="progress" hidden><i></i></div>`;
const said = html`<p class="many-count"></p>`;
const deeds = html`<div class="many-deeds"></div>`;
const panel = html`<div class="many-panel" hidden></div>`;
const everything = button("Select all", all, "link many-all");
const bar = html`<section class="many" aria-label="Selected pictures" hidden>${panel}${progress}<div class="many-row">${cross("Clear the selection", () => clear(), "icon")}${said}${everything}${deeds}</div></section>`;

/** @param {string | undefined} id only one's own can be changed */
const can = (id) => image(id ?? "")?.mine === true;
const loaded = () => (state.list?.ids ?? []).filter(can);
const choosing = () => picking || chosen.size > 0;
const cardId = (/** @type {EventTarget | null} */ at) => (at instanceof Element ? at.closest("#wall .card")?.getAttribute("data-id") : null) ?? "";

export function start() {
  need("main").after(bar);
  dress(clothe);
  wall.addEventListener("click", press, true);
  wall.addEventListener("keydown", walk);
  document.addEventListener("keydown", keys);
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(open);
  });
  need("main").addEventListener("pointerdown", drag);
  onProgress(drawProgress);
  new ResizeObserver(() => root.style.setProperty("--many", `${bar.offsetHeight}px`)).observe(bar);
  watch(["list", "signedIn"], prune);
  addEventListener("beforeunload", (event) => !progress.hidden && event.preventDefault());
}

/** The select control of one's own cards. @param {HTMLElement} card */
function clothe(card) {
  const picture = image(card.dataset.id ?? "");
  if (!picture?.mine) return;
  const check = html`<button type="button" class="check" role="checkbox" tabindex="-1" aria-checked="false" aria-label=${`Select ${name(picture)}`} title="Select (X)"><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m3 8.500 3.500 3.500L13 4.500" /></svg></button>`;
  card.querySelector(".hang")?.append(check);
  card.querySelector(".open")?.setAttribute("aria-keyshortcuts", "x");
  mark(card);
}

/** @param {Element} card */
function mark(card) {
  const on = chosen.has(card.getAttribute("data-id") ?? "");
  card.classList.toggle("chosen", on);
  card.querySelector(".check")?.setAttribute("aria-checked", String(on));
}

/** @param {Set<string>} next @param {boolean} [quiet] */
function choose(next, quiet = false) {
  chosen = next;
  for (const card of wall.querySelectorAll(".card")) mark(card);
  root.classList.toggle("choosing", choosing());
  if (!chosen.size) open = "";
  draw();
  clearTimeout(timer);
  if (!quiet) timer = setTimeout(() => announce(chosen.size ? `${count(chosen.size)} selected. Press A for what to do with them.` : "Nothing selected."), PAUSE_MS);
}

/** On touch screens: from now on taps choose. */
export function pickMany() {
  picking = true;
  choose(chosen, true);
  announce("Tap pictures to select them.");
}

/** @param {boolean} [quiet] */
function clear(quiet) {
  const back = bar.contains(document.activeElement) ? anchor : "";
  picking = false;
  choose(new Set(), quiet);
  if (back) focusCard(back);
}

function all() {
  choose(new Set(loaded()));
}

/** Another wall starts anew; what has left this one is not changed unseen. */
function prune() {
  const key = state.signedIn ? (state.list?.key ?? "") : "";
  const there = new Set(key === listKey ? loaded() : []);
  const next = new Set([...chosen].filter((id) => there.has(id)));
  if (key !== listKey) picking = false;
  listKey = key;
  if (next.size !== chosen.size || !choosing()) choose(next, true);
  else draw();
}

/** @param {string} id */
function flip(id) {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  anchor = id;
  base = next;
  choose(next);
}

/** From the last one chosen to this one; a range drawn anew takes the place of the one before. @param {string} id */
function extend(id) {
  const ids = state.list?.ids ?? [];
  const [from, to] = [ids.indexOf(anchor), ids.indexOf(id)].sort((a, b) => a - b);
  if (from === undefined || to === undefined || from < 0) return flip(id);
  choose(new Set([...base, ...ids.slice(from, to + 1).filter(can)]));
}

/** @param {MouseEvent} event */
function press(event) {
  const at = /** @type {Element} */ (event.target);
  const check = at.closest(".check");
  if (!check && !(choosing() && event.detail && at.closest(".open"))) return; // a key on the link still opens it
  event.preventDefault();
  event.stopPropagation();
  const id = cardId(at);
  if (!can(id)) announce("Only your own pictures can be selected.");
  else if (event.shiftKey) extend(id);
  else flip(id);
}

/** X or Space on a card; arrows with Shift draw a range. @param {KeyboardEvent} event */
function walk(event) {
  const id = cardId(event.target);
  const { key, shiftKey } = event;
  if (!id || event.altKey || event.ctrlKey || event.metaKey) return;
  if (shiftKey && key.startsWith("Arrow")) {
    if (!chosen.has(anchor) && can(id)) flip(id);
    return extend(cardId(document.activeElement));
  }
  const link = /** @type {Element} */ (event.target).matches(".open, .check");
  if (!link || !(key === " " || key.toLowerCase() === "x") || !can(id)) return;
  event.preventDefault();
  if (shiftKey) extend(id);
  else flip(id);
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const at = /** @type {Element} */ (event.target);
  if (document.querySelector("dialog[open]") || at.closest("input, textarea, select, [contenteditable]")) return;
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "a" && loaded().length) {
    event.preventDefault();
    return all();
  }
  if (!choosing() || ctrlKey || metaKey || altKey) return;
  if (key === "Escape") clear();
  else if (key === "Delete") void deed(() => remove([...chosen]));
  else if (key.toLowerCase() === "a") need("button", deeds).focus();
}

// --- the rectangle

/** @param {PointerEvent} event */
function drag(event) {
  const at = /** @type {Element} */ (event.target);
  if (event.button || event.pointerType !== "mouse" || at.closest(".hang, a, button, input, .note, .state") || !loaded().length) return;
  const from = { x: event.pageX, y: event.pageY };
  const now = { x: event.clientX, y: event.clientY };
  const frame = html`<div class="lasso"></div>`;
  const before = event.shiftKey || event.ctrlKey || event.metaKey ? chosen : new Set();
  let frames = 0;
  const step = () => {
    const head = need(".top").offsetHeight;
    const by = now.y < head + EDGE ? now.y - head - EDGE : Math.max(0, now.y - innerHeight + EDGE + bar.offsetHeight);
    if (by) scrollBy({ top: by / 3, behavior: "instant" });
    lasso(frame, from, { x: now.x + scrollX, y: now.y + scrollY }, before);
    frames = requestAnimationFrame(step);
  };
  const move = (/** @type {PointerEvent} */ { clientX, clientY, pageX, pageY }) => {
    Object.assign(now, { x: clientX, y: clientY });
    if (frames || Math.hypot(pageX - from.x, pageY - from.y) < SLACK) return;
    root.classList.add("lassoing");
    getSelection()?.removeAllRanges();
    document.body.append(frame);
    step();
  };
  const end = new AbortController();
  const stop = () => {
    end.abort();
    cancelAnimationFrame(frames);
    frame.remove();
    root.classList.remove("lassoing");
    base = chosen;
  };
  addEventListener("pointermove", move, end);
  addEventListener("pointerup", stop, end);
  addEventListener("pointercancel", stop, end);
}

/** @param {HTMLElement} frame @param {{x: number, y: number}} from of the page @param {{x: number, y: number}} to @param {Set<string>} before */
function lasso(frame, from, to, before) {
  const left = Math.min(from.x, to.x);
  const top = Math.min(from.y, to.y);
  const width = Math.abs(from.x - to.x);
  const height = Math.abs(from.y - to.y);
  Object.assign(frame.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  const ids = touched({ left, top, right: left + width, bottom: top + height }).filter(can);
  anchor = ids[0] ?? anchor;
  const next = new Set([...before, ...ids]);
  if (next.size !== chosen.size || ids.some((id) => !chosen.has(id))) choose(next);
}

// --- the bar

const pictures = () => [...chosen].flatMap((id) => image(id) ?? []);

function draw() {
  bar.hidden = !choosing();
  if (bar.hidden) return;
  said.textContent = chosen.size ? `${count(chosen.size)} selected` : "Tap pictures";
  everything.hidden = chosen.size === loaded().length;
  const some = pictures();
  const busy = !progress.hidden;
  const make = (/** @type {string} */ label, /** @type {() => void} */ run, /** @type {string} */ opens = "") => {
    const made = /** @type {HTMLButtonElement} */ (button(label, run, "quiet-button"));
    made.disabled = busy || !some.length;
    if (opens) made.setAttribute("aria-expanded", String(open === opens));
    return made;
  };
  const publish = (/** @type {boolean} */ published) => deed(() =>
    change([...chosen], { set: { published } }, (n) => (published ? `Published ${n}.` : `Took ${n} off the wall. They are drafts again.`)));
  const focused = deeds.contains(document.activeElement) ? document.activeElement?.textContent : null;
  fill(
    deeds,
    make("Category", () => toggle("category"), "category"),
    make("Tags", () => toggle("tags"), "tags"),
    some.some((one) => !one.published && one.status === "ready") && make("Publish", () => publish(true)),
    (!some.length || some.some((one) => one.published)) && make("Unpublish", () => publish(false)),
    make("Download", () => void deed(() => download([...chosen]))),
    make("Delete", () => void deed(() => remove([...chosen]))),
  );
  for (const one of deeds.querySelectorAll("button")) if (one.textContent === focused) one.focus();
  panel.hidden = !open || !some.length;
  if (open === "category") drawCategories();
  if (open === "tags" && !panel.contains(document.activeElement)) drawTags();
}

/** @param {() => Promise<unknown>} run */
async function deed(run) {
  if (!chosen.size || !progress.hidden) return;
  const back = bar.contains(document.activeElement);
  await run();
  if (!chosen.size) clear(true);
  else draw();
  if (back && !bar.contains(document.activeElement)) (chosen.size ? need("button", deeds) : wall).focus({ preventScroll: true });
}

/** @param {number} done @param {number} total */
function drawProgress(done, total) {
  progress.hidden = !total;
  need("i", progress).style.transform = `scaleX(${total ? done / total : 0})`;
  draw();
  if (total > 1) said.textContent = `${count(done)} of ${count(total)}`;
}

/** Opens or closes what stands above the bar. @param {string} which */
function toggle(which) {
  open = open === which ? "" : which;
  need("button", deeds).focus(); // away from a panel that is drawn anew
  draw();
  const first = /** @type {HTMLElement | null} */ (panel.querySelector(open ? "input, button" : ":scope > none"));
  if (first) first.focus();
  else for (const one of deeds.querySelectorAll("button")) if (one.textContent?.toLowerCase() === which) one.focus();
}

function drawCategories() {
  const all = pictures();
  fill(panel, html`<div class="chips" role="group" aria-label="Category">${(state.categories?.categories ?? []).map(({ id, name: label }) => {
    const file = () => void deed(() => change([...chosen], { set: { category: id } }, (n) => `Filed ${n} under ${label}.`)).then(() => open === "category" && toggle("category"));
    const chip = button(label, file, "pick");
    chip.setAttribute("aria-pressed", String(all.every(({ category }) => category === id)));
    return chip;
  })}</div>`);
}

/** A field to add one to all, and those that there are, to be taken off all. */
function drawTags() {
  /** @type {Map<string, number>} */
  const tags = new Map();
  for (const picture of pictures()) for (const tag of picture.tags) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  const most = [...tags].sort((a, b) => b[1] - a[1]).slice(0, MOST_TAGS);
  const after = () => {
    if (open !== "tags") return;
    drawTags();
    panel.querySelector("input")?.focus();
  };
  const off = (/** @type {string} */ tag) => deed(() => change([...chosen], { set: {}, remove_tags: [tag] }, (n) => `Took “${tag}” off ${n}.`)).then(after);
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    const tag = /** @type {HTMLInputElement} */ (need("input", panel)).value.trim();
    if (tag) void deed(() => change([...chosen], { set: {}, add_tags: [tag] }, (n) => `Tagged ${n} “${tag}”.`)).then(after);
  };
  fill(panel, html`<form class="many-tags" @submit=${add}><input class="people" aria-label="Tag to add" placeholder="Tag to add" maxlength="40" dir="auto" autocomplete="off" enterkeyhint="done" /><button class="button small">Add</button></form>`,
    most.length > 0 && html`<ul class="tags">${most.map(([tag, n]) => html`<li class="tag"><bdi>${tag}</bdi><span class="count">${count(n)}</span>${cross(`Remove the tag ${tag} from ${counted(n, "picture")}`, () => void off(tag))}</li>`)}</ul>`);
}

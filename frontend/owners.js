// What visitors never fetch: the sheet, the Desk, and many pictures at once, chosen by control, key, range or rectangle.

import "./dialogs.js";
import * as sheet from "./components/sheet.js";
import { dress, focusCard, touched } from "./components/wall.js";
import { announce, button, cross, fill, html, image, need, state, watch } from "./core.js";
import { change, download, publish, remove, unpublish, watcher } from "./edits.js";
import { onKeys, style } from "./overlays.js";
import { count, counted, name } from "./words.js";

const PAUSE_MS = 400; // of choosing, before it is said how many there are
const EDGE = 56; // px at the window's edges in which a drag scrolls
const SLACK = 5; // px until a press is a drag
const MOST_TAGS = 12; // shown; any other can be written

const wall = need("#wall");
const main = need("main");
const root = document.documentElement;

let chosen = new Set([""]);
chosen.clear();
/** What was chosen before the range or rectangle that is being drawn. */
let base = chosen;
let anchor = "";
/** Select was pressed on a touch screen: taps choose, also the first. */
let picking = false;
let listKey = "";
/** @type {"" | "category" | "tags"} */
let open = "";
let timer = 0;

/** @param {string} id only one's own can be changed */
const can = (id) => image(id)?.mine === true;
const loaded = () => state.list?.ids.filter(can) ?? [];
const choosing = () => picking || chosen.size > 0;
const pictures = () => [...chosen].flatMap((id) => image(id) ?? []);
/** @param {Element | null} at */
const cardId = (at) => at?.closest("#wall .card")?.getAttribute("data-id") ?? "";

// --- choosing

/** @param {HTMLElement} card */
function mark(card) {
  const on = chosen.has(card.dataset.id ?? "");
  card.classList.toggle("chosen", on);
  card.querySelector(".check")?.setAttribute("aria-checked", String(on));
}

/** @param {Set<string>} next @param {boolean} [quiet] */
function choose(next, quiet) {
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
  const back = bar.contains(document.activeElement) && anchor;
  picking = false;
  choose(new Set(), quiet);
  if (back) focusCard(back);
}

const all = () => choose(new Set(loaded()));

/** Another wall starts anew; what has left this one is not changed unseen. */
function prune() {
  const key = state.signedIn ? (state.list?.key ?? "") : "";
  const there = new Set(key === listKey ? loaded() : []);
  if (key !== listKey) picking = false;
  listKey = key;
  const next = chosen.intersection(there);
  if (next.size < chosen.size || !choosing()) choose(next, true);
  else draw();
}

/** With Shift all from the last one; a range drawn anew takes the place of the one before. @param {string} id @param {boolean} range */
function take(id, range) {
  const ids = state.list?.ids ?? [];
  const [from = -1, to = -1] = [ids.indexOf(anchor), ids.indexOf(id)].sort((a, b) => a - b);
  if (!can(id) && !range) return announce("Only your own pictures can be selected.");
  if (range && from >= 0) return choose(new Set([...base, ...ids.slice(from, to + 1).filter(can)]));
  base = chosen.symmetricDifference(new Set([id]));
  anchor = id;
  choose(base);
}

/** @param {PointerEvent} event */
function drag(event) {
  const at = /** @type {Element} */ (event.target);
  if (event.button || event.pointerType !== "mouse" || at.closest(".hang, a, button, input, .note, .state") || !loaded().length) return;
  const { pageX, pageY, shiftKey, ctrlKey, metaKey } = event;
  const before = shiftKey || ctrlKey || metaKey ? chosen : new Set();
  const frame = html`<div class="lasso"></div>`;
  const end = new AbortController();
  let now = event;
  let frames = 0;
  const step = () => {
    const head = need(".top").offsetHeight + EDGE;
    scrollBy({ top: (Math.min(0, now.clientY - head) || Math.max(0, now.clientY - innerHeight + EDGE + bar.offsetHeight)) / 3, behavior: "instant" });
    const [x, y] = [now.clientX + scrollX, now.clientY + scrollY];
    const [left, top, right, bottom] = [Math.min(x, pageX), Math.min(y, pageY), Math.max(x, pageX), Math.max(y, pageY)];
    Object.assign(frame.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    const ids = touched({ left, top, right, bottom }).filter(can);
    const next = new Set([...before, ...ids]);
    anchor = ids[0] ?? anchor;
    if (next.symmetricDifference(chosen).size) choose(next);
    frames = requestAnimationFrame(step);
  };
  const move = (/** @type {PointerEvent} */ event) => {
    now = event;
    if (frames || Math.hypot(now.pageX - pageX, now.pageY - pageY) < SLACK) return;
    root.classList.add("lassoing");
    getSelection()?.removeAllRanges();
    document.body.append(frame);
    step();
  };
  const stop = () => {
    end.abort();
    cancelAnimationFrame(frames);
    frame.remove();
    root.classList.remove("lassoing");
    base = chosen;
  };
  addEventListener("pointermove", move, end);
  for (const sign of ["pointerup", "pointercancel"]) addEventListener(sign, stop, end);
}

// --- the bar

/** @param {string} label @param {Act} run */
const tool = (label, run) => /** @type {HTMLButtonElement} */ (button(label, run, "quiet-button"));
/** @param {string} label @param {Many} run */
const step = (label, run) => tool(label, () => void deed(run));
const tools = {
  category: tool("Category", () => toggle("category")),
  tags: tool("Tags", () => toggle("tags")),
  publish: step("Publish", (ids) => publish(ids)),
  unpublish: step("Unpublish", (ids) => unpublish(ids)),
  download: step("Download", download),
  remove: step("Delete", remove),
};
const panel = html`<div class="many-panel" hidden></div>`;
const progress = html`<div class="progress" hidden><i></i></div>`;
const said = html`<p class="many-count"></p>`;
const everything = button("Select all", all, "link many-all");
const bar = html`<section class="many" aria-label="Selected pictures" hidden>${panel}${progress}<div class="many-row">${cross("Clear the selection", () => clear(), "icon")}${said}${everything}<div class="many-deeds">${Object.values(tools)}</div></div></section>`;

function draw() {
  bar.hidden = !choosing();
  if (bar.hidden) return;
  const some = pictures();
  said.textContent = chosen.size ? `${count(chosen.size)} selected` : "Tap pictures";
  everything.hidden = chosen.size === loaded().length;
  tools.publish.hidden = !some.some(({ published, status }) => !published && status === "ready");
  tools.unpublish.hidden = some.length > 0 && !some.some(({ published }) => published);
  for (const tool of Object.values(tools)) tool.disabled = !some.length || !progress.hidden;
  tools.category.ariaExpanded = String(open === "category");
  tools.tags.ariaExpanded = String(open === "tags");
  panel.hidden = !open || !some.length;
  if (open === "category") drawCategories(some);
  if (open === "tags" && !panel.querySelector("input:focus")) drawTags(some);
}

/** @param {Many} run */
async function deed(run) {
  if (!chosen.size || !progress.hidden) return;
  const at = bar.contains(document.activeElement);
  await run([...chosen]);
  if (!chosen.size) clear(true);
  else draw();
  if (at && !bar.contains(document.activeElement)) (chosen.size ? tools.category : wall).focus({ preventScroll: true });
}

/** @param {"category" | "tags"} which */
function toggle(which) {
  open = open === which ? "" : which;
  tools[which].focus(); // away from a panel that is drawn anew
  draw();
  if (open) panel.querySelector("input, button")?.focus();
}

/** @param {Image[]} some */
function drawCategories(some) {
  const chips = state.categories?.categories.map(({ id, name }) => {
    const file = () => deed((ids) => change(ids, { set: { category: id } }, (n) => `Filed ${n} under ${name}.`)).then(() => open === "category" && toggle(open));
    const chip = button(name, file, "pick");
    chip.ariaPressed = String(some.every(({ category }) => category === id));
    return chip;
  });
  fill(panel, html`<div class="chips" role="group" aria-label="Category">${chips}</div>`);
}

/** @param {Image[]} some */
function drawTags(some) {
  const tags = [...Map.groupBy(some.flatMap(({ tags }) => tags), (tag) => tag)].sort((a, b) => b[1].length - a[1].length).slice(0, MOST_TAGS);
  /** @param {Omit<ManyChanges, "set">} changes @param {Say} said */
  const tag = async (changes, said) => {
    await deed((ids) => change(ids, { set: {}, ...changes }, said));
    if (open !== "tags") return;
    drawTags(pictures());
    panel.querySelector("input")?.focus();
  };
  const field = html`<input class="people" aria-label="Tag to add" placeholder="Tag to add" maxlength="40" dir="auto" autocomplete="off" enterkeyhint="done" />`;
  const form = html`<form class="many-tags">${field}<button class="button small">Add</button></form>`;
  form.addEventListener("submit", (event) => {
    const text = /** @type {HTMLInputElement} */ (field).value.trim();
    event.preventDefault();
    if (text) void tag({ add_tags: [text] }, (n) => `Tagged ${n} “${text}”.`);
  });
  const off = tags.map(([text, { length }]) => html`<li class="tag"><bdi>${text}</bdi><span class="count">${count(length)}</span>${cross(`Remove the tag ${text} from ${counted(length, "picture")}`, () => void tag({ remove_tags: [text] }, (n) => `Took “${text}” off ${n}.`))}</li>`);
  fill(panel, form, off.length > 0 && html`<ul class="tags">${off}</ul>`);
}

// --- all begins

await style("owners");
sheet.start();
main.after(bar);

watcher.progress = (done = 0, total = 0) => {
  progress.hidden = !total;
  need("i", progress).style.transform = `scaleX(${total ? done / total : 0})`;
  draw();
  if (total > 1) said.textContent = `${count(done)} of ${count(total)}`;
};

dress((card) => {
  const picture = image(card.dataset.id ?? "");
  if (!picture?.mine) return;
  card.querySelector(".hang")?.append(html`<button type="button" class="check" role="checkbox" tabindex="-1" aria-checked="false" aria-label=${`Select ${name(picture)}`} title="Select (X)"><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m3 8.500 3.500 3.500L13 4.500" /></svg></button>`);
  card.querySelector(".open")?.setAttribute("aria-keyshortcuts", "x");
  mark(card);
});

wall.addEventListener("click", (event) => {
  const at = /** @type {Element} */ (event.target);
  if (!at.closest(".check") && !(choosing() && event.detail && at.closest(".open"))) return; // a key on the link still opens it
  event.preventDefault();
  event.stopPropagation();
  take(cardId(at), event.shiftKey);
}, true);

onKeys(wall, (key, { shiftKey }, at) => {
  const id = cardId(at);
  if (!at.matches(".open, .check") || (key !== " " && key !== "x") || !can(id)) return false;
  take(id, shiftKey);
  return true;
});
wall.addEventListener("keydown", ({ shiftKey, key, target }) => {
  const id = cardId(/** @type {Element} */ (target));
  if (!id || !shiftKey || !key.startsWith("Arrow")) return;
  if (!chosen.has(anchor) && can(id)) take(id, false);
  take(cardId(document.activeElement), true); // where the wall has gone by this key
});

panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open) return;
  event.preventDefault();
  toggle(open);
});
onKeys(root, (key) => {
  if (!choosing() || document.querySelector("dialog[open]")) return false;
  if (key === "escape") clear();
  else if (key === "delete") void deed(remove);
  else if (key === "a") tools.category.focus();
  else return false;
  return true;
});
root.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (!(ctrlKey || metaKey) || altKey || shiftKey || key.toLowerCase() !== "a" || !loaded().length) return;
  if (document.querySelector("dialog[open], :is(input, textarea):focus")) return;
  event.preventDefault();
  all();
});

main.addEventListener("pointerdown", drag);
new ResizeObserver(() => root.style.setProperty("--many", `${bar.offsetHeight}px`)).observe(bar);
watch(["list", "signedIn"], prune);
addEventListener("beforeunload", (event) => !progress.hidden && event.preventDefault());

/** @type {Promise<unknown> | undefined} */
let desk;
export const startDesk = () => (desk ??= import("./components/desk.js"));
export const takeFiles = sheet.take;
export const goOn = sheet.goOn;

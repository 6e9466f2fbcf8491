// What visitors never fetch: the sheet, the Desk, and many pictures at once, chosen by control, key, range or rectangle.

import * as sheet from "./uploads.js";
import { announce, button, copy, count, counted, cross, fill, html, image, name, need, state, target, watch } from "./core.js";
import { onKeys } from "./dialogs.js";
import { change, download, publish, remove, unpublish, watcher } from "./facts.js";
import { dress, focusCard, touched } from "./main.js";

const PAUSE_MS = 400;
const EDGE = 56; // px, in which a drag scrolls
const SLACK = 5; // px until a press is a drag
const MOST_TAGS = 12; // shown

const wall = need("#wall");
const main = need("main");
const root = document.documentElement;
const bar = need(".many");
const panel = need(".many-panel", bar);
const progress = need(".progress", bar);
const said = need(".many-count", bar);
const [category, tags] = [need("button.category", bar), need("button.tags", bar)];

/** @type {Choice} */
let { chosen, base, open } = { chosen: new Set(), base: new Set(), open: null };
let picking = false;
let [anchor, listKey] = ["", ""];
let timer = 0;

/** @type {Owners} */
const module = {
  can: (id) => image(id)?.mine === true,
  loaded: () => state.list?.ids.filter(can) ?? [],
  choosing: () => picking || chosen.size > 0,
  pictures: () => [...chosen].flatMap((id) => image(id) ?? []),
  cardId: (at) => at?.closest("#wall .card")?.dataset.id ?? "",

  // --- choosing

  mark(card) {
    const on = chosen.has(card.dataset.id ?? "");
    card.classList.toggle("chosen", on);
    card.querySelector(".check")?.setAttribute("aria-checked", String(on));
  },

  choose(next, quiet) {
    chosen = next;
    for (const card of wall.querySelectorAll(".card")) mark(card);
    root.classList.toggle("choosing", choosing());
    if (!chosen.size) open = null;
    draw();
    clearTimeout(timer);
    if (!quiet) timer = setTimeout(() => announce(chosen.size ? `${count(chosen.size)} selected. Press A for what to do with them.` : "Nothing selected."), PAUSE_MS);
  },

  pickMany() {
    picking = true;
    choose(chosen, true);
    announce("Tap pictures to select them.");
  },

  clear(quiet) {
    const back = bar.contains(document.activeElement) && anchor;
    picking = false;
    choose(new Set(), quiet);
    if (back) focusCard(back);
  },

  all: () => choose(new Set(loaded())),

  prune() {
    const key = state.signedIn ? (state.list?.key ?? "") : "";
    const there = new Set(key === listKey ? loaded() : []);
    if (key !== listKey) picking = false;
    listKey = key;
    const next = chosen.intersection(there);
    if (next.size < chosen.size || !choosing()) choose(next, true);
    else draw();
  },

  take(id, range) {
    const ids = state.list?.ids ?? [];
    const [from = -1, to = -1] = [ids.indexOf(anchor), ids.indexOf(id)].sort((a, b) => a - b);
    if (!can(id) && !range) return announce("Only your own pictures can be selected.");
    if (range && from >= 0) return choose(new Set([...base, ...ids.slice(from, to + 1).filter(can)]));
    base = chosen.symmetricDifference(new Set([id]));
    anchor = id;
    choose(base);
  },

  drag(event) {
    const { button, pointerType, pageX, pageY, shiftKey, ctrlKey, metaKey } = event;
    if (button || pointerType !== "mouse" || target(event).closest(".hang, a, button, input, .note, .state") || !loaded().length) return;
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
    const stop = () => {
      end.abort();
      cancelAnimationFrame(frames);
      frame.remove();
      root.classList.remove("lassoing");
      base = chosen;
    };
    addEventListener("pointermove", (event) => {
      now = event;
      if (frames || Math.hypot(now.pageX - pageX, now.pageY - pageY) < SLACK) return;
      root.classList.add("lassoing");
      getSelection()?.removeAllRanges();
      document.body.append(frame);
      step();
    }, end);
    for (const sign of ["pointerup", "pointercancel"]) addEventListener(sign, stop, end);
  },

  // --- the bar

  draw() {
    bar.hidden = !choosing();
    if (bar.hidden) return;
    const some = pictures();
    said.textContent = chosen.size ? `${count(chosen.size)} selected` : "Tap pictures";
    need(".many-all", bar).hidden = chosen.size === loaded().length;
    need(".publish", bar).hidden = !some.some(({ published, status }) => !published && status === "ready");
    need(".unpublish", bar).hidden = some.length > 0 && !some.some(({ published }) => published);
    for (const tool of bar.querySelectorAll(".many-deeds button")) tool.disabled = !some.length || !progress.hidden;
    for (const tool of [category, tags]) tool.ariaExpanded = String(open === tool);
    panel.hidden = !open || !some.length;
    if (open === category) drawCategories(some);
    if (open === tags && !panel.querySelector("input:focus")) drawTags(some);
  },

  async deed(run) {
    if (!chosen.size || !progress.hidden) return;
    const at = bar.contains(document.activeElement);
    await run([...chosen]);
    if (!chosen.size) clear(true);
    else draw();
    if (at && !bar.contains(document.activeElement)) (chosen.size ? category : wall).focus({ preventScroll: true });
  },

  toggle(which) {
    open = open === which ? null : which;
    which.focus();
    draw();
    if (open) panel.querySelector("input, button")?.focus();
  },

  drawCategories(some) {
    const chips = state.categories?.categories.map(({ id, name }) => {
      const file = () => deed((ids) => change(ids, { set: { category: id } }, (n) => `Filed ${n} under ${name}.`)).then(() => open === category && toggle(open));
      const chip = button(name, file, "pick");
      chip.ariaPressed = String(some.every(({ category }) => category === id));
      return chip;
    });
    fill(panel, html`<div class="chips" role="group" aria-label="Category">${chips}</div>`);
  },

  drawTags(some) {
    const most = [...Map.groupBy(some.flatMap(({ tags }) => tags), (tag) => tag)].sort((a, b) => b[1].length - a[1].length).slice(0, MOST_TAGS);
    const form = copy("many-tags");
    form.addEventListener("submit", (event) => {
      const text = need("input", form).value.trim();
      event.preventDefault();
      if (text) void tag({ add_tags: [text] }, (n) => `Tagged ${n} “${text}”.`);
    });
    const off = most.map(([text, { length }]) => html`<li class="tag"><bdi>${text}</bdi><span class="count">${count(length)}</span>${cross(`Remove the tag ${text} from ${counted(length, "picture")}`, () => tag({ remove_tags: [text] }, (n) => `Took “${text}” off ${n}.`))}</li>`);
    fill(panel, form, off.length > 0 && html`<ul class="tags">${off}</ul>`);
  },

  async tag(changes, said) {
    await deed((ids) => change(ids, { set: {}, ...changes }, said));
    if (open !== tags) return;
    drawTags(pictures());
    panel.querySelector("input")?.focus();
  },

  press: (selector, run) => need(selector, bar).addEventListener("click", run),
};

const { can, loaded, choosing, pictures, cardId, mark, choose, clear, all, prune, take, drag, draw, deed, toggle, drawCategories, drawTags, tag, press } = module;
export const { pickMany } = module;

// --- all begins

sheet.start();

press(".clear", () => clear());
press(".many-all", all);
press("button.category", () => toggle(category));
press("button.tags", () => toggle(tags));
for (const [kind, run] of Object.entries({ publish, unpublish, download, remove })) press(`.${kind}`, () => deed((ids) => run(ids)));

watcher.progress = (done = 0, total = 0) => {
  progress.hidden = !total;
  need("i", progress).style.transform = `scaleX(${total ? done / total : 0})`;
  draw();
  if (total > 1) said.textContent = `${count(done)} of ${count(total)}`;
};

dress((card) => {
  const picture = image(card.dataset.id ?? "");
  if (!picture?.mine) return;
  const check = copy("check");
  check.ariaLabel = `Select ${name(picture)}`;
  card.querySelector(".hang")?.append(check);
  card.querySelector(".open")?.setAttribute("aria-keyshortcuts", "x");
  mark(card);
});

wall.addEventListener("click", (event) => {
  const at = target(event);
  if (!at.closest(".check") && !(choosing() && event.detail && at.closest(".open"))) return;
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
wall.addEventListener("keydown", (event) => {
  const id = cardId(target(event));
  if (!id || !event.shiftKey || !event.key.startsWith("Arrow")) return;
  if (!chosen.has(anchor) && can(id)) take(id, false);
  take(cardId(document.activeElement), true);
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
  else if (key === "a") category.focus();
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

export const startDesk = () => import("./desk.js");
export const takeFiles = sheet.take;
export const goOn = sheet.goOn;

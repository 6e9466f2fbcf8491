// What visitors never fetch: many pictures at once, chosen by control, key, range or rectangle; files on their way in, at most three at once, each
// picked up again after a lost connection or a page that was left; and the side sheet in which they become drafts.

import { announce, api, ApiError, asleep, background, button, copy, count, counted, cross, fill, follow, go, html, image, name, need, poll, reason, recount, remember, says, setOnline, settled, size, state, target, tell, trying, watch } from "./core.js";
import { closeModal, closeOnGround, modal, onKeys, openModal } from "./dialogs.js";
import { attempt, change, chipsField, download, forget, inherit, keep, note, noted, publish, remove, renew, retry, unpublish, watcher, wordsField } from "./facts.js";
import { dress, focusCard, touched } from "./main.js";

const IN_FLIGHT = 3;
const RETRY_MS = 4000;
const FULL_MS = 60000; // room is made by hands
const SENDING = ["queued", "asking", "sending", "lost"];
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

const sheet = need("dialog#sheet");
const rows = need(".rows", sheet);
const foot = need(".foot", sheet);
/** @type {UploadsHeld} */
const held = { uploads: [], rested: new Set(), rows: new Map(), binned: new Set() };
/** @type {Choice} */
let { chosen, base, open } = { chosen: new Set(), base: new Set(), open: null };
let picking = false;
let [anchor, listKey] = ["", ""];
let timer = 0;

/** @type {Owners & Uploads} */
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
    if (!can(id) && !range) return announce(says("not-yours"));
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
    if (at && !document.activeElement?.closest(".many, input, dialog")) (chosen.size ? category : wall).focus({ preventScroll: true });
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

  // --- files on their way

  those: (...now) => held.uploads.filter(({ state }) => now.includes(state)),

  update(upload, changes) {
    const before = upload.state;
    Object.assign(upload, changes);
    if (SENDING.includes(before) && !SENDING.includes(upload.state)) forget(upload.key);
    drawSheet();
  },

  push(fields) {
    /** @type {Upload} */
    const upload = { key: String(Math.random()), file: null, name: "", preview: "", state: "queued", progress: 0, error: "", id: "", kept: false, ...fields };
    held.uploads.push(upload);
    return upload;
  },

  add(files, known = []) {
    const added = Array.from(files, (file, at) => {
      const error = refusal(file);
      const preview = file.type.startsWith("image/") && !error ? URL.createObjectURL(file) : "";
      const one = push({ file, name: file.name || "Pasted picture", preview, state: error ? "refused" : "queued", error, ...known[at] });
      if (error) forget(one.key);
      else if (!one.kept) void keep(one.key, file).then((kept) => (one.kept = kept));
      return one;
    });
    drawSheet();
    pump();
    rest(...added.filter(({ error }) => error));
  },

  async resume(say) {
    await addDrafts().catch(() => {});
    let count = 0;
    if (state.signedIn) void inherit((left) => {
      const files = left.filter(({ key }) => !held.uploads.some(({ id }) => id === noted(key)) || forget(key));
      say((count += files.length));
      add(files.map(({ file }) => file), files.map(({ key }) => ({ key, id: noted(key) ?? "", kept: true })));
    });
  },

  refusal({ size }) {
    if (!size) return says("empty-file");
    return size > 25 * 1024 * 1024 ? says("too-large") : "";
  },

  async addDrafts() {
    const { images } = await api.drafts();
    remember(images);
    for (const draft of images.toReversed()) {
      if (draft.status === "waiting" || image(draft.id)?.published || held.binned.has(draft.id) || held.uploads.some(({ id }) => id === draft.id)) continue;
      addDraft(draft);
      if (!settled(draft)) poll([draft.id]);
    }
    drawSheet();
  },

  addDraft: (draft) => push({ key: draft.id, id: draft.id, name: draft.filename, progress: 1, ...standing(draft) }),

  drop(upload) {
    held.uploads = held.uploads.filter((one) => one !== upload);
    URL.revokeObjectURL(upload.preview);
    drawSheet();
  },

  again(upload) {
    update(upload, { state: "queued", error: "", progress: 0 });
    pump();
  },

  pump() {
    const free = IN_FLIGHT - those("asking", "sending").length;
    for (const upload of those("queued").slice(0, Math.max(0, free))) void carry(upload);
  },

  async carry(upload) {
    const { file, name } = upload;
    if (!file) return;
    update(upload, { state: "asking" });
    try {
      const sha256 = await digest(file);
      const asked = { filename: name.slice(-255), content_type: file.type || "application/octet-stream", bytes: file.size };
      const { image: picture, upload: form } = await api.requestUpload(sha256 ? { ...asked, sha256 } : asked);
      const { id } = picture;
      if (form) {
        note(upload.key, id);
        update(upload, { id, state: "sending" });
        await api.send(form, file, (progress) => update(upload, { progress }));
      }
      update(upload, id === upload.id ? { state: "analysing", progress: 1 } : { state: "duplicate", id });
      remember([picture]);
      poll([id]);
    } catch (error) {
      fail(upload, error);
    }
    pump();
  },

  fail(upload, failure) {
    if (failure instanceof ApiError && (failure.lost || !state.signedIn)) {
      const full = failure.code === "storage_full";
      update(upload, { state: "lost", error: !state.signedIn ? says("sign-in-again") : full ? says("full") : says("connection-lost") });
      if (full) announce(upload.error);
      if (!failure.status) setOnline(false);
      setTimeout(() => upload.state === "lost" && state.signedIn && again(upload), full ? FULL_MS : RETRY_MS);
      return;
    }
    const error = failure instanceof DOMException ? says("unreadable") : reason(failure);
    update(upload, { state: "refused", error });
    rest(upload);
  },

  async digest(file) {
    if (!globalThis.crypto?.subtle) return;
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },

  standing({ status, message, duplicate_of }) {
    if (status === "rejected") return duplicate_of ? { state: "duplicate", error: "" } : { state: "refused", error: message ?? says("refused") };
    if (status === "failed") return { state: "failed", error: message ?? says("our-fault") };
    return { state: status === "ready" ? "ready" : "analysing", error: "" };
  },

  rest(...some) {
    for (const upload of some) held.rested.add(upload);
    if (those("queued", "asking", "sending", "analysing").length) return;
    const drafts = [...held.rested].filter(({ state }) => state === "ready");
    const wrong = [...held.rested].filter(({ state }) => state === "refused" || state === "failed");
    const one = drafts.length === 1 ? `${drafts[0]?.name} is a draft now.` : drafts.length ? `${drafts.length} files are drafts now.` : "";
    if (one || wrong.length) announce([one, ...wrong.map(({ name, error }) => `${name}: ${error}`)].filter(Boolean).join(" "));
    held.rested.clear();
  },

  record: ({ id }) => image(id),

  // --- the sheet

  start() {
    sheet.addEventListener("close", closed);
    modal(sheet, close);
    closeOnGround(sheet, close);
    for (const button of sheet.querySelectorAll(".choose")) button.addEventListener("click", () => need("#files").click());
    watch(["categories"], () => held.rows.forEach((one) => one.categories()));
    addEventListener("beforeunload", (event) => {
      if (held.uploads.some(({ state, file, kept }) => SENDING.includes(state) && file && !kept)) event.preventDefault();
    });
  },

  async openDrafts() {
    openModal(sheet);
    drawSheet();
    await trying(addDrafts);
  },

  takeFiles(files) {
    openModal(sheet);
    add(files);
    announce(`${counted(files.length, "file")} added.`);
    addDrafts().catch(() => {}); // the files are what was wanted
  },

  goOn: () =>
    resume((files) => {
      const words = held.uploads.filter(({ id }) => (noted(id) ?? image(id)?.description) !== image(id)?.description).length;
      const said = [files && `${counted(files, "file")} on the way`, words && `unsaved words for ${counted(words, "draft")}`].filter(Boolean).join(", ");
      if (said) tell(`Here again: ${said}.`, "Show", () => void openDrafts());
    }),

  keepAll: () => held.rows.forEach((one) => one.keep()),

  close() {
    keepAll();
    closeModal(sheet);
  },

  closed() {
    closeModal(sheet);
    for (const upload of held.uploads) if (upload.state === "duplicate" || (upload.state === "refused" && !upload.id)) drop(upload);
  },

  rank: ({ state }) => (/refused|failed/.test(state) ? 0 : /lost|duplicate/.test(state) ? 1 : 2),

  drawSheet() {
    if (!sheet.open) return;
    const wanted = held.uploads.toSorted((a, b) => rank(a) - rank(b));
    for (const [key, one] of held.rows) {
      if (wanted.some((upload) => upload.key === key)) continue;
      one.stop();
      one.element.remove();
      held.rows.delete(key);
    }
    for (const [at, upload] of wanted.entries()) {
      const one = held.rows.get(upload.key) ?? row(upload);
      held.rows.set(upload.key, one);
      one.update();
      const there = rows.children[at] ?? null;
      if (there !== one.element && !one.element.contains(document.activeElement)) rows.insertBefore(one.element, there);
    }
    sheet.classList.toggle("has-rows", wanted.length > 0);
    drawFoot();
  },

  ready: () => held.uploads.filter(({ state }) => state === "ready"),

  drawFoot() {
    const busy = held.uploads.filter(({ state }) => SENDING.includes(state) || state === "analysing").length;
    const drafts = ready().length;
    const said = busy ? `${counted(busy, "file")} on the way` : `${counted(drafts, "draft")} kept on your Desk`;
    foot.hidden = !busy && !drafts;
    if (foot.dataset.drawn === said + drafts) return;
    foot.dataset.drawn = said + drafts;
    fill(foot, html`<span>${said}</span>`, drafts > 1 && button(`Publish all ${drafts}`, () => void trying(publishAll), "button publish-all"));
  },

  async publishAll() {
    keepAll();
    const all = ready();
    await publish(all.map(({ id }) => id), true);
    for (const upload of all) if (image(upload.id)?.published) drop(upload);
    if (!held.uploads.length) close();
  },

  applyToAll(category) {
    held.rows.forEach((one) => one.choose(category));
    announce("Applied to all.");
  },

  // --- a row

  row(upload) {
    const look = () => record(upload);
    const words = wordsField({ look, label: `What ${upload.name} shows`, save: (description) => attempt(upload.id, { description }) });
    const chips = chipsField((category) => attempt(upload.id, { category }));
    const release = async () => {
      void words.keep();
      await publish([upload.id], true);
      if (look()?.published) drop(upload);
    };
    const element = copy("row");
    const part = (name = "") => need(`.${name}`, element);
    part("name").textContent = upload.name;
    part("row-deeds").before(words.element, words.place, chips.element);
    fill(part("row-deeds"), button("Publish", release, "button small publish"), button("Apply category to all", () => applyToAll(need("input:checked", element).value)), button("Delete", () => bin(upload)));
    const categories = () => {
      const picture = look();
      if (picture) chips.update(picture);
    };
    const update = () => {
      const picture = look();
      drawThumb(part("thumb"), upload, picture);
      renew(part("status"), told(upload, picture));
      element.dataset.state = upload.state;
      part("progress").hidden = !["queued", "asking", "sending", "analysing"].includes(upload.state);
      need(".progress i", element).style.transform = `scaleX(${share(upload, picture)})`;
      renew(part("remedy"), remedies(upload));
      part("draft").hidden = upload.state !== "ready";
      if (!picture || upload.state !== "ready") return;
      words.update(picture);
      chips.update(picture);
    };
    const stop = follow(({ id }) => id === upload.id && update());
    const choose = (category = "") => void (upload.state === "ready" && look()?.category !== category && chips.choose(category));
    update();
    return { element, update, categories, choose, keep: words.keep, stop };
  },

  drawThumb(box, { preview }, picture) {
    const src = picture?.derivatives.thumb ?? preview;
    box.style.backgroundImage = background(picture?.placeholder ?? null);
    if (!src || box.querySelector("img")?.getAttribute("src") === src) return;
    const img = html`<img src=${src} alt="" width="96" height="96" />`;
    img.addEventListener("error", () => img.remove()); // not every browser shows HEIC before the server has opened it
    fill(box, img);
  },

  share({ state, progress }, picture) {
    if (state === "analysing") return 0.65 + 0.05 * Math.min(7, picture?.steps?.length ?? 0);
    return 0.05 + (state === "sending" ? 0.6 * progress : 0);
  },

  told({ state, file, error }, picture) {
    const taken = picture?.steps?.map(({ name, outcome }) => html`<span class=${outcome}>${says(`step-${name}`) || name}</span>`) ?? [];
    const steps = taken.length ? html`<span class="steps-line">${taken}</span>` : "Arriving";
    const ready = picture?.analysis === "waking" ? asleep() : file ? steps : "Draft";
    const sending = `Uploading ${file ? size(file.size) : ""}`;
    /** @type {Partial<Record<UploadState, Child>>} */
    const said = { queued: "Waiting its turn", asking: "Getting ready", sending, analysing: steps, ready, duplicate: "You have this already." };
    return said[state] ?? html`<span class="bad">${error}</span>`;
  },

  remedies(upload) {
    const { id, state } = upload;
    const dismiss = button("Dismiss", () => (id && state !== "duplicate" ? bin(upload) : drop(upload)));
    if (state === "duplicate") return [button("Show it", () => go({ image: id }, { opened: true })), dismiss];
    if (state === "failed") return [button("Try again", () => void trying(() => retry(id))), button("Delete", () => bin(upload))];
    if (state === "lost") return button("Try now", () => again(upload));
    return state === "refused" && [button("Choose another", () => replace(upload)), dismiss];
  },

  replace(upload) {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.addEventListener("change", () => {
      if (!input.files?.length) return;
      drop(upload);
      add(input.files);
    });
    input.click();
  },

  async bin(upload) {
    if (record(upload) && !(await remove([upload.id]))) return;
    drop(upload);
    held.binned.add(upload.id);
  },
};

const {
  can, loaded, choosing, pictures, cardId, mark, choose, clear, all, prune, take, drag, draw, deed, toggle, drawCategories, drawTags, tag, press,
  those, update, push, add, resume, refusal, addDrafts, addDraft, drop, again, pump, carry, fail, digest, standing, rest, record, keepAll, close, closed, rank, drawSheet, ready, drawFoot, publishAll, applyToAll, row, drawThumb, share, told, remedies, replace, bin, start,
} = module;
export const { pickMany, openDrafts, takeFiles, goOn } = module;

// --- all begins

start();

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

follow((picture) => {
  if (picture.status !== "ready" && held.binned.delete(picture.id)) addDraft(picture), drawSheet(); // brought back
  const upload = those("analysing", "ready", "failed").find(({ id }) => id === picture.id);
  const before = upload?.state;
  if (upload) update(upload, standing(picture));
  if (!upload || before === upload.state) return;
  rest(upload);
  void recount();
});
watch(["online", "signedIn"], () => state.online && state.signedIn && those("lost").forEach(again));

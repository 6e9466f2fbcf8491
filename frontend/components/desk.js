// The Desk: what waits for its owner, one picture at a time; one press settles it, and every step can be taken back.

import { announce, button, follow, go, html, image, need, place, remember, state, watch } from "../core.js";
import { REASONS, after, begin, bin, busy, change, heard, line, look, more, move, near, reasons, steps, tryAgain, undo, whole } from "../deskline.js";
import { api, recount, refresh } from "../gallery.js";
import { closeModal, modal, onKeys, openModal } from "../overlays.js";
import { asleep, counted, date, name, size } from "../words.js";
import { chipsField, glyphOf, large, modelsWords, renew, wordsField } from "./facts.js";
import { open as openDrafts } from "./sheet.js";

const OFF = "desk-keys-off";
const touch = matchMedia("(hover: none)");

/** What outlives the page, where a browser keeps anything. */
const kept = (() => {
  try {
    return localStorage;
  } catch {}
})();
let keysOn = !kept?.getItem(OFF);
let shown = "";
/** @type {Deed[]} */
let deeds = [];
/** Of near duplicates; null once gone. @type {Map<string, Maybe>} */
const twins = new Map();

const words = wordsField({ look, label: "Description" }); // what is typed is saved when the picture is settled or left
const chips = chipsField(file);
/** @param {string} kind @param {string} label @param {Act} press @param {string} [keys] */
const icon = (kind, label, press, keys) => html`<button type="button" class=${`icon ${kind}`} aria-label=${label} aria-keyshortcuts=${keys} @click=${press}>${glyphOf(kind)}</button>`;
const dialog = /** @type {HTMLDialogElement} */ (html`<dialog id="desk" class="desk-view" aria-labelledby="desk-title">
  <div class="desk-head">
    <h2 id="desk-title">Desk</h2><p class="desk-left"></p><p class="desk-said"></p>
    <div class="desk-tools">
      <button type="button" class="link all-drafts" hidden @click=${openDrafts}>All drafts</button>
      <button type="button" class="link desk-keys" @click=${switchKeys}>Keys</button>
      <button type="button" class="button quiet small undo" aria-keyshortcuts="z" @click=${takeBack}>Undo<kbd>Z</kbd></button>
      ${icon("previous", "Previous", () => step(-1), "ArrowLeft")}${icon("next", "Next", () => step(1), "ArrowRight j")}${icon("close", "Back to the wall", leave)}
    </div>
  </div>
  <p class="desk-away" hidden>The gallery can't be reached. Nothing is lost: what fails comes back into the line.</p>
  <div class="desk-stage"></div>
  <section class="desk-panel" tabindex="-1">
    <ul class="desk-why"></ul>
    <p class="standing"></p>
    <div class="own">${words.element}<p class="desk-hint"><kbd>Enter</kbd> <span></span> <kbd>Shift Enter</kbd> new line</p></div>
    ${words.place}<div class="sees"></div>${chips.element}<p class="desk-file" dir="auto"></p><div class="desk-deeds"></div>
  </section>
  <div class="desk-rest" hidden></div>
</dialog>`);
const part = (/** @type {string} */ name) => need(`.${name}`, dialog);
const panel = part("desk-panel");
const stage = part("desk-stage");
const rest = part("desk-rest");

function turn() {
  if (Boolean(state.route.desk) === dialog.open) return;
  document.title = dialog.open ? "SightSync" : "Desk · SightSync";
  if (!dialog.open) {
    openModal(dialog);
    shown = "";
    twins.clear();
    panel.focus();
    return void begin();
  }
  jot();
  closeModal(dialog);
  if (line.changed) void Promise.all([refresh(), recount()]);
}

function leave() {
  if (place().opened) history.back();
  else go({ desk: "" }, { replace: true });
}

/** What is typed and not saved yet. @param {Image} picture @returns {Changes} */
function typed({ id, description }) {
  const text = shown === id ? words.box.value.trim() : description;
  return text === description ? {} : { description: text };
}

/** Of a picture that is left as it waits. */
function jot() {
  const picture = look();
  const own = picture ? typed(picture) : {};
  if (own.description) change(line.id, own, "Saved");
}

/** @param {number} by */
function step(by) {
  const to = near(by);
  jot();
  if (to) move(to);
  say("");
}

/** @param {string} deed what was just done */
function say(deed) {
  const next = look();
  part("desk-said").textContent = deed;
  announce([deed && `${deed}.`, waits() ? `${waits()}.` : "Nothing waits.", next && `Now: ${why(next).join(", ")}. ${name(next)}.`].filter(Boolean).join(" "));
}

function takeBack() {
  twins.clear();
  const deed = undo();
  if (deed) say(`Taken back: ${deed.toLowerCase()}`);
}

function switchKeys() {
  keysOn = !keysOn;
  kept?.[keysOn ? "removeItem" : "setItem"](OFF, "1");
  announce(keysOn ? "Keys are on." : "Keys are off.");
  draw();
}

function waits() {
  const left = state.desk?.total ?? line.ids.length;
  return left ? counted(left, "picture waits", "pictures wait") : "";
}

// --- of near duplicates

/** What it is nearly the same as, while that is there. @param {Image} picture */
function twin({ checks, near_duplicate_of: id }) {
  if (!id || !checks.includes("near_duplicate")) return null;
  if (!twins.has(id)) {
    twins.set(id, image(id));
    void api.some([id]).then(({ images }) => {
      twins.set(id, images[0] ?? null);
      remember(images);
      draw();
    }, () => {});
  }
  return twins.get(id) ?? null;
}

/** @param {Image} picture whose twin is no more */
const alone = (picture) => !twin(picture) && twins.get(picture.near_duplicate_of ?? "") === null;

/** @param {Image} picture */
const why = (picture) => reasons(picture).map((one) => (one === "near_duplicate" && alone(picture) ? "The picture it was like is gone" : REASONS[one]));

/** The older and the newer, each with its end. @param {Image} picture @param {Image} other @returns {{one: Image, deed: Deed}[]} */
function halves(picture, other) {
  const pair = [picture, other].sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return pair.map((one, at) => ({ one, deed: { key: at ? "D" : "O", label: "Delete this", kind: "stage", run: () => drop(one.id, one === other ? picture : undefined) } }));
}

// --- what can be done

/** @param {Changes} changes @param {string} said */
function settle(changes, said) {
  change(line.id, changes, said);
  say(said);
}

/** @param {string} id @param {Image} [kept] of which it was the twin */
function drop(id, kept) {
  bin(id, "Deleted", kept);
  twins.set(id, null);
  say("Deleted");
}

/** Saves the words, publishes a draft, and goes on. */
function written() {
  const picture = look();
  if (!picture) return;
  const { description, published } = { ...picture, ...typed(picture) };
  if (!description) return announce("There are no words yet.");
  const changes = whole(picture, { ...typed(picture), ...(published ? {} : { published: true }) });
  if (Object.keys(changes).length) settle(changes, published ? "Saved" : "Published");
  else step(1);
}

/** @param {string} category */
function file(category) {
  const picture = look();
  if (!picture) return;
  const both = { ...typed(picture), category };
  settle(reasons(after(picture, both)).length ? { category } : both, `Filed under ${state.categories?.categories.find(({ id }) => id === category)?.name ?? category}`);
}

/** Whether it asks for words first of all. @param {Image} picture */
const wordless = (picture) => picture.checks.includes("no_words") && picture.status !== "failed" && !twin(picture);

/** What "keep" means for it. @param {Image} picture */
function keeping(picture) {
  const { checks } = picture;
  if (checks.includes("near_duplicate")) return alone(picture) ? "Keep it" : "Keep both";
  if (checks.includes("words_disagree")) return "Keep mine";
  if (checks.includes("no_words")) return "Leave wordless";
  return checks.includes("uncategorised") && "Leave uncategorised";
}

/** @param {Image} picture @returns {Deed[]} the first one is also what Enter does */
function possible(picture) {
  const { id, status, published, caption, checks, description } = picture;
  const lost = status === "failed";
  const other = twin(picture);
  const draft = reasons(picture).includes("drafts") && !lost;
  const keep = keeping(picture);
  const retry = () => {
    tryAgain(id, "Trying again");
    say("Trying again; it comes back here if it fails");
  };
  /** @type {(Deed | false | null | undefined)[]} */
  const list = [
    checks.includes("failed") && { key: "R", label: "Try again", run: retry },
    wordless(picture) && !draft && { key: "Enter", label: "Save", run: written },
    draft && { key: "P", label: other ? "Publish, keep both" : "Publish", run: () => settle(whole(picture, { published: true, ...typed(picture) }), "Published") },
    keep && !lost && (!draft || other) && { key: "K", label: keep, run: () => settle({ ...typed(picture), reviewed: true }, "Kept") },
    caption?.kind === "caption" && caption.text !== description && !other && !lost && {
      key: "A",
      kind: "sees",
      label: draft ? "Use these and publish" : "Use these words",
      run: () => settle({ description: caption.text, reviewed: true, ...(published ? {} : { published: true }) }, draft ? "Published with the model's words" : "The model's words are yours"),
    },
    !lost && { key: "E", label: "Edit", kind: wordless(picture) ? "none" : "", run: () => words.box.focus() },
    !other && { key: "D", label: "Delete", run: () => drop(id) },
    ...(other ? halves(picture, other).map(({ deed }) => deed) : []),
  ];
  return list.flatMap((deed) => deed || []);
}

/** @param {string} key @param {KeyboardEvent} event @param {Element} at */
function keys(key, { repeat, shiftKey }, at) {
  const by = { arrowleft: -1, arrowright: 1, j: shiftKey ? -1 : 1 }[key];
  const deed = key === "enter" ? at === panel && deeds[0] : deeds.find((one) => one.key.toLowerCase() === key);
  const category = deeds.some(({ key }) => key === "R") ? undefined : categories()[Number(key) - 1];
  if (!keysOn) return false;
  if (by) step(by);
  else if (repeat) return false; // a key held down settles one picture, not all
  else if (key === "z") takeBack();
  else if (category) file(category.id);
  else if (deed) deed.run();
  else return false;
  return true;
}

const categories = () => state.categories?.categories.filter(({ id }) => id !== "uncategorised") ?? [];

// --- what is seen

/** @param {Deed} deed @param {string} [kind] */
function press({ key, label }, kind = "button quiet") {
  const made = button(label, () => deeds.find((deed) => deed.key === key)?.run(), kind);
  made.append(html`<kbd>${key}</kbd>`);
  if (keysOn) made.setAttribute("aria-keyshortcuts", key.toLowerCase());
  return made;
}

function draw() {
  if (!dialog.open) return;
  const picture = look();
  part("desk-left").textContent = waits();
  part("desk-away").hidden = state.online;
  part("all-drafts").hidden = (state.desk?.drafts ?? 0) < 2;
  for (const [name, on] of Object.entries({ undo: steps.length, previous: near(-1), next: near(1) })) part(name).toggleAttribute("disabled", !on);
  part("desk-keys").ariaPressed = String(keysOn);
  dialog.classList.toggle("keyless", !keysOn);
  stage.hidden = panel.hidden = !picture;
  rest.hidden = Boolean(picture);
  drawRest(picture ? "" : line.state === "ready" && !busy() ? "clear" : line.state);
  const fresh = picture?.id !== shown;
  shown = picture?.id ?? "";
  if (!picture) return;
  drawStage(picture);
  drawPanel(picture);
  if (!fresh) return;
  panel.scrollTop = dialog.scrollTop = 0;
  (wordless(picture) && !touch.matches ? words.box : panel).focus({ preventScroll: true });
  const next = look(near(1) ?? "")?.derivatives.display;
  if (next) new window.Image().src = next;
}

/** Nothing at hand. @param {string} kind loading, failed, or all is done */
function drawRest(kind) {
  const says = (/** @type {string} */ large, /** @type {string} */ small, /** @type {Child} */ act) => [large && html`<p class="large-words">${large}</p>`, html`<p class="quiet">${small}</p>`, act];
  /** @type {Record<string, Child>} */
  const what = {
    clear: says("Your desk is clear.", "Nothing waits for you. Go and look at your pictures.", button("Back to the wall", leave, "button")),
    failed: says("What waits here didn't come.", line.error, button("Try again", () => void more(), "button")),
    loading: says("", "Looking for what waits…", null),
  };
  if (renew(rest, what[kind]) && kind) (rest.querySelector("button") ?? panel).focus();
}

/** @param {Image} picture */
function drawPanel(picture) {
  const { analysis, bytes, checks, created_at, filename, height, published, status, width } = picture;
  const lost = status === "failed"; // the stage says so then
  panel.ariaLabel = `${why(picture).join(", ")}: ${name(picture)}`;
  renew(part("desk-why"), why(picture).map((reason) => html`<li>${reason}</li>`));
  part("standing").textContent = checks.includes("failed") && !lost ? "The reader failed on this picture." : analysis === "waking" ? asleep() : "";
  part("desk-hint span").textContent = published ? "saves and goes on" : "saves and publishes";
  part("desk-file").textContent = [filename, width && `${width} × ${height}`, size(bytes), date(created_at)].filter(Boolean).join(" · ");
  for (const one of [part("own"), words.place, part("sees"), chips.element]) one.hidden = lost;
  deeds = possible(picture);
  words.update(picture);
  chips.update(picture);
  const at = (/** @type {string} */ kind) => deeds.filter((deed) => (deed.kind ?? "") === kind);
  renew(part("sees"), modelsWords(picture, at("sees").map((deed) => press(deed, "button quiet small"))));
  renew(part("desk-deeds"), at("").map((deed, i) => press(deed, i ? "button quiet" : "button")));
}

/** @param {Image} picture */
function drawStage(picture) {
  const other = twin(picture);
  stage.classList.toggle("pair", Boolean(other));
  renew(stage, other ? halves(picture, other).map(({ one, deed }) => html`<figure>${large(one)}<figcaption><span><b>${deed.key === "D" ? "Newer" : "Older"}</b> ${one.width} × ${one.height}, ${size(one.bytes)}</span>${press(deed, "button quiet small")}</figcaption></figure>`) : large(picture));
}

// --- all begins

document.body.append(dialog);
modal(dialog, leave);
words.box.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") panel.focus();
  else if (event.key === "Enter" && !event.shiftKey && !event.repeat) written();
  else return;
  event.preventDefault();
});
onKeys(dialog, keys);
addEventListener("beforeunload", (event) => busy() && event.preventDefault());
line.draw = draw;
watch(["route"], turn);
watch(["desk", "online", "categories", "health"], draw);
follow((picture) => {
  if (!dialog.open) return;
  if (twins.has(picture.id)) twins.set(picture.id, picture);
  heard(picture);
});

// The Desk: what waits for its owner, one picture at a time, large. One press settles one; every step can be taken back.

import { after, keeping, reasons, whole } from "../desk.js";
import { begin, bin, busy, change, heard, line, look, more, move, onLine, retry, steps, undo } from "../deskline.js";
import { recount, refresh } from "../gallery.js";
import { fill, html, need } from "../html.js";
import { closeModal, openModal } from "../overlays.js";
import { go, place } from "../router.js";
import { follow, state, watch } from "../store.js";
import { announce } from "../voice.js";
import { alternative, asleep, counted, date, name, size } from "../words.js";
import { alone, halves, large, onTwins, press, said, twin, twins } from "./deskparts.js";
import { verdict } from "./match.js";
import { drawChips } from "./pieces.js";
import { open as openDrafts } from "./sheet.js";
import { wordsField } from "./wordsfield.js";

/** @typedef {import("./deskparts.js").Deed} Deed */

const OFF = "desk-keys-off";
const touch = matchMedia("(hover: none)");

const dialog = /** @type {HTMLDialogElement} */ (html`<dialog id="desk" class="desk-view" aria-labelledby="desk-title">
  <div class="desk-head">
    <h2 id="desk-title">Desk</h2><p class="desk-left"></p><p class="desk-said"></p>
    <div class="desk-tools">
      <button type="button" class="link all-drafts" hidden @click=${() => void openDrafts()}>All drafts</button>
      <button type="button" class="link desk-keys" aria-pressed="true" @click=${switchKeys}>Keys</button>
      <button type="button" class="button quiet small undo" aria-keyshortcuts="z" disabled @click=${takeBack}>Undo<kbd>Z</kbd></button>
      <button type="button" class="icon previous" aria-label="Previous" aria-keyshortcuts="ArrowLeft" @click=${() => step(-1)}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m10 3-5 5 5 5" /></svg></button>
      <button type="button" class="icon next" aria-label="Next" aria-keyshortcuts="ArrowRight j" @click=${() => step(1)}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m6 3 5 5-5 5" /></svg></button>
      <button type="button" class="icon close" aria-label="Back to the wall" @click=${leave}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m3.5 3.5 9 9m0-9-9 9" /></svg></button>
    </div>
  </div>
  <p class="desk-away" hidden>The gallery can't be reached. Nothing is lost: what fails comes back into the line.</p>
  <div class="desk-stage"></div>
  <section class="desk-panel" tabindex="-1"></section>
  <div class="desk-rest" hidden></div>
</dialog>`);
const part = (/** @type {string} */ selector) => need(selector, dialog);
const panel = part(".desk-panel");
const stage = part(".desk-stage");

let keysOn = true;
let shown = "";
/** @type {Deed[]} */
let deeds = [];
/** @type {ReturnType<typeof wordsField> | null} */
let words = null;
export function start() {
  document.body.append(dialog);
  keysOn = !kept()?.getItem(OFF);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("keydown", keys);
  addEventListener("beforeunload", (event) => busy() && event.preventDefault());
  onLine(draw);
  onTwins(draw);
  watch(["route"], turn);
  watch(["desk", "online", "categories", "health"], () => dialog.open && draw());
  follow((picture) => {
    if (!dialog.open) return;
    if (twins.has(picture.id)) twins.set(picture.id, picture);
    heard(picture);
  });
}

export const open = () => go({ desk: "1" }, { opened: true });

function turn() {
  if (Boolean(state.route.desk) === dialog.open) return;
  if (!dialog.open) {
    openModal(dialog);
    document.title = "Desk · SightSync";
    shown = "";
    twins.clear();
    panel.focus();
    return void begin();
  }
  jot();
  closeModal(dialog);
  document.title = "SightSync";
  if (line.changed) void Promise.all([refresh(), recount()]);
}

function leave() {
  if (place().opened) history.back();
  else go({ desk: "" }, { replace: true });
}

/** What is typed and not saved yet. @param {Image} picture @returns {Changes} */
function typed(picture) {
  const text = words?.box.value.trim() ?? picture.description;
  return text === picture.description ? {} : { description: text };
}

/** Saves what was typed on a picture that is left as it waits. */
function jot() {
  const picture = look();
  if (!picture || shown !== picture.id) return;
  const own = typed(picture);
  if (own.description) change(picture.id, own, "Saved");
}

/** @param {number} by */
function step(by) {
  jot();
  const to = line.at + by;
  if (to >= 0 && to < line.ids.length) move(to);
  say("");
}

/** @param {string} deed what was just done */
function say(deed) {
  const left = state.desk?.total ?? 0;
  const next = look();
  part(".desk-said").textContent = deed;
  announce([deed && `${deed}.`, left ? `${waits(left)}.` : "Nothing waits.", next && `Now: ${said(next).join(", ")}. ${name(next)}.`].filter(Boolean).join(" "));
}

function takeBack() {
  twins.clear();
  const deed = undo();
  if (deed) say(`Taken back: ${deed.toLowerCase()}`);
}

/** What outlives the page; null in a browser that keeps nothing. */
function kept() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function switchKeys() {
  keysOn = !keysOn;
  kept()?.[keysOn ? "removeItem" : "setItem"](OFF, "1");
  announce(keysOn ? "Keys are on." : "Keys are off.");
  draw();
}

// --- what can be done

/** @param {number} left */
const waits = (left) => counted(left, "picture waits", "pictures wait");

/** @param {Image} picture @param {Changes} changes @param {string} said */
function settle(picture, changes, said) {
  change(picture.id, changes, said);
  say(said);
}

/** @param {Image} picture @returns {Deed[]} the first one is also what Enter does */
function possible(picture) {
  const { id, status, published, caption, checks, description } = picture;
  const found = reasons(picture);
  /** @type {Deed[]} */
  const list = [];
  const other = twin(picture);
  const draft = found.includes("drafts") && status !== "failed";
  if (checks.includes("failed")) list.push({ key: "R", label: "Try again", run: () => (retry(id, "Trying again"), say("Trying again; it comes back here if it fails")) });
  const wordless = found.includes("no_words") && !other;
  if (wordless && !draft && status !== "failed") list.push({ key: "Enter", label: "Save", run: () => written(picture) });
  if (draft) list.push({ key: "P", label: other ? "Publish, keep both" : "Publish", run: () => settle(picture, whole(picture, { published: true, ...typed(picture) }), "Published") });
  const keep = alone(picture) ? "Keep it" : keeping(found);
  if (keep && status !== "failed" && (!draft || other)) list.push({ key: "K", label: keep, run: () => settle(picture, { ...typed(picture), reviewed: true }, "Kept") });
  if (caption?.kind === "caption" && caption.text !== description && !other && status !== "failed") {
    const accept = () => settle(picture, { description: caption.text, reviewed: true, ...(published ? {} : { published: true }) }, draft ? "Published with the model's words" : "The model's words are yours");
    list.push({ key: "A", label: draft ? "Use these and publish" : "Use these words", run: accept, kind: "accept" });
  }
  if (status !== "failed") list.push({ key: "E", label: "Edit", run: () => words?.box.focus(), kind: wordless ? "hidden" : "edit" });
  if (!other) list.push({ key: "D", label: "Delete", run: () => drop(id) });
  else for (const [key, one, rest] of halves(picture, other)) list.push({ key, label: key === "D" ? "Delete the newer" : "Delete the older", run: () => lose(one, rest, picture), kind: key });
  return list;
}

/** @param {string} id @param {string} [kept] the one that it was nearly the same as */
function drop(id, kept) {
  bin(id, "Deleted", kept);
  twins.set(id, null);
  say("Deleted");
}

/** @param {Image} one to go @param {Image} rest @param {Image} picture the one that waits */
function lose(one, rest, picture) {
  drop(one.id, one === picture ? undefined : rest.id);
}

/** The words are written: saved, published if it is a draft, and on to the next. @param {Image} picture */
function written(picture) {
  const own = typed(picture);
  const draft = !picture.published;
  if (!(own.description ?? picture.description)) return announce("There are no words yet.");
  const changes = whole(picture, { ...own, ...(draft ? { published: true } : {}) });
  if (Object.keys(changes).length) settle(picture, changes, draft ? "Published" : "Saved");
  else step(1);
}

/** @param {Image} picture @param {string} category */
function file(picture, category) {
  const both = { ...typed(picture), category };
  const leaves = !reasons(after(picture, both)).length;
  settle(picture, leaves ? both : { category }, `Filed under ${state.categories?.categories.find(({ id }) => id === category)?.name ?? category}`);
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const at = /** @type {HTMLElement} */ (event.target);
  const picture = look();
  if (event.isComposing || event.defaultPrevented) return;
  if (picture && at === words?.box) {
    if (event.key === "Escape") panel.focus();
    else if (event.key === "Enter" && !event.shiftKey && !event.repeat) written(picture);
    else return;
  } else if (event.altKey || event.ctrlKey || event.metaKey) return;
  else if (!keysOn || !pressed(event, at, picture)) return;
  event.preventDefault();
}

/** @param {KeyboardEvent} event @param {HTMLElement} at @param {Image | undefined} picture @returns {boolean} whether the key meant something */
function pressed(event, at, picture) {
  const key = event.key.toUpperCase();
  const arrow = { ARROWLEFT: -1, ARROWRIGHT: 1, J: event.shiftKey ? -1 : 1 }[key];
  if (arrow && !(key !== "J" && at.matches("input"))) return step(arrow), true;
  if (event.repeat) return false; // a key held down settles one picture, not all
  if (key === "Z") return takeBack(), true;
  if (!picture) return false;
  const category = /^[1-9]$/.test(key) && !deeds.some((deed) => deed.key === "R") && categories()[Number(key) - 1];
  if (category) return file(picture, category.id), true;
  const deed = key === "ENTER" ? at === panel && deeds[0] : deeds.find((one) => one.key === key);
  if (!deed) return false;
  deed.run();
  return true;
}

const categories = () => (state.categories?.categories ?? []).filter(({ id }) => id !== "uncategorised");

// --- what is seen

function draw() {
  if (!dialog.open) return;
  const picture = look();
  const left = state.desk?.total ?? line.ids.length;
  part(".desk-left").textContent = left ? waits(left) : "";
  part(".desk-away").hidden = state.online;
  part(".all-drafts").hidden = (state.desk?.drafts ?? 0) < 2;
  part(".undo").toggleAttribute("disabled", !steps.length);
  part(".previous").toggleAttribute("disabled", line.at <= 0);
  part(".next").toggleAttribute("disabled", line.at >= line.ids.length - 1);
  part(".desk-keys").setAttribute("aria-pressed", String(keysOn));
  dialog.classList.toggle("keyless", !keysOn);
  stage.hidden = panel.hidden = !picture;
  part(".desk-rest").hidden = Boolean(picture);
  if (!picture) return rest();
  const other = twin(picture);
  if (picture.id !== shown) begun(picture, other);
  else renewed(picture, other);
  shown = picture.id;
}

/** Nothing at hand: loading, failed, or all is done. */
function rest() {
  shown = "";
  words = null;
  const kind = line.state === "ready" && !busy() ? "clear" : line.state;
  const box = part(".desk-rest");
  if (box.dataset.kind === kind) return;
  box.dataset.kind = kind;
  const again = html`<button type="button" class="button" @click=${() => void more()}>Try again</button>`;
  const back = html`<button type="button" class="button" @click=${leave}>Back to the wall</button>`;
  if (kind === "clear") fill(box, html`<p class="large-words">Your desk is clear.</p>`, html`<p class="quiet">Nothing waits for you. Go and look at your pictures.</p>`, back);
  else if (kind === "failed") fill(box, html`<p class="large-words">What waits here didn't come.</p>`, html`<p class="quiet">${line.error}</p>`, again);
  else fill(box, html`<p class="quiet">Looking for what waits…</p>`);
  (box.querySelector("button") ?? panel).focus();
}

/** @param {Image} picture @param {Image | null} other */
function begun(picture, other) {
  part(".desk-rest").dataset.kind = "";
  const { id, filename, width, height, bytes, created_at } = picture;
  const box = (words = wordsField({
    id: () => id,
    value: picture.description,
    label: "Description",
    placeholder: "Say what it shows",
    save: () => Promise.resolve(false), // the Desk saves when the picture is settled or left
    live: (match) => drawMatch(match === undefined ? (look(id)?.match ?? null) : match),
  })).box;
  const draft = !picture.published;
  fill(
    panel,
    html`<ul class="desk-why"></ul>`,
    html`<p class="standing"></p>`,
    html`<div class="own">${words.element}<p class="desk-hint"><kbd>Enter</kbd> ${draft ? "saves and publishes" : "saves and goes on"} <kbd>Shift Enter</kbd> new line</p></div>`,
    html`<div class="verdict-place"></div>`,
    html`<div class="sees"></div>`,
    html`<div class="chips-place"></div>`,
    html`<p class="desk-file" dir="auto">${[filename, width && `${width} × ${height}`, size(bytes), date(created_at)].filter(Boolean).join(" · ")}</p>`,
    html`<div class="desk-deeds"></div>`,
  );
  panel.dataset.seen = stage.dataset.seen = "";
  renewed(picture, other);
  panel.scrollTop = 0;
  dialog.scrollTop = 0;
  const write = reasons(picture).includes("no_words") && !other && picture.status !== "failed" && !touch.matches;
  (write ? box : panel).focus({ preventScroll: true });
  const next = look(line.ids[line.at + 1] ?? "")?.derivatives.display;
  if (next) new Image().src = next;
}

/** @param {Image} picture @param {Image | null} other */
function renewed(picture, other) {
  const seen = JSON.stringify([picture, other?.version, alone(picture), state.categories?.categories.length, keysOn]);
  if (panel.dataset.seen === seen) return;
  panel.dataset.seen = seen;
  panel.setAttribute("aria-label", `${said(picture).join(", ")}: ${name(picture)}`);
  drawStage(picture, other);
  fill(part(".desk-why"), said(picture).map((reason) => html`<li>${reason}</li>`));
  const failed = picture.checks.includes("failed");
  const lost = picture.status === "failed"; // the stage says so then
  part(".standing").textContent = failed && !lost ? "The reader failed on this picture." : picture.analysis === "waking" ? asleep() : "";
  for (const one of [".own", ".verdict-place", ".sees", ".chips-place"]) part(one).hidden = lost;
  words?.refresh(picture.description);
  if (words && words.box.value.trim() === picture.description) drawMatch(picture.match);
  deeds = possible(picture);
  const accept = deeds.find(({ kind }) => kind === "accept");
  fill(part(".sees"), picture.caption && html`<h3>${picture.caption.kind === "caption" ? "What the model sees" : "Looks"}</h3>`, picture.caption && html`<p>${picture.caption.text}</p>`, accept && press(accept, "button quiet small", keysOn));
  drawChips(part(".chips-place"), picture, (category) => file(/** @type {Image} */ (look()), category));
  const [first, ...others] = deeds.filter(({ kind = "" }) => !["accept", "hidden", "D", "O"].includes(kind));
  fill(part(".desk-deeds"), first && press(first, "button", keysOn), others.map((deed) => press(deed, "button quiet", keysOn)));
}

/** @param {Match | null} match */
function drawMatch(match) {
  const pending = match?.reason === "pending";
  words?.show(pending ? null : match);
  fill(part(".verdict-place"), verdict(pending ? null : match, { pending: pending ? "Being compared with the picture…" : "" }));
}

/** @param {Image} picture @param {Image | null} other */
function drawStage(picture, other) {
  const seen = JSON.stringify([picture.id, picture.derivatives.display, alternative(picture), other?.id, other?.derivatives.display, keysOn]);
  if (stage.dataset.seen === seen) return;
  stage.dataset.seen = seen;
  stage.classList.toggle("pair", Boolean(other));
  if (!other) return fill(stage, large(picture));
  fill(stage, halves(picture, other).map(([key, one, rest]) => {
    const side = key === "D" ? "Newer" : "Older";
    return html`<figure>${large(one)}<figcaption><span><b>${side}</b> ${one.width} × ${one.height}, ${size(one.bytes)}</span>${press({ key, label: "Delete this", run: () => lose(one, rest, /** @type {Image} */ (look())) }, "button quiet small", keysOn)}</figcaption></figure>`;
  }));
}

// One file in the sheet: its picture, how far it is, its words with their match, its category, and Publish.

import { attempt, publish, remove, retry } from "../edits.js";
import { fill, html, need } from "../html.js";
import { go } from "../router.js";
import { follow, state } from "../store.js";
import { add, again, drop, record } from "../uploads.js";
import { background } from "../thumbhash.js";
import { trying } from "../voice.js";
import { STEPS, asleep, size } from "../words.js";
import { button } from "./controls.js";
import { verdict } from "./match.js";
import { choose as mark, drawChips } from "./pieces.js";
import { wordsField } from "./wordsfield.js";

/** @typedef {{element: HTMLElement, update: () => void, categories: () => void, choose: (category: string) => void, keep: () => void, stop: () => void}} Row */

/** @param {Upload} upload @param {(category: string) => void} applyToAll @returns {Row} */
export function row(upload, applyToAll) {
  const element = html`<li class="row">
    <div class="thumb"></div>
    <div class="told">
      <p class="name" dir="auto">${upload.name}</p>
      <p class="status"></p>
      <div class="progress" hidden><i></i></div>
      <div class="draft" hidden>
        <div class="words-place"></div>
        <div class="verdict-place"></div>
        <div class="chips-place"></div>
        <div class="row-deeds"><button type="button" class="button small publish">Publish</button><button type="button" class="link apply">Apply category to all</button><button type="button" class="link remove">Delete</button></div>
      </div>
      <div class="remedy"></div>
    </div>
  </li>`;
  const part = (/** @type {string} */ name) => need(`.${name}`, element);
  const words = wordsField({
    id: () => upload.id,
    value: record(upload)?.description ?? "",
    label: `What ${upload.name} shows`,
    placeholder: "Say what it shows",
    save: (description) => {
      typed = false;
      return attempt(upload.id, { description });
    },
    live: (match) => {
      typed = match !== undefined;
      if (!typed) words.show(record(upload)?.match);
      fill(part("verdict-place"), verdict((typed ? match : record(upload)?.match) ?? null));
    },
  });
  let typed = false;
  let drawn = "";
  fill(part("words-place"), words.element);
  const chosen = () => element.querySelector("input:checked")?.getAttribute("value") ?? record(upload)?.category ?? "";
  part("publish").addEventListener("click", () => void release(upload, words.keep));
  part("apply").addEventListener("click", () => applyToAll(chosen()));
  part("remove").addEventListener("click", () => void bin(upload));

  const categories = () => {
    const picture = record(upload);
    if (picture) drawChips(part("chips-place"), picture, (category) => attempt(upload.id, { category }));
  };
  const update = () => {
    const picture = record(upload);
    const seen = JSON.stringify([upload, picture?.version, picture?.steps?.length, state.health?.vision.last_wake_s]);
    if (seen === drawn) return;
    drawn = seen;
    drawThumb(part("thumb"), upload, picture);
    fill(part("status"), ...standing(upload, picture));
    element.dataset.state = upload.state;
    const sending = ["queued", "asking", "sending", "analysing"].includes(upload.state);
    part("progress").hidden = !sending;
    /** @type {HTMLElement} */ (part("progress").firstElementChild).style.transform = `scaleX(${progress(upload, picture)})`;
    fill(part("remedy"), ...remedies(upload));
    part("draft").hidden = upload.state !== "ready";
    if (!picture || upload.state !== "ready") return;
    words.refresh(picture.description);
    if (!typed) {
      const pending = picture.match?.reason === "pending";
      words.show(pending ? null : picture.match);
      fill(part("verdict-place"), verdict(pending ? null : picture.match, { pending: pending ? "Being compared with the picture…" : "" }));
    }
    categories();
  };
  const stop = follow((picture) => picture.id === upload.id && update());
  update();
  return { element, update, categories, choose: (category) => choose(upload, element, category), keep: words.keep, stop };
}

/** @param {Upload} upload @param {Element} element @param {string} category */
function choose(upload, element, category) {
  const picture = record(upload);
  if (!picture || upload.state !== "ready" || picture.category === category) return;
  mark(element, category);
  void attempt(upload.id, { category });
}

/** The file's own pixels where the browser can show them, else what the server made of it. @param {HTMLElement} box @param {Upload} upload @param {Image | undefined} picture */
function drawThumb(box, upload, picture) {
  const src = picture?.derivatives.thumb ?? upload.preview;
  box.style.backgroundImage = background(picture?.placeholder ?? null);
  if (!src || box.querySelector("img")?.getAttribute("src") === src) return;
  const img = html`<img src=${src} alt="" width="96" height="96" />`;
  img.addEventListener("error", () => img.remove()); // not every browser shows HEIC before the server has opened it
  fill(box, img);
}

/** @param {Upload} upload @param {Image | undefined} picture */
function progress(upload, picture) {
  if (upload.state === "sending") return 0.05 + 0.6 * upload.progress;
  if (upload.state === "analysing") return 0.65 + 0.05 * Math.min(7, picture?.steps?.length ?? 0);
  return 0.05;
}

/** @param {Upload} upload @param {Image | undefined} picture */
function standing(upload, picture) {
  switch (upload.state) {
    case "queued":
      return ["Waiting its turn"];
    case "asking":
      return ["Getting ready"];
    case "sending":
      return [`Uploading ${upload.file ? size(upload.file.size) : ""}`];
    case "analysing":
      return [steps(picture)];
    case "ready":
      return [picture?.analysis === "waking" ? asleep() : upload.file ? steps(picture) : "Draft"];
    case "duplicate":
      return ["You have this already."];
    default:
      return [html`<span class="bad">${upload.error}</span>`];
  }
}

/** The steps that have been taken. @param {Image | undefined} picture */
function steps(picture) {
  const taken = picture?.steps ?? [];
  if (!taken.length) return "Arriving";
  return html`<span class="steps-line">${taken.map(({ name, outcome }) => html`<span class=${outcome}>${STEPS[name] ?? name}</span>`)}</span>`;
}

/** @param {Upload} upload */
function remedies(upload) {
  switch (upload.state) {
    case "duplicate":
      return [button("Show it", () => go({ image: upload.id }, { opened: true })), button("Dismiss", () => drop(upload))];
    case "failed":
      return [button("Try again", () => void trying(() => retry(upload.id))), button("Delete", () => void bin(upload))];
    case "lost":
      return [button("Try now", () => again(upload))];
    case "refused":
      return [button("Choose another", () => replace(upload)), button("Dismiss", () => (upload.id ? void bin(upload) : drop(upload)))];
    default:
      return [];
  }
}

/** @param {Upload} upload */
function replace(upload) {
  const input = /** @type {HTMLInputElement} */ (html`<input type="file" accept="image/*" />`);
  input.addEventListener("change", () => {
    if (!input.files?.length) return;
    drop(upload);
    add(input.files);
  });
  input.click();
}

/** @param {Upload} upload @param {() => void} keep */
function release(upload, keep) {
  keep();
  return trying(async () => {
    await publish([upload.id]);
    drop(upload);
  });
}

/** @param {Upload} upload */
function bin(upload) {
  const picture = record(upload);
  if (!picture) return drop(upload);
  return trying(async () => {
    await remove(picture);
    drop(upload);
  });
}

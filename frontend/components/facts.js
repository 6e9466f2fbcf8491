// The sidebar of one picture: its owner's words, how they match, what the model sees, and all there is to know.

import * as api from "../api.js";
import { attempt, publish, remove, retry, unpublish } from "../edits.js";
import { fill, html, need } from "../html.js";
import { go } from "../router.js";
import { image, remember, state } from "../store.js";
import { trying } from "../voice.js";
import { STEPS, asleep, date, size, why } from "../words.js";
import { button, link } from "./controls.js";
import { marked, verdict } from "./match.js";
import { drawChips, paletteBar, tagsField, thumbs } from "./pieces.js";
import { share } from "./show.js";
import { wordsField } from "./wordsfield.js";

/** @typedef {{element: HTMLElement, update: (picture: Image) => void, keep: () => void}} Facts `keep` saves what is being typed */

const ALIKE = 6;

/** @param {Image} picture @returns {Facts} */
export function facts(picture) {
  const element = html`<div class="facts">
    <div class="head"></div>
    <p class="here"></p>
    <div class="own"></div>
    <div class="verdict-place"></div>
    <section class="sees"></section>
    <section class="tags-place"></section>
    <section class="palette-place"></section>
    <section class="category-place"></section>
    <section class="credit-place"></section>
    <section class="alike-place" hidden></section>
    <details class="more-facts"><summary>Steps, file, measurement</summary><div></div></details>
    <div class="deeds"></div>
  </div>`;
  const part = (/** @type {string} */ name) => need(`.${name}`, element);
  fill(part("here"), why(state.list?.hits.get(picture.id)));
  const own = picture.mine ? ownerWords(picture, part("verdict-place")) : null;
  if (own) fill(part("own"), own.title, own.words.element);
  const draw = (/** @type {Image} */ now) => {
    fill(part("head"), ...standing(now));
    if (own) own.update(now);
    else fill(part("own"), now.title && html`<h2 class="title" dir="auto">${now.title}</h2>`, now.description && html`<p class="description" dir="auto">${marked(now.description, now.match)}</p>`);
    if (!own?.typing()) fill(part("verdict-place"), verdict(measured(now), { pending: pending(now), measured: true, caption: now.caption?.text ?? "" }));
    fill(part("sees"), ...seen(now));
    if (!part("tags-place").querySelector("input")?.value) fill(part("tags-place"), tagsField(now)); // not what is being typed
    fill(part("palette-place"), paletteBar(now.palette));
    drawCategory(part("category-place"), now);
    if (!part("credit-place").contains(document.activeElement)) fill(part("credit-place"), ...credit(now));
    fill(need(".more-facts > div", element), ...details(now));
    fill(part("deeds"), ...deeds(now));
  };
  draw(picture);
  void alike(picture.id, part("alike-place"));
  return { element, update: draw, keep: () => own?.keep() };
}

/** Title and description that are written in place. @param {Image} picture @param {HTMLElement} place */
function ownerWords(picture, place) {
  const { id } = picture;
  const title = /** @type {HTMLInputElement} */ (html`<input class="title" dir="auto" maxlength="120" aria-label="Title" placeholder="Add a title" .value=${picture.title} />`);
  let savedTitle = picture.title;
  const keepTitle = async () => {
    const text = title.value.trim();
    if (text !== savedTitle && (await attempt(id, { title: text }))) savedTitle = text;
  };
  title.addEventListener("change", keepTitle);
  title.addEventListener("keydown", (event) => {
    if (event.key === "Enter") void keepTitle();
  });
  let typed = false;
  const words = wordsField({
    id: () => id,
    value: picture.description,
    label: "Description",
    placeholder: "Say what it shows",
    save: (description) => {
      typed = false;
      return attempt(id, { description });
    },
    live: (match) => {
      typed = match !== undefined;
      const now = image(id);
      const shown = typed ? match : now?.match;
      if (!typed) words.show(now?.match);
      fill(place, verdict(shown ?? null, { measured: true, caption: now?.caption?.text ?? "" }));
    },
  });
  return {
    title,
    words,
    typing: () => typed,
    keep: () => (void keepTitle(), words.keep()),
    update(/** @type {Image} */ now) {
      if (title.value.trim() === savedTitle && document.activeElement !== title) title.value = now.title;
      savedTitle = now.title;
      words.refresh(now.description);
      if (!typed) words.show(now.match);
    },
  };
}

/** Draft, failure, a model asleep. @param {Image} picture */
function standing(picture) {
  const { id, mine, status, published, message, analysis, sample } = picture;
  return [
    mine && status === "ready" && !published && html`<p class="standing">A draft: only you see it.</p>`,
    status === "rejected" && html`<p class="standing bad">${message}</p>`,
    (status === "failed" || (status === "ready" && analysis === "failed" && mine)) &&
      html`<p class="standing bad">${message ?? "The reader failed on this picture."} ${button("Try again", () => void trying(() => retry(id)))}</p>`,
    analysis === "waking" && html`<p class="standing">${asleep()}</p>`,
    sample && html`<p class="standing">A sample, drawn by the program.</p>`,
  ];
}

/** The match that stands; none while new words wait for theirs. @param {Image} picture */
const measured = ({ match }) => (match?.reason === "pending" ? null : match);

/** @param {Image} picture */
function pending({ status, analysis, description, match }) {
  const waits = analysis === "pending" || status === "processing" || match?.reason === "pending";
  return description && status !== "rejected" && waits ? "Being compared with the picture…" : "";
}

/** @param {Image} picture */
function seen({ id, caption, mine, description }) {
  if (!caption) return [];
  const use = caption.kind === "caption" && mine && caption.text !== description;
  return [
    html`<h3>${caption.kind === "looks" ? "Looks" : "What the model sees"}</h3>`,
    html`<p class="machine">${caption.text}</p>`,
    use && button("Use these words", () => void attempt(id, { description: caption.text })),
  ];
}

/** @param {HTMLElement} place @param {Image} picture */
function drawCategory(place, picture) {
  const { id, category, mine } = picture;
  const name = state.categories?.categories.find((one) => one.id === category)?.name ?? category;
  if (!mine) return fill(place, html`<h3>Category</h3>`, html`<p>${link({ category }, name)}</p>`);
  if (!place.children.length) fill(place, html`<h3 aria-hidden="true">Category</h3>`, html`<div></div>`);
  drawChips(/** @type {HTMLElement} */ (place.lastElementChild), picture, (chosen) => attempt(id, { category: chosen }));
}

/** @param {Image} picture */
function credit({ id, credit: now, mine }) {
  if (!mine) return now ? [html`<h3>Credit</h3>`, html`<p class="people" dir="auto">${now}</p>`] : [];
  const change = (/** @type {Event} */ event) => void attempt(id, { credit: /** @type {HTMLInputElement} */ (event.currentTarget).value.trim() });
  return [html`<label class="field"><span>Credit</span><input class="people" dir="auto" maxlength="200" placeholder="Who made it" .value=${now} @change=${change} /></label>`];
}

/** @param {string} id @param {HTMLElement} place */
async function alike(id, place) {
  try {
    const { hits } = await api.similar(id, ALIKE);
    remember(hits.map((hit) => hit.image));
    const likely = hits.filter((hit) => hit.likely);
    const near = likely.slice(0, likely.length < ALIKE / 2 ? likely.length : ALIKE / 2 * Math.floor(likely.length / (ALIKE / 2))); // whole rows of three
    place.hidden = !near.length;
    const all = () => go({ q: `similar:${id}`, image: "", category: "" });
    fill(place, html`<h3>Looks alike</h3>`, thumbs(near.map((hit) => hit.image)), button("More like this", all));
  } catch {
    place.hidden = true; // a help, not worth a message
  }
}

/** @param {Image} picture */
function details({ steps, filename, bytes, width, height, content_type, created_at, match, caption, mine, id }) {
  const rows = [
    ["Added", date(created_at)],
    ["Size", `${width && height ? `${width} × ${height}, ` : ""}${size(bytes)}`],
    ["Kind", content_type],
    ["File", filename],
    ["Reader", caption?.model ?? match?.space],
    ["Scale", match?.z !== null && match?.z !== undefined ? `z ${match.z.toFixed(2)}${match.caption_z !== null ? `; the model's words ${match.caption_z.toFixed(2)}` : ""}` : ""],
  ].filter(([, value]) => value);
  const fetch = async () => location.assign(await api.original(id));
  return [
    steps?.length ? html`<ol class="steps">${steps.map((step) => html`<li class=${step.outcome}><span>${STEPS[step.name] ?? step.name}</span><span>${step.outcome === "ok" ? `${step.ms} ms` : `${step.outcome}${step.reason ? `: ${step.reason.replaceAll("_", " ")}` : ""}`}</span></li>`)}</ol>` : null,
    html`<dl>${rows.map(([term, value]) => html`<div><dt>${term}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`,
    mine && button("Download the original", () => void fetch()),
  ];
}

/** @param {Image} picture */
function deeds(picture) {
  const { id, mine, published, status } = picture;
  const send = status === "ready" && published && button("Share", () => void share(picture), "button quiet");
  if (!mine) return [send];
  const bin = async () => {
    await remove(picture);
    go({ image: "" }, { replace: true });
  };
  return [
    status === "ready" && !published && button("Publish", () => void trying(() => publish([id])), "button"),
    status === "ready" && published && button("Unpublish", () => void trying(() => unpublish(id)), "button quiet"),
    send,
    button("Delete", () => void trying(bin), "button quiet"),
  ];
}

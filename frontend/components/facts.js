// The sidebar of one picture: its owner's words, how they match, what the model sees, and all there is to know.

import * as api from "../api.js";
import { button, fill, go, html, image, link, need, remember, state, tell, trying } from "../core.js";
import { attempt, download, publish, remove, retry, unpublish } from "../edits.js";
import { background } from "../layout.js";
import { STEPS, alternative, asleep, date, name, size, why } from "../words.js";
import { chipsField, marked, modelsWords, tagsField, verdict, wordsField } from "./fields.js";

const ALIKE = 6;
const ROW = 3; // look-alikes beside each other

/** What stands where in everybody's sidebar. @type {Record<string, (picture: Image) => Child>} */
const PARTS = {
  ".head"({ id, mine, status, published, message, analysis, sample }) {
    const failed = status === "failed" || (status === "ready" && analysis === "failed" && mine);
    return [
      mine && status === "ready" && !published && html`<p class="standing">A draft: only you see it.</p>`,
      status === "rejected" && html`<p class="standing bad">${message}</p>`,
      failed && html`<p class="standing bad">${message ?? "The reader failed on this picture."} ${button("Try again", () => void trying(() => retry(id)))}</p>`,
      analysis === "waking" && html`<p class="standing">${asleep()}</p>`,
      sample && html`<p class="standing">A sample, drawn by the program.</p>`,
    ];
  },
  ".sees"(picture) {
    const { id, caption, description, mine } = picture;
    const use = mine && caption?.kind === "caption" && caption.text !== description;
    return modelsWords(picture, use && button("Use these words", () => void attempt(id, { description: caption.text })));
  },
  ".tags-place": tagsField,
  /** As one bar, by share; each swatch searches its colour. */
  ".palette-place"({ palette }) {
    const swatches = palette.map(({ hex, name, share }) => {
      const search = link({ q: `colour:${name}` }, "", { label: `${name}, ${Math.max(1, Math.round(share * 100))} %` });
      const item = html`<li>${search}</li>`;
      search.style.background = hex;
      item.style.flexGrow = String(Math.max(share, 0.02));
      return item;
    });
    return swatches.length > 0 && html`<div><h3 class="unseen">Colours</h3><ul class="palette">${swatches}</ul></div>`;
  },
  ".more-facts > div"({ steps, filename, bytes, width, height, content_type, created_at, match, caption, mine, id }) {
    const { space, z, caption_z } = match ?? {};
    const rows = Object.entries({
      Added: date(created_at),
      Size: `${width && height ? `${width} × ${height}, ` : ""}${size(bytes)}`,
      Kind: content_type,
      File: filename,
      Reader: caption?.model ?? space,
      Scale: z != null && `z ${z.toFixed(2)}${caption_z != null ? `; the model's words ${caption_z.toFixed(2)}` : ""}`,
    });
    const taken = steps?.map(({ name, outcome, ms, reason }) => html`<li class=${outcome}><span>${STEPS[name] ?? name}</span><span>${outcome === "ok" ? `${ms} ms` : [outcome, reason?.replaceAll("_", " ")].filter(Boolean).join(": ")}</span></li>`);
    return [
      taken?.length > 0 && html`<ol class="steps">${taken}</ol>`,
      html`<dl>${rows.map(([term, value]) => value && html`<div><dt>${term}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`,
      mine && button("Download the original", () => void download([id])),
    ];
  },
  ".deeds"(picture) {
    const { id, mine, published, status } = picture;
    const ready = status === "ready";
    const bin = () => void remove([id]).then(() => go({ image: "" }, { replace: true }));
    return [
      mine && ready && !published && button("Publish", () => void publish([id], true), "button"),
      mine && ready && published && button("Unpublish", () => void unpublish([id], true), "button quiet"),
      ready && published && button("Share", () => void share(picture), "button quiet"),
      mine && button("Delete", bin, "button quiet"),
    ];
  },
};

/** What its owner writes, as others read it. @type {typeof PARTS} */
const READ = {
  ".own": ({ title, description, match }) => [title && html`<h2 class="title" dir="auto">${title}</h2>`, description && html`<p class="description" dir="auto">${marked(description, match)}</p>`],
  ".verdict-place": (picture) => verdict(picture, true),
  ".category-place": ({ category }) => [html`<h3>Category</h3>`, link({ category }, state.categories?.categories.find(({ id }) => id === category)?.name ?? category)],
  ".credit-place": ({ credit }) => credit && [html`<h3>Credit</h3>`, html`<p class="people" dir="auto">${credit}</p>`],
};

/** @param {Image} picture @returns {Facts} */
export function facts(picture) {
  const { id, mine } = picture;
  const words = wordsField({ look: () => image(id), label: "Description", save: (description) => attempt(id, { description }), measured: true });
  const title = line(id, "title", html`<input class="title" dir="auto" maxlength="120" aria-label="Title" placeholder="Add a title" />`);
  const credit = line(id, "credit", html`<input class="people" dir="auto" maxlength="200" placeholder="Who made it" />`);
  const chips = chipsField((category) => attempt(id, { category }));
  const own = mine ? [words, title, credit] : [];
  const element = html`<div class="facts">
    <div class="head"></div>
    <p class="here">${why(state.list?.hits.get(id))}</p>
    <div class="own">${mine && [title.input, words.element]}</div>
    ${words.place}
    <section class="sees"></section>
    <section class="tags-place"></section>
    <section class="palette-place"></section>
    <section class="category-place">${mine && [html`<h3 aria-hidden="true">Category</h3>`, chips.element]}</section>
    <section class="credit-place">${mine && html`<label class="field"><span>Credit</span>${credit.input}</label>`}</section>
    <section class="alike-place"></section>
    <details class="more-facts"><summary>Steps, file, measurement</summary><div></div></details>
    <div class="deeds"></div>
  </div>`;
  const update = (/** @type {Image} */ now) => {
    for (const [place, draw] of Object.entries(mine ? PARTS : { ...PARTS, ...READ })) {
      const at = need(place, element);
      if (!at.querySelector("input")?.value) fill(at, draw(now)); // not what is being typed
    }
    if (mine) for (const one of [...own, chips]) one.update(now);
  };
  update(picture);
  void alike(id, need(".alike-place", element));
  return { element, update, keep: () => own.forEach(({ keep }) => void keep()) };
}

/** One line of its owner's, saved when it is left. @param {string} id @param {"title" | "credit"} field @param {HTMLElement} element */
function line(id, field, element) {
  const input = /** @type {HTMLInputElement} */ (element);
  let saved = "";
  const keep = async () => {
    const text = input.value.trim();
    if (text !== saved && (await attempt(id, { [field]: text }))) saved = text;
  };
  input.addEventListener("change", keep);
  input.addEventListener("keydown", ({ key }) => key === "Enter" && void keep());
  const update = (/** @type {Image} */ now) => {
    if (input.value.trim() === saved && document.activeElement !== input) input.value = now[field];
    saved = now[field];
  };
  return { input, keep, update };
}

/** A help, not worth a message when it fails. @param {string} id @param {HTMLElement} place */
async function alike(id, place) {
  const { hits } = await api.similar(id, ALIKE).catch(() => ({ hits: [] }));
  const near = hits.filter(({ likely }) => likely).map(({ image }) => image);
  if (near.length > ROW) near.length -= near.length % ROW; // whole rows
  remember(near);
  if (!near.length) return;
  const thumbs = near.map((picture) => {
    const img = html`<img src=${picture.derivatives.thumb} alt=${alternative(picture)} loading="lazy" width="96" height="72" />`;
    const open = link({ ...state.route, image: picture.id }, img, { replace: Boolean(state.route.image) });
    open.style.backgroundImage = background(picture.placeholder);
    return html`<li>${open}</li>`;
  });
  fill(place, html`<h3>Looks alike</h3>`, html`<ul class="thumbs">${thumbs}</ul>`, button("More like this", () => go({ q: `similar:${id}`, image: "", category: "" })));
}

/** By the machine's own sheet where it has one; else the link is copied. @param {Image} picture */
async function share(picture) {
  const url = await api.shareLink(picture.id);
  try {
    if (navigator.share) await navigator.share({ title: name(picture), url });
    else {
      await navigator.clipboard.writeText(url);
      tell("The link is copied. Whoever has it sees this picture.");
    }
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) tell(url);
  }
}

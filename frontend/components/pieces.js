// Small parts of a picture's facts: its colours as one bar, its look-alikes, its tags, its category as radio chips.

import { button, cross, fill, html, link, need, state } from "../core.js";
import { attempt } from "../edits.js";
import { background } from "../layout.js";
import { alternative } from "../words.js";

const MOST_TAGS = 20;

/** By share; each swatch searches its colour. @param {Swatch[]} palette */
export function paletteBar(palette) {
  if (!palette.length) return null;
  return html`<div><h3 class="unseen">Colours</h3><ul class="palette">${palette.map(swatch)}</ul></div>`;
}

/** @param {Swatch} swatch */
function swatch({ hex, name, share }) {
  const search = link({ q: `colour:${name}` }, "", { label: `${name}, ${Math.max(1, Math.round(share * 100))} %` });
  search.style.background = hex;
  const item = html`<li>${search}</li>`;
  item.style.flexGrow = String(Math.max(share, 0.02));
  return item;
}

/** @param {Image[]} pictures */
export const thumbs = (pictures) => html`<ul class="thumbs">${pictures.map((picture) => html`<li>${thumb(picture)}</li>`)}</ul>`;

/** @param {Image} picture */
function thumb(picture) {
  const img = html`<img src=${picture.derivatives.thumb ?? ""} alt=${alternative(picture)} loading="lazy" width="96" height="72" />`;
  const open = link({ ...state.route, image: picture.id }, img, { replace: Boolean(state.route.image) });
  open.style.backgroundImage = background(picture.placeholder);
  return open;
}

/** Links for everybody; its owner adds and removes them in place. @param {Image} picture */
export function tagsField({ id, tags, mine, suggested }) {
  if (!mine && !tags.length) return null;
  const set = (/** @type {string[]} */ next) => void attempt(id, { tags: next.slice(0, MOST_TAGS) });
  const item = (/** @type {string} */ tag) => {
    const search = link({ q: tag.includes(" ") ? `"${tag}"` : tag }, html`<bdi>${tag}</bdi>`);
    return html`<li class="tag">${search}${mine && cross(`Remove the tag ${tag}`, () => set(tags.filter((one) => one !== tag)))}</li>`;
  };
  const offered = mine ? (suggested?.tags ?? []).filter((tag) => !tags.includes(tag)) : [];
  const offer = (/** @type {string} */ tag) => html`<li>${button(`+ ${tag}`, () => set([...tags, tag]), "tag suggested")}</li>`;
  const more = mine && tags.length < MOST_TAGS;
  const box = html`<div><h3>Tags</h3><ul class="tags">${tags.map(item)}${offered.map(offer)}${more && html`<li><input class="people" aria-label="Add a tag" placeholder="Add a tag" maxlength="40" dir="auto" /></li>`}</ul></div>`;
  if (!more) return box;
  const input = /** @type {HTMLInputElement} */ (need("input", box));
  input.addEventListener("change", () => {
    const fresh = input.value.split(",").map((tag) => tag.trim()).filter((tag) => tag && !tags.includes(tag));
    input.value = "";
    if (fresh.length) set([...tags, ...fresh]);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== ",") return;
    event.preventDefault();
    input.dispatchEvent(new Event("change"));
  });
  return box;
}

let groups = 0;

/**
 * @param {string} chosen @param {string | null | undefined} suggested @param {(category: string) => void} choose
 * @returns {HTMLElement}
 */
function categoryChips(chosen, suggested, choose) {
  const group = `category-${++groups}`;
  const all = state.categories?.categories ?? [];
  return html`<fieldset class="chips"><legend class="unseen">Category</legend>${all.map(({ id, name }) => {
    const hint = id === suggested && id !== chosen;
    return html`<label class=${hint ? "pick suggested" : "pick"}><input type="radio" name=${group} value=${id} .checked=${id === chosen} @change=${() => choose(id)} /><span>${name}${hint ? html`<span class="unseen"> (suggested)</span>` : null}</span></label>`;
  })}</fieldset>`;
}

/**
 * Draws the chips of a picture, or only moves the mark where nothing else is new. A choice that is being saved stays marked.
 * @param {HTMLElement} place @param {Image} picture @param {(category: string) => unknown} pick may give a promise of its being saved
 */
export function drawChips(place, { category: stored, suggested }, pick) {
  const category = place.dataset.wanted ?? stored;
  const hold = async (/** @type {string} */ chosen) => {
    place.dataset.wanted = chosen;
    await pick(chosen);
    if (place.dataset.wanted === chosen) delete place.dataset.wanted;
  };
  const drawn = JSON.stringify([suggested?.category === category ? null : suggested?.category, state.categories?.categories.map(({ name }) => name)]);
  if (place.dataset.drawn === drawn) return choose(place, category);
  place.dataset.drawn = drawn;
  fill(place, categoryChips(category, suggested?.category, (chosen) => void hold(chosen)));
}

/** Marks another choice without drawing anew. @param {Element} chips @param {string} chosen */
export function choose(chips, chosen) {
  for (const input of chips.querySelectorAll("input")) input.checked = input.value === chosen;
}

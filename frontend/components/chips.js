// Categories as radio chips; one that the model suggests has a dotted edge.

import { fill, html } from "../html.js";
import { state } from "../store.js";

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
 * Draws the chips of a picture, or only moves the mark where nothing else is new.
 * @param {HTMLElement} place @param {import("../types").Image} picture @param {(category: string) => void} pick
 */
export function drawChips(place, { category, suggested }, pick) {
  const drawn = JSON.stringify([suggested?.category === category ? null : suggested?.category, state.categories?.categories.map(({ name }) => name)]);
  if (place.dataset.drawn === drawn) return choose(place, category);
  place.dataset.drawn = drawn;
  fill(place, categoryChips(category, suggested?.category, pick));
}

/** Marks another choice without drawing anew. @param {Element} chips @param {string} chosen */
export function choose(chips, chosen) {
  for (const input of chips.querySelectorAll("input")) input.checked = input.value === chosen;
}

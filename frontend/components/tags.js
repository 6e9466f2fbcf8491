// A picture's tags: links for everybody; its owner adds and removes them in place.

import { html, need } from "../html.js";
import { attempt } from "./facts.js";
import { link } from "./palette.js";

const MOST = 20;

/** @param {import("../types").Image} picture @returns {HTMLElement | null} */
export function tagsField({ id, tags, mine, suggested }) {
  if (!mine && !tags.length) return null;
  const set = (/** @type {string[]} */ next) => void attempt(id, { tags: next });
  const item = (/** @type {string} */ tag) =>
    html`<li class="tag">${link(tag, { q: tag.includes(" ") ? `"${tag}"` : tag })}${mine && html`<button type="button" aria-label=${`Remove the tag ${tag}`} @click=${() => set(tags.filter((one) => one !== tag))}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m4.5 4.5 7 7m0-7-7 7" /></svg></button>`}</li>`;
  const offered = mine ? (suggested?.tags ?? []).filter((tag) => !tags.includes(tag)) : [];
  const offer = (/** @type {string} */ tag) => html`<li><button type="button" class="tag suggested" @click=${() => set([...tags, tag])}>+ ${tag}</button></li>`;
  const box = html`<div><h3>Tags</h3><ul class="tags">${tags.map(item)}${offered.map(offer)}${mine && tags.length < MOST && html`<li><input class="people" aria-label="Add a tag" placeholder="Add a tag" maxlength="40" dir="auto" /></li>`}</ul></div>`;
  if (!mine || tags.length >= MOST) return box;
  const input = /** @type {HTMLInputElement} */ (need("input", box));
  const add = () => {
    const fresh = input.value.split(",").map((tag) => tag.trim()).filter((tag) => tag && !tags.includes(tag));
    input.value = "";
    if (fresh.length) set([...tags, ...fresh].slice(0, MOST));
  };
  input.addEventListener("change", add);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      input.blur();
    }
  });
  return box;
}

// A picture's colours as one bar by share; each swatch searches its colour.

import { html } from "../html.js";
import { go, isPlain } from "../router.js";
import { format } from "../urlstate.js";

/** @param {import("../types").Swatch[]} palette @returns {HTMLElement | null} */
export function paletteBar(palette) {
  if (!palette.length) return null;
  return html`<div><h3 class="unseen">Colours</h3><ul class="palette">${palette.map(swatch)}</ul></div>`;
}

/** @param {import("../types").Swatch} swatch */
function swatch({ hex, name, share }) {
  const percent = Math.max(1, Math.round(share * 100));
  const item = html`<li>${link("", { q: `colour:${name}`, image: "", category: "" }, `${name}, ${percent} %`)}</li>`;
  item.style.flexGrow = String(Math.max(share, 0.02));
  /** @type {HTMLElement} */ (item.firstElementChild).style.background = hex;
  return item;
}

/** A link inside the page. @param {string} text @param {Partial<import("../types").Route>} route @param {string} [said] */
export function link(text, route, said) {
  const target = { q: "", category: "", image: "", sort: "", ...route };
  const follow = (/** @type {MouseEvent} */ event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go(target);
  };
  return html`<a href=${format(target)} aria-label=${said ?? null} title=${said ?? null} dir="auto" @click=${follow}>${text}</a>`;
}

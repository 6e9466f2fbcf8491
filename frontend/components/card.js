// One picture on the wall: the picture, a line of its owner's words, and what hovering or focus brings up.

import { html } from "../html.js";
import { go } from "../router.js";
import { image, state } from "../store.js";
import { background } from "../thumbhash.js";
import { alternative, label, why } from "../words.js";
import { button, link } from "./controls.js";

/** @typedef {{left: number, top: number, width: number, height: number}} Box */

const THUMB = 320; // heights of the derivatives, which are never enlarged
const ROW = 640;

/** Widths of the two small copies for `srcset`. @param {Image} picture */
export function sources({ width, height, derivatives }) {
  if (!width || !height || !derivatives.thumb) return "";
  const wide = (/** @type {number} */ tall) => Math.max(1, Math.round((width * Math.min(tall, height)) / height));
  return `${derivatives.thumb} ${wide(THUMB)}w${derivatives.row && height > THUMB ? `, ${derivatives.row} ${wide(ROW)}w` : ""}`;
}

/** How wide the whole picture is drawn in a box that it covers. @param {Image} picture @param {{width: number, height: number}} box */
export function drawnWidth({ width, height }, box) {
  return Math.ceil(Math.max(box.width, width && height ? (box.height * width) / height : 0));
}

/** @param {string} id @param {boolean} first whether it is fetched before all others @returns {HTMLElement} */
export function card(id, first = false) {
  const picture = image(id);
  if (!picture) return html`<li class="card"></li>`;
  const hit = state.list?.hits.get(id);
  const alt = alternative(picture);
  const words = label(picture);
  const img = html`<img alt=${alt} fetchpriority=${first ? "high" : "low"} decoding="async" />`;
  img.addEventListener("error", () => img.classList.add("gone"));
  const open = link({ ...state.route, image: id }, img, { kind: "open", opened: true });
  open.style.backgroundImage = background(picture.placeholder);
  const alike = button("More like this", () => go({ q: `similar:${id}`, image: "" }), "alike");
  return html`<li class="card" data-id=${id}>
    <div class="hang">${open}<div class="scrim"><p class="why">${why(hit)}</p>${alike}</div></div>
    <p class="label">${dot(picture)}<span dir="auto" aria-hidden=${words === alt ? "true" : null}>${words}</span></p>
  </li>`;
}

/** Fetches a card's picture; until then it is its placeholder. @param {HTMLElement} item */
export function develop(item) {
  const picture = image(item.dataset.id ?? "");
  const img = item.querySelector("img");
  if (!picture || !img || img.getAttribute("src")) return;
  img.srcset = sources(picture);
  img.src = picture.derivatives.thumb ?? "";
}

/** Owners see a half-disc while a check is open. @param {Image} picture */
function dot({ mine, checks }) {
  if (!mine || !checks.length) return null;
  return html`<span class="open-check" title="Waits on your Desk"><span class="unseen">Waits on your Desk. </span></span>`;
}

/** @param {HTMLElement} item @param {Box} box */
export function place(item, box) {
  const picture = image(item.dataset.id ?? "");
  Object.assign(item.style, { transform: `translate(${box.left}px, ${box.top}px)`, width: `${box.width}px` });
  const hang = /** @type {HTMLElement | null} */ (item.querySelector(".hang"));
  const img = item.querySelector("img");
  if (hang) hang.style.height = `${box.height}px`;
  if (!img || !picture) return;
  img.sizes = `${drawnWidth(picture, box)}px`;
  img.width = box.width;
  img.height = box.height;
}

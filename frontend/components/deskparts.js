// Parts of the Desk: its pictures, side by side where two are nearly the same, and its buttons with their keys.

import * as api from "../api.js";
import { REASONS, reasons } from "../desk.js";
import { html } from "../html.js";
import { image, remember } from "../store.js";
import { background } from "../thumbhash.js";
import { alternative } from "../words.js";

/** @typedef {{key: string, label: string, run: () => void, kind?: string}} Deed */

/** The near duplicates' other halves; undefined until they are fetched, null once gone. @type {Map<string, Image | null | undefined>} */
export const twins = new Map();

/** The picture that one is nearly the same as, while there is one. @param {Image} picture @returns {Image | null} */
export function twin({ checks, near_duplicate_of: id }) {
  if (!id || !checks.includes("near_duplicate")) return null;
  if (!twins.has(id)) {
    twins.set(id, image(id));
    void api.some([id]).then(({ images }) => {
      twins.set(id, images[0] ?? null);
      remember(images);
      told();
    }, () => {});
  }
  return twins.get(id) ?? null;
}

let told = () => {};
/** @param {() => void} tell when it is known whether a picture's twin is still there */
export const onTwins = (tell) => (told = tell);

/** Whether the picture that it is nearly the same as is no more. @param {Image} picture */
export const alone = (picture) => !twin(picture) && twins.get(picture.near_duplicate_of ?? "") === null;

/** @param {Image} picture */
export const said = (picture) => reasons(picture).map((reason) => (reason === "near_duplicate" && alone(picture) ? "The picture it was like is gone" : REASONS[reason]));

/** The newer and the older of two with their keys. @param {Image} one @param {Image} other @returns {[string, Image, Image][]} */
export function halves(one, other) {
  const [older, newer] = one.created_at < other.created_at ? [one, other] : [other, one];
  return [["O", older, newer], ["D", newer, older]];
}

/** @param {Deed} deed @param {string} kind @param {boolean} keysOn */
export const press = ({ key, label, run }, kind, keysOn) => html`<button type="button" class=${kind} aria-keyshortcuts=${keysOn ? key.toLowerCase() : null} @click=${run}>${label}<kbd>${key}</kbd></button>`;

/** @param {Image} picture */
export function large(picture) {
  const { derivatives, width, height, placeholder, message } = picture;
  if (!derivatives.display) return html`<p class="no-picture">${message ?? "The picture is being made ready."}</p>`;
  const img = html`<img class="large" src=${derivatives.display} alt=${alternative(picture)} width=${width} height=${height} />`;
  img.style.backgroundImage = background(placeholder);
  img.style.aspectRatio = `${width} / ${height}`;
  return img;
}

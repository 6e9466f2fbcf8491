// A row of small pictures that lead to their own.

import { html } from "../html.js";
import { go, isPlain } from "../router.js";
import { state } from "../store.js";
import { background } from "../thumbhash.js";
import { format } from "../urlstate.js";
import { alternative } from "../words.js";

/** @param {import("../types").Image[]} pictures */
export function thumbs(pictures) {
  return html`<ul class="thumbs">${pictures.map((picture) => html`<li>${thumb(picture)}</li>`)}</ul>`;
}

/** @param {import("../types").Image} picture */
function thumb(picture) {
  const follow = (/** @type {MouseEvent} */ event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go({ image: picture.id }, { replace: Boolean(state.route.image) });
  };
  const link = html`<a href=${format({ ...state.route, image: picture.id })} @click=${follow}><img src=${picture.derivatives.thumb ?? ""} alt=${alternative(picture)} loading="lazy" width="96" height="72" /></a>`;
  link.style.backgroundImage = background(picture.placeholder);
  return link;
}

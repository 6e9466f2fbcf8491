// Links inside the page and small buttons, made the same everywhere.

import { html } from "../html.js";
import { go } from "../router.js";
import { format } from "../urlstate.js";

/** @import { Child } from "../html.js" */

/**
 * A link to another view. Clicks for a new tab or window are left to the browser.
 * @param {Partial<Route>} route @param {Child | Child[]} content
 * @param {{kind?: string, label?: string, opened?: boolean, replace?: boolean}} [how]
 */
export function link(route, content, { kind, label, opened = false, replace = false } = {}) {
  const target = { q: "", category: "", image: "", sort: "", ...route, desk: "" };
  const follow = (/** @type {MouseEvent} */ event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go(target, { opened, replace });
  };
  return html`<a class=${kind} href=${format(target)} aria-label=${label} title=${label} @click=${follow}>${content}</a>`;
}

/** A click that is not for a new tab, a new window or a download. @param {MouseEvent} event */
export const isPlain = (event) => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

/** @param {string} label @param {() => void} press @param {string} [kind] */
export const button = (label, press, kind = "link") => html`<button type="button" class=${kind} @click=${press}>${label}</button>`;

/** A cross. @param {string} label @param {() => void} press @param {string} [kind] */
export const cross = (label, press, kind) =>
  html`<button type="button" class=${kind} aria-label=${label} @click=${press}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m4 4 8 8m0-8-8 8" /></svg></button>`;

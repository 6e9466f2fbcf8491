// The one polite live region: one message per batch, so that ten uploads are not ten announcements.

import { need } from "./html.js";

const PAUSE_MS = 500;
/** @type {Set<string>} */
const waiting = new Set();
let timer = 0;

/** @param {string} message */
export function announce(message) {
  waiting.add(message);
  clearTimeout(timer);
  timer = setTimeout(() => {
    need("#live").textContent = [...waiting].join(" ");
    waiting.clear();
  }, PAUSE_MS);
}

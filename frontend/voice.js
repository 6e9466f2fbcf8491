// What the page says beside what it shows: the one polite live region, and the message at its foot with Undo.

import { button, cross } from "./components/controls.js";
import { fill, html, need } from "./html.js";

const PAUSE_MS = 500; // one announcement per batch: ten uploads are not ten
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

/** A message without a timer: it goes when it is closed or the next one comes. @param {string} message @param {string} [label] @param {() => void} [run] */
export function tell(message, label, run) {
  const box = need("#toast");
  const hush = () => (box.hidden = true);
  const act = label && button(label, () => (hush(), run?.()), "toast-act");
  fill(box, html`<span class="toast-words" dir="auto">${message}</span>`, act, cross("Close this message", hush, "icon"));
  box.hidden = false;
  announce(label ? `${message} ${label} is at hand.` : message);
}

/** Does it; says why it failed and offers to try again. @param {() => Promise<unknown>} deed */
export async function trying(deed) {
  try {
    await deed();
  } catch (error) {
    tell(reason(error), "Try again", () => void trying(deed));
  }
}

/** @param {unknown} error @returns {string} its sentence for people */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

// The message at the foot of the page, with Undo. It has no timer: it goes when it is closed or the next one comes.

import { fill, html, need } from "./html.js";
import { announce } from "./live.js";

/** @param {string} message @param {{label: string, run: () => void}} [action] */
export function tell(message, action) {
  const box = need("#toast");
  const act = () => {
    hush();
    action?.run();
  };
  fill(
    box,
    html`<span class="toast-words" dir="auto">${message}</span>`,
    action && html`<button type="button" class="toast-act" @click=${act}>${action.label}</button>`,
    html`<button type="button" class="icon" aria-label="Close this message" @click=${hush}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m3.5 3.5 9 9m0-9-9 9" /></svg></button>`,
  );
  box.hidden = false;
  announce(action ? `${message} ${action.label} is at hand.` : message);
}

export function hush() {
  need("#toast").hidden = true;
}

// Modal dialogs, and what must stay reachable above them: the live region and the message with Undo.

/** @type {HTMLDialogElement[]} */
const open = [];

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {HTMLDialogElement} dialog */
export function openModal(dialog) {
  if (dialog.open) return;
  dialog.showModal();
  open.push(dialog);
  hoist();
}

/** @param {HTMLDialogElement} dialog */
export function closeModal(dialog) {
  if (dialog.open) dialog.close();
  const at = open.indexOf(dialog);
  if (at >= 0) open.splice(at, 1);
  hoist();
}

/** A modal dialog makes all outside it inert, so the page's voice moves into the topmost one. */
function hoist() {
  const home = open.at(-1) ?? document.body;
  for (const voice of document.querySelectorAll("#live, #toast")) if (voice.parentElement !== home) home.append(voice);
}

/** A press on the dialog's own ground, outside what it holds. @param {HTMLDialogElement} dialog @param {() => void} close */
export function closeOnGround(dialog, close) {
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog) close();
  });
}

/** Loads the style of a part that was not there at first. @param {string} name */
export function style(name) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `styles/${name}.css` });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}

/** Runs a change of the page as a view transition where there are such and people want motion. @param {() => void} change */
export function transition(change) {
  if (!document.startViewTransition || calm.matches || document.visibilityState === "hidden") {
    change();
    return Promise.resolve();
  }
  return document.startViewTransition(change).finished.catch(() => {});
}

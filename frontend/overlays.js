// Modal dialogs, what must stay reachable above them, keys where nobody types; and the dialog about the models at work.

import { fill, html, need, state, watch } from "./core.js";
import { STATES, lasting, readerName, simpleReader } from "./words.js";

/** @type {HTMLDialogElement[]} */
const open = [];

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {HTMLDialogElement} dialog @param {Act} leave instead of closing by itself, unless the browser insists */
export function modal(dialog, leave) {
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("close", () => open.includes(dialog) && leave());
}

/** @param {HTMLDialogElement} dialog */
export function openModal(dialog) {
  if (dialog.open) return;
  dialog.showModal();
  open.push(dialog);
  hoist();
}

/** @param {HTMLDialogElement} dialog */
export function closeModal(dialog) {
  if (open.includes(dialog)) open.splice(open.indexOf(dialog), 1);
  dialog.close();
  hoist();
}

/** A modal dialog makes all outside it inert, so the page's voice moves into the topmost one. */
function hoist() {
  const home = open.at(-1) ?? document.body;
  for (const voice of document.querySelectorAll("#live, #toast")) if (voice.parentElement !== home) home.append(voice);
}

/** A press outside what it holds. @param {HTMLDialogElement} dialog @param {Act} close */
export function closeOnGround(dialog, close) {
  dialog.addEventListener("pointerdown", ({ target }) => target === dialog && close());
}

/** @param {HTMLElement} within @param {KeyAct} act */
export function onKeys(within, act) {
  within.addEventListener("keydown", (event) => {
    const at = /** @type {Element} */ (event.target);
    const key = event.key.toLowerCase();
    if (event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (at.matches("textarea, select, input:not([type=radio])") || (at.matches("input") && /^arrow|^ $/.test(key))) return;
    if (act(key, event, at)) event.preventDefault();
  });
}

/** @param {string} name of a style that was not there at first */
export function style(name) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `styles/${name}.css` });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}

/** A view transition where there are such and people want motion. @param {Act} change */
export async function transition(change) {
  if (!document.startViewTransition || calm.matches || document.visibilityState === "hidden") return change();
  await document.startViewTransition(change).finished.catch(() => {});
}

// --- what the models at work can say, and what not

const models = need("dialog#models");

export const openModels = () => openModal(models);

export function startModels() {
  const close = () => closeModal(models);
  models.addEventListener("close", close);
  closeOnGround(models, close);
  need(".close", models).addEventListener("click", close);
  watch(["health"], () => {
    const { can = [], state: now = "ready", last_wake_s: wake, message } = state.health?.vision ?? {};
    const slept = wake ? `; waking took ${lasting(wake)} last time` : "";
    const asleep = now === "ready" ? "" : `It is ${STATES[now]} now${slept}. Pictures are kept and read when it is back.`;
    need("h2", models).textContent = readerName();
    need(".no-model", models).hidden = !simpleReader();
    need(".model", models).hidden = simpleReader();
    fill(need(".model-state", models), [asleep, message].map((said) => said && html`<p>${said}</p>`));
    for (const item of models.querySelectorAll("li[data-can]")) need(can.includes(item.dataset.can ?? "") ? ".can" : ".cannot", models).append(item);
    need(".but", models).hidden = !models.querySelector(".cannot li");
  });
}

// The dialog about the models at work: what they can say, and what not.

import { fill, html, need, state, watch } from "../core.js";
import { closeModal, closeOnGround, openModal } from "../overlays.js";
import { STATES, lasting, readerName, simpleReader } from "../words.js";

const dialog = need("dialog#models");

export const open = () => openModal(dialog);

export function start() {
  const close = () => closeModal(dialog);
  dialog.addEventListener("close", close);
  closeOnGround(dialog, close);
  need(".close", dialog).addEventListener("click", close);
  watch(["health"], () => {
    const { can = [], state: now = "ready", last_wake_s: wake, message } = state.health?.vision ?? {};
    const slept = wake ? `; waking took ${lasting(wake)} last time` : "";
    const asleep = now === "ready" ? "" : `It is ${STATES[now]} now${slept}. Pictures are kept and read when it is back.`;
    need("h2", dialog).textContent = readerName();
    need(".no-model", dialog).hidden = !simpleReader();
    need(".model", dialog).hidden = simpleReader();
    fill(need(".model-state", dialog), [asleep, message].map((said) => said && html`<p>${said}</p>`));
    for (const item of dialog.querySelectorAll("li[data-can]")) need(can.includes(item.dataset.can ?? "") ? ".can" : ".cannot", dialog).append(item);
    need(".but", dialog).hidden = !dialog.querySelector(".cannot li");
  });
}

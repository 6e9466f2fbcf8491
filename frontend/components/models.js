// The button in the footer that names the models at work, and what it opens: what they can say, what not, how to have others.

import { cross, fill, html, need, state, watch } from "../core.js";
import { closeModal, closeOnGround, openModal } from "../overlays.js";
import { STATES, lasting, readerName, simpleReader } from "../words.js";

const dialog = /** @type {HTMLDialogElement} */ (need("#models"));

export function start() {
  watch(["health"], draw);
  dialog.addEventListener("close", () => closeModal(dialog));
  closeOnGround(dialog, () => closeModal(dialog));
}

export const open = () => openModal(dialog);

/** @type {Record<string, string>} */
const ABILITIES = {
  caption: "say what a picture shows, in its own words",
  match: "compare your words with the picture",
  search: "find pictures by what you describe",
  categories: "suggest a category",
};

function draw() {
  const vision = state.health?.vision;
  if (!vision) return;
  const close = cross("Close", () => closeModal(dialog), "icon close");
  fill(dialog, html`<div class="panel">${close}<h2 id="models-title">${readerName()}</h2>${simpleReader() ? colourAndLight() : reader(vision)}</div>`);
}

function colourAndLight() {
  return html`<div>
    <p>No model is switched on. The reader that comes with SightSync knows eleven colours, light and dark, vivid and muted, warm and cool, contrast, and the picture's shape.</p>
    <h3>It can</h3>
    <ul><li>check colour words against the picture, and show what it found</li><li>find pictures by such words, and by their own words</li><li>find pictures with the same colours and light</li></ul>
    <h3>It cannot</h3>
    <ul><li>recognise things, people or places</li><li>describe a picture or suggest a category</li><li>say that your words are wrong: where it knows nothing, it says nothing</li></ul>
    <h3>Models</h3>
    <p>Captions and search by meaning come with real models: <code>./sightsync dev --models</code> runs them on this machine; the README, “Use real models”, has the other roads.</p>
  </div>`;
}

/** @param {Health["vision"]} vision */
function reader({ can, state: now, last_wake_s: wake, message }) {
  const cannot = Object.keys(ABILITIES).filter((ability) => !can.includes(ability));
  return html`<div>
    ${now === "ready" ? null : html`<p>It is ${STATES[now]} now${wake ? `; waking took ${lasting(wake)} last time` : ""}. Pictures are kept and read when it is back.</p>`}
    ${message ? html`<p>${message}</p>` : null}
    <h3>It can</h3>
    <ul>${can.map((ability) => html`<li>${ABILITIES[ability] ?? ability}</li>`)}</ul>
    ${cannot.length ? html`<h3>It cannot</h3>` : null}
    ${cannot.length ? html`<ul>${cannot.map((ability) => html`<li>${ABILITIES[ability]}</li>`)}</ul>` : null}
    <p>What it says is a comparison and may be mistaken. It shows verdicts in words; how each is measured stands beside the picture.</p>
  </div>`;
}

// What stands where pictures would: first run, nothing found, failed; and the quiet line above the wall.

import * as api from "../api.js";
import { recount, refresh, show } from "../gallery.js";
import { fill, html, need } from "../html.js";
import { image, images, state, watch } from "../store.js";
import { announce, reason, tell, trying } from "../voice.js";
import { modeSentence } from "../words.js";
import { button, link } from "./controls.js";

export function start() {
  watch(["list", "categories", "signedIn"], drawState);
  watch(["list"], drawNote);
}

function drawState() {
  const list = state.list;
  const box = need("#state");
  box.hidden = !list || list.ids.length > 0 || list.state === "loading";
  document.documentElement.classList.toggle("loading", !list || (list.state === "loading" && !list.ids.length));
  if (!list || box.hidden) return void fill(box);
  if (list.state === "failed") fill(box, ...failed(list));
  else if (list.route.q) fill(box, ...nothingFound(list));
  else if (list.route.category && state.categories?.total) fill(box, ...emptyCategory());
  else if (state.categories?.total === 0 || !list.route.category) fill(box, ...firstRun());
}

/** @param {List} list */
const failed = (list) => [
  html`<h2>The pictures didn't come.</h2>`,
  html`<p>${list.error}</p>`,
  button("Try again", () => show(list.route), "button"),
];

/** @param {List} list */
function nothingFound(list) {
  return [
    html`<h2>Nothing here looks like that.</h2>`,
    html`<p class="quiet">${modeSentence(list.mode, list.reason) || "Fewer words often find more."}</p>`,
    list.route.category ? link({ ...list.route, category: "" }, "Search everywhere", { kind: "button" }) : link({}, "Show everything", { kind: "button" }),
    suggestionLine(),
  ];
}

const emptyCategory = () => [html`<h2>Nothing is filed here yet.</h2>`, link({}, "Show everything", { kind: "button" })];

function firstRun() {
  if (!state.signedIn) return [html`<h2>Nothing hangs here yet.</h2>`];
  return [
    html`<h2>Hang your first picture.</h2>`,
    html`<p class="quiet">Drop pictures anywhere on this page. They stay yours, as drafts, until you publish them.</p>`,
    html`<div class="choices">${button("Add pictures", () => need("#files").click(), "button")}<button type="button" class="link" @click=${look}>Look around with 12 samples</button></div>`,
  ];
}

/** @param {MouseEvent} event */
async function look(event) {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  button.disabled = true;
  button.textContent = "Drawing the samples…";
  try {
    await Promise.all([api.addSamples(), untilHung()]);
    announce("Twelve samples hang on the wall.");
  } catch (error) {
    tell(reason(error));
    drawState();
  }
}

/** Samples are drawn and analysed one after the other: the wall fills as they get ready. */
async function untilHung() {
  for (let tries = 0; tries < 40 && (state.list?.ids.length ?? 0) < 12; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    await Promise.all([refresh(), recount()]);
  }
}

async function clear() {
  await api.removeSamples();
  announce("The samples are gone.");
  await Promise.all([refresh(), recount()]);
}

/** Said quietly above the wall: how the search was done, or that these are samples. */
function drawNote() {
  const list = state.list;
  const box = need("#note");
  const samples = list && !list.route.q && list.ids.slice(0, 40).some((id) => image(id)?.sample);
  const mode = list?.route.q && list.ids.length ? modeSentence(list.mode, list.reason) : "";
  box.hidden = !samples && !mode;
  if (samples) {
    const mine = list.ids.some((id) => image(id)?.sample && image(id)?.mine);
    fill(box, html`<span>Some of these pictures are samples.</span>`, suggestionLine(), mine && button("Remove the samples", () => void trying(clear)));
  } else fill(box, mode && html`<span>${mode}</span>`);
}

/** Up to three queries that the pictures at hand answer. */
function suggestionLine() {
  const found = suggestions();
  if (!found.length) return null;
  return html`<span class="try">Try ${found.map((q, i) => [i ? ", " : "", link({ q }, html`<bdi>${q}</bdi>`, { kind: "people" })]).flat()}</span>`;
}

const TELLING = ["red", "orange", "yellow", "green", "blue", "purple", "pink"];

/** A short title, the colour that fills most of some picture, and black and white or another colour. @returns {string[]} */
export function suggestions() {
  const pictures = images().filter((one) => one.published && one.status === "ready").slice(0, 60);
  /** @type {Map<string, number>} */
  const shares = new Map();
  for (const { name, share } of pictures.flatMap(({ palette }) => palette)) shares.set(name, Math.max(share, shares.get(name) ?? 0));
  const colours = TELLING.filter((name) => shares.has(name)).sort((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0));
  const words = pictures.map((one) => (one.title || one.description).toLocaleLowerCase().split(/\s+/)).find(({ length }) => length === 2 || length === 3);
  const grey = pictures.some(({ caption }) => caption?.text.startsWith("Black and white"));
  return [words?.join(" "), colours[0], grey ? "black and white" : colours[1]].filter((text) => text !== undefined);
}

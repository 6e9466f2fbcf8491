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

/** @param {import("../types").List} list */
const failed = (list) => [
  html`<h2>The pictures didn't come.</h2>`,
  html`<p>${list.error}</p>`,
  button("Try again", () => show(list.route), "button"),
];

/** @param {import("../types").List} list */
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
    await api.addSamples();
    await untilHung();
    announce("Twelve samples hang on the wall.");
  } catch (error) {
    tell(reason(error));
    drawState();
  }
}

/** Samples are analysed like any picture: the wall fills as they get ready. */
async function untilHung() {
  for (let tries = 0; tries < 20; tries++) {
    await Promise.all([refresh(), recount()]);
    if ((state.list?.ids.length ?? 0) >= 12) return;
    await new Promise((resolve) => setTimeout(resolve, 700));
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

/** Two colours that fill much of some picture, and the words of another. @returns {string[]} */
export function suggestions() {
  const pictures = images().filter((one) => one.published && one.status === "ready").slice(0, 60);
  const colours = new Map();
  for (const { palette } of pictures) {
    for (const { name, share } of palette) if (!["grey", "black", "white", "brown"].includes(name)) colours.set(name, Math.max(share, colours.get(name) ?? 0));
  }
  const names = [...colours].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const titled = pictures.find(({ title, description }) => title || description);
  const words = (titled?.title || titled?.description || "").split(/\s+/).slice(0, 3).join(" ");
  return [names[0], words.toLocaleLowerCase(), names[1]].filter((text) => text !== undefined && text !== "");
}

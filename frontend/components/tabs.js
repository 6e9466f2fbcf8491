// Category tabs with their counts, and the strip of twelve hues.

import { HUES } from "../colours.js";
import { fill, html, need } from "../html.js";
import { split, toggleColour } from "../query.js";
import { go, isPlain } from "../router.js";
import { state, watch } from "../store.js";
import { format } from "../urlstate.js";
import { count } from "../words.js";

export function start() {
  watch(["categories", "route"], drawTabs);
  for (const strip of document.querySelectorAll(".strip")) fill(strip, ...Object.entries(HUES).map(([name, hex]) => hue(name, hex)));
  watch(["route"], markHues);
}

function drawTabs() {
  const { categories, route } = state;
  if (!categories) return; // counts that came later would push the tabs about
  const all = [{ id: "", name: "Everything", count: categories.total }, ...categories.categories];
  const list = need("#tabs");
  const focused = list.querySelector("a:focus")?.getAttribute("href");
  fill(list, ...all.map((tab) => html`<li>${link(tab, route)}</li>`));
  for (const a of list.querySelectorAll("a")) if (a.getAttribute("href") === focused) a.focus();
}

/** @param {{id: string, name: string, count: number}} tab @param {import("../types").Route} route */
function link({ id, name, count: n }, route) {
  const target = { ...route, category: id, image: "" };
  const follow = (/** @type {MouseEvent} */ event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go(target);
  };
  const here = route.category === id;
  return html`<a class="tab" href=${format(target)} aria-current=${here ? "page" : null} @click=${follow}>${name}<span class="count">${count(n)}</span></a>`;
}

/** @param {string} name @param {string} hex */
function hue(name, hex) {
  const press = () => go({ q: toggleColour(state.route.q, name), image: "" });
  const button = html`<button type="button" class="hue" aria-pressed="false" data-hue=${name} title=${name} aria-label=${name} @click=${press}></button>`;
  button.style.setProperty("--hue", hex);
  return button;
}

function markHues() {
  const pressed = new Set(split(state.route.q).chips.filter(({ kind }) => kind === "colour").map(({ value }) => value));
  for (const button of document.querySelectorAll(".hue")) button.setAttribute("aria-pressed", String(pressed.has(button.getAttribute("data-hue") ?? "")));
}

// Category tabs with their counts, and the strip of twelve hues.

import { fill, html, need } from "../html.js";
import { HUES, split, toggleColour } from "../query.js";
import { go } from "../router.js";
import { state, watch } from "../store.js";
import { count } from "../words.js";
import { link } from "./controls.js";

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
  fill(list, ...all.map(({ id, name, count: n }) => {
    const tab = link({ ...route, category: id, image: "" }, [name, html`<span class="count">${count(n)}</span>`], { kind: "tab" });
    if (route.category === id) tab.setAttribute("aria-current", "page");
    return html`<li>${tab}</li>`;
  }));
  for (const tab of list.querySelectorAll("a")) if (tab.getAttribute("href") === focused) tab.focus();
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

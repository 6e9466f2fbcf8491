// A text field in which a picture's own words are written: underlines appear beneath the letters while one types.

import * as api from "../api.js";
import { fill, html } from "../html.js";
import { image } from "../store.js";
import { evidenceAloud, marked } from "./match.js";

const PAUSE_MS = 600;
let fields = 0;

/**
 * @param {{id: () => string, value: string, label: string, placeholder: string, save: (text: string) => Promise<boolean>, live: (match: Match | null | undefined) => void}} how
 *   `live` is told the match of what is being typed; undefined means: that of the saved words again
 */
export function wordsField({ id, value, label, placeholder, save, live }) {
  const spoken = `evidence-${++fields}`;
  const element = html`<div class="words">
    <div class="mirror" aria-hidden="true"></div>
    <textarea rows="1" maxlength="1000" dir="auto" autocapitalize="sentences" aria-label=${label} aria-describedby=${spoken} placeholder=${placeholder}></textarea>
    <p class="unseen" id=${spoken}></p>
  </div>`;
  const [mirror, box, aloud] = /** @type {[HTMLElement, HTMLTextAreaElement, HTMLElement]} */ ([...element.children]);
  let saved = value;
  /** @type {string | null} */
  let sending = null;
  let timer = 0;
  let asking = new AbortController();
  /** @type {Match | null} */
  let match = null;

  const draw = () => {
    fill(mirror, ...marked(box.value, match, false), "\u200b");
    mirror.dir = "auto";
  };
  /** @param {Match | null | undefined} fresh */
  const show = (fresh) => {
    match = fresh ?? null;
    aloud.textContent = evidenceAloud(match);
    draw();
  };
  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    const text = box.value.trim();
    if (text === saved.trim()) return live(undefined);
    if (!text) return (show(null), live(null));
    if (image(id())?.status !== "ready") return;
    try {
      const fresh = await api.score(id(), text, asking.signal);
      show(fresh);
      live(fresh);
    } catch {
      live(undefined); // the live match is a help; the saved words get theirs all the same
    }
  };
  const keep = async () => {
    clearTimeout(timer);
    const text = box.value.trim();
    if (text === saved.trim() || text === sending) return;
    sending = text;
    if (await save(text)) saved = text; // what could not be saved stays in the field as typed
    sending = null;
  };
  box.value = value;
  box.addEventListener("input", () => {
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), PAUSE_MS);
  });
  box.addEventListener("change", () => void keep());
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void keep();
    if (event.key !== "Escape" || box.value === saved) return;
    event.preventDefault(); // the first Escape takes back what was typed, the next one closes
    box.value = saved;
    draw();
    void ask();
  });
  draw();
  return {
    element,
    box,
    show,
    keep: () => void keep(),
    /** The words as stored, unless others are being typed just now. @param {string} text */
    refresh(text) {
      const untouched = box.value.trim() === saved.trim();
      saved = text;
      if (!untouched || box.value.trim() === text.trim()) return;
      box.value = text;
      draw();
    },
  };
}

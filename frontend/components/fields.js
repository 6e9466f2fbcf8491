// What its owner writes about a picture and how the two agree: the fields that dialog, sheet and Desk have in common.

import * as api from "../api.js";
import { button, cross, fill, html, link, need, state } from "../core.js";
import { attempt } from "../edits.js";
import { background } from "../layout.js";
import { SEGMENTS, VERDICTS, alternative, because, pieces, simpleReader } from "../words.js";

const PAUSE_MS = 600; // of typing, before words are compared with the picture
const MOST_TAGS = 20;
const [LOWEST, HIGHEST] = [-1, 4]; // of the scale that is drawn; z of unrelated pairs lies about 0
/** @type {Record<string, string>} */
const SEEN = { agrees: "seen", partly: "partly seen", disagrees: "not seen" };

let groups = 0;

/** Tells whether what is asked with differs from the last time. */
export function news() {
  let last = "";
  return (/** @type {unknown[]} */ ...facts) => last !== (last = JSON.stringify(facts));
}

/** The drawing on the dialog's button of this kind. @param {string} kind */
export const glyphOf = (kind) => need(`#picture .${kind} svg`).cloneNode(true);

/** @param {Image} picture */
export function large({ derivatives: { display, thumb }, width, height, placeholder, message, status, ...rest }) {
  if (!display) return html`<p class="no-picture">${message ?? (status === "waiting" ? "The file hasn't arrived yet." : "The picture is being made ready.")}</p>`;
  const img = html`<img class="large" fetchpriority="high" src=${display} alt=${alternative(/** @type {Image} */ (rest))} width=${width} height=${height} />`;
  img.style.backgroundImage = [thumb && `url("${encodeURI(thumb)}")`, background(placeholder)].filter(Boolean).join();
  img.style.aspectRatio = `${width} / ${height}`;
  return img;
}

// --- how words and picture agree: never a percentage, never by colour alone

/** Solid under what is seen, dashed under what is not; hidden text says which. @param {string} text @param {Match | null} match @param {boolean} [spoken] false where a field beside it speaks */
export const marked = (text, match, spoken = true) =>
  pieces(text, match?.evidence ?? []).map(({ text, evidence }) => {
    const said = SEEN[evidence?.verdict ?? ""];
    return said ? html`<span class=${`mark ${evidence?.verdict}`} title=${evidence?.says}>${text}${spoken && html`<span class="unseen"> (${said})</span>`}</span>` : html`<span>${text}</span>`;
  });

/** The match that stands; none while new words wait for theirs. @param {Image} picture */
const stored = ({ match }) => (match?.reason === "pending" ? null : match);

/** Segments, verdict and sentence; nothing where there is nothing to say. @param {Image} picture @param {boolean} [measured] @param {Match | null} [match] */
export function verdict(picture, measured, match = stored(picture)) {
  const { analysis, caption, description, status } = picture;
  const waits = description && status !== "rejected" && (analysis === "pending" || status === "processing" || picture.match?.reason === "pending");
  if (!match) return waits ? html`<div class="match"><p class="sentence">Being compared with the picture…</p></div>` : null;
  const filled = SEGMENTS[match.verdict];
  return html`<div class=${`match ${match.verdict}`}>
    ${filled > 0 && html`<div class="segments" aria-hidden="true">${[1, 2, 3].map((n) => html`<i class=${n <= filled && "full"}></i>`)}</div>`}
    <p class="verdict">${VERDICTS[match.verdict]}</p>
    <p class="sentence">${because(match)}</p>
    ${measured && match.z !== null && measure(match.z, caption?.text ? match.caption_z : null)}
  </div>`;
}

/** Two marks on one scale. @param {number} yours @param {number | null} theirs */
function measure(yours, theirs) {
  const gap = yours - (theirs ?? yours);
  const dot = (/** @type {string} */ kind) => html`<span class=${`dot ${kind}`}></span>`;
  const mark = (/** @type {string} */ kind, /** @type {number} */ z) => {
    const at = dot(kind);
    at.style.insetInlineStart = `${(100 * (Math.min(HIGHEST, Math.max(LOWEST, z)) - LOWEST)) / (HIGHEST - LOWEST)}%`;
    return at;
  };
  return html`<details class="measure">
    <summary>How this is measured</summary>
    <div class="scale" aria-hidden="true">${mark("yours", yours)}${theirs !== null && mark("theirs", theirs)}<span>unrelated</span><span>close</span></div>
    <ul class="legend"><li>${dot("yours")}Your words${theirs !== null && `: ${Math.abs(gap) < 0.5 ? "about as" : gap > 0 ? "closer" : "less"} ${gap > 0.5 ? "than" : "close as"} the model's`}</li>${theirs !== null && html`<li>${dot("theirs")}The model's own words</li>`}</ul>
    <p>${simpleReader() ? "The reader looks for the words it knows in the picture's colours and light; words that fit nothing there lie at the left." : "The model turns picture and words into directions and measures how near they point; unrelated pairs lie at the left."} It is a comparison, not a truth.</p>
  </details>`;
}

// --- words

/**
 * A field for a picture's words, underlined beneath the letters as one types, and a place for how they match.
 * @param {{look: () => Image | undefined, label: string, save?: (text: string) => Promise<boolean>, measured?: boolean}} how
 */
export function wordsField({ look, label, save, measured }) {
  const spoken = `evidence-${++groups}`;
  const mirror = html`<div class="mirror" aria-hidden="true" dir="auto"></div>`;
  const aloud = html`<p class="unseen" id=${spoken}></p>`;
  const element = html`<div class="words">${mirror}<textarea rows="1" maxlength="1000" dir="auto" autocapitalize="sentences" aria-label=${label} aria-describedby=${spoken} placeholder="Say what it shows"></textarea>${aloud}</div>`;
  const box = need("textarea", element);
  const place = html`<div class="verdict-place"></div>`;
  let of = "";
  let saved = "";
  /** @type {string | null} */
  let sending = null;
  let timer = 0;
  let asking = new AbortController();
  /** @type {Match | null} */
  let match = null;

  const text = () => box.value.trim();
  const typed = () => text() !== saved.trim();
  const draw = () => fill(mirror, marked(box.value, match, false), "\u200b");
  const show = (/** @type {Match | null | undefined} */ fresh) => {
    const picture = look();
    match = fresh ?? null;
    const said = match?.evidence.filter(({ verdict }) => SEEN[verdict]) ?? [];
    aloud.textContent = said.map(({ text, verdict }) => `${text}: ${SEEN[verdict]}.`).join(" ");
    draw();
    fill(place, picture && verdict(picture, measured, match));
  };
  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const picture = look();
    if (!picture || !typed()) return show(picture && stored(picture));
    if (!text()) return show(null);
    if (picture.status !== "ready") return;
    const fresh = await api.score(picture.id, text(), signal).catch(() => match); // a help: the saved words get theirs all the same
    if (!signal.aborted) show(fresh);
  };
  const keep = async () => {
    const now = text();
    if (!save || !typed() || now === sending) return;
    clearTimeout(timer);
    sending = now;
    if (await save(now)) saved = now; // what could not be saved stays in the field as typed
    sending = null;
  };
  box.addEventListener("input", () => {
    draw();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  box.addEventListener("change", keep);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void keep();
    if (event.key !== "Escape" || box.value === saved) return;
    event.preventDefault(); // the first Escape takes back what was typed, the next one closes
    box.value = saved;
    void ask();
  });
  return {
    element,
    place,
    box,
    keep,
    /** As stored, unless others are being typed just now. @param {Image} picture */
    update(picture) {
      const kept = of === picture.id && typed();
      if (of !== picture.id) asking.abort();
      of = picture.id;
      saved = picture.description;
      if (!kept && typed()) box.value = saved;
      if (!typed()) show(stored(picture));
    },
  };
}

/** What the model sees. @param {Image} picture @param {Child} use a button, where these can be taken */
export const modelsWords = ({ caption }, use) => caption && [html`<h3>${caption.kind === "caption" ? "What the model sees" : "Looks"}</h3>`, html`<p class="machine">${caption.text}</p>`, use];

// --- category and tags

/** A picture's category as radio chips. A choice that is being saved stays marked. @param {(category: string) => unknown} save may give a promise */
export function chipsField(save) {
  const element = html`<div class="chips-place"></div>`;
  const group = `category-${++groups}`;
  const fresh = news();
  /** @type {string | undefined} */
  let wanted;
  const mark = (/** @type {string} */ chosen) => element.querySelectorAll("input").forEach((input) => (input.checked = input.value === chosen));
  const choose = async (/** @type {string} */ id) => {
    mark((wanted = id));
    await save(id);
    if (wanted === id) wanted = undefined;
  };
  const update = (/** @type {Image} */ { category, suggested }) => {
    const all = state.categories?.categories ?? [];
    const chosen = wanted ?? category;
    const hint = suggested?.category === chosen ? null : suggested?.category;
    if (fresh(hint, all)) fill(element, html`<fieldset class="chips"><legend class="unseen">Category</legend>${all.map(({ id, name }) => html`<label class=${id === hint ? "pick suggested" : "pick"}><input type="radio" name=${group} value=${id} @change=${() => choose(id)} /><span>${name}${id === hint && html`<span class="unseen"> (suggested)</span>`}</span></label>`)}</fieldset>`);
    mark(chosen);
  };
  return { element, choose, update };
}

/** Links for everybody; its owner adds and removes them in place. @param {Image} picture */
export function tagsField({ id, tags, mine, suggested }) {
  if (!mine && !tags.length) return null;
  const set = (/** @type {string[]} */ next) => void attempt(id, { tags: next.slice(0, MOST_TAGS) });
  const there = tags.map((tag) => html`<li class="tag">${link({ q: tag.includes(" ") ? `"${tag}"` : tag }, html`<bdi>${tag}</bdi>`)}${mine && cross(`Remove the tag ${tag}`, () => set(tags.filter((one) => one !== tag)))}</li>`);
  const offered = suggested?.tags.filter((tag) => mine && !tags.includes(tag)).map((tag) => html`<li>${button(`+ ${tag}`, () => set([...tags, tag]), "tag suggested")}</li>`);
  const box = html`<div><h3>Tags</h3><ul class="tags">${there}${offered}<li><input class="people" aria-label="Add a tag" placeholder="Add a tag" maxlength="40" dir="auto" /></li></ul></div>`;
  const input = need("input", box);
  const add = () => {
    const fresh = input.value.split(",").map((tag) => tag.trim()).filter((tag) => tag && !tags.includes(tag));
    input.value = "";
    if (fresh.length) set([...tags, ...fresh]);
  };
  input.hidden = !mine || tags.length >= MOST_TAGS;
  input.addEventListener("change", add);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== ",") return;
    event.preventDefault();
    add();
  });
  return box;
}

// What is known of a picture and written about it: the fields that dialog, sheet and Desk share, and the dialog's sidebar.

import { background, button, cross, fill, go, html, image, link, need, remember, state, tell, trying } from "../core.js";
import { attempt, download, publish, remove, retry, unpublish } from "../edits.js";
import { api } from "../gallery.js";
import { note, noted } from "../kept.js";
import { SEGMENTS, STEPS, VERDICTS, alternative, asleep, because, date, name, pieces, simpleReader, size, why } from "../words.js";

const [ALIKE, ROW] = [6, 3]; // look-alikes, and those beside each other
const PAUSE_MS = 600; // of typing, before words are compared with the picture
const MOST_TAGS = 20;
const [LOWEST, HIGHEST] = [-1, 4]; // of the scale that is drawn; z of unrelated pairs lies about 0
/** @type {Record<string, string>} */
const SEEN = { agrees: "seen", partly: "partly seen", disagrees: "not seen" };
let groups = 0;

/** Draws only what differs, so that eyes and hands stay where they are. @param {HTMLElement} at @param {...Child} contents */
export function renew(at, ...contents) {
  const fresh = html`<div></div>`;
  fill(fresh, ...contents);
  const differs = fresh.innerHTML !== at.innerHTML;
  if (differs) fill(at, ...fresh.childNodes);
  return differs;
}

/** The drawing on the dialog's button of this kind. @param {string} kind */
export const glyphOf = (kind) => need(`#picture .${kind} svg`).cloneNode(true);

/** @param {Image} picture */
export function large(picture) {
  const { derivatives, width, height, placeholder, message, status } = picture;
  if (!derivatives.display) return html`<p class="no-picture">${message ?? (status === "waiting" ? "The file hasn't arrived yet." : "The picture is being made ready.")}</p>`;
  const img = html`<img class="large" fetchpriority="high" src=${derivatives.display} alt=${alternative(picture)} width=${width} height=${height} />`;
  img.style.backgroundImage = [derivatives.thumb && `url("${encodeURI(derivatives.thumb)}")`, background(placeholder)].filter(Boolean).join();
  img.style.aspectRatio = `${width} / ${height}`;
  return img;
}

// --- how words and picture agree: never a percentage, never by colour alone

/** @param {string} text @param {Match | null} match @param {boolean} [spoken] hidden text says what the lines say; not where a field beside it speaks */
const marked = (text, match, spoken) =>
  pieces(text, match?.evidence ?? []).map(({ text, evidence }) => {
    const said = SEEN[evidence?.verdict ?? ""];
    return said ? html`<span class=${`mark ${evidence?.verdict}`} title=${evidence?.says}>${text}${spoken && html`<span class="unseen"> (${said})</span>`}</span>` : html`<span>${text}</span>`;
  });

/** The match that stands; none while new words wait for theirs. @param {Image} picture */
const stored = ({ match }) => (match?.reason === "pending" ? null : match);

/** Nothing where there is nothing to say. @param {Image} picture @param {boolean} [measured] @param {Match | null} [match] */
function verdict(picture, measured, match = stored(picture)) {
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
  const dot = (/** @type {string} */ kind, z = 0) => {
    const at = html`<span class=${`dot ${kind}`}></span>`;
    at.style.insetInlineStart = `${(100 * (Math.min(HIGHEST, Math.max(LOWEST, z)) - LOWEST)) / (HIGHEST - LOWEST)}%`;
    return at;
  };
  return html`<details class="measure">
    <summary>How this is measured</summary>
    <div class="scale" aria-hidden="true">${dot("yours", yours)}${theirs !== null && dot("theirs", theirs)}<span>unrelated</span><span>close</span></div>
    <ul class="legend"><li>${dot("yours")}Your words${theirs !== null && `: ${Math.abs(gap) < 0.5 ? "about as" : gap > 0 ? "closer" : "less"} ${gap > 0.5 ? "than" : "close as"} the model's`}</li>${theirs !== null && html`<li>${dot("theirs")}The model's own words</li>`}</ul>
    <p>${simpleReader() ? "The reader looks for the words it knows in the picture's colours and light; words that fit nothing there lie at the left." : "The model turns picture and words into directions and measures how near they point; unrelated pairs lie at the left."} It is a comparison, not a truth.</p>
  </details>`;
}

// --- words

/** A field for words, underlined beneath the letters as one types, and a place for how they match. @param {WordsHow} how */
export function wordsField({ look, label, save, measured }) {
  const spoken = `evidence-${++groups}`;
  const mirror = html`<div class="mirror" aria-hidden="true" dir="auto"></div>`;
  const aloud = html`<p class="unseen" id=${spoken}></p>`;
  const element = html`<div class="words">${mirror}<textarea rows="1" maxlength="1000" dir="auto" autocapitalize="sentences" aria-label=${label} aria-describedby=${spoken} placeholder="Say what it shows"></textarea>${aloud}</div>`;
  const box = need("textarea", element);
  const place = html`<div class="verdict-place"></div>`;
  let [of, saved, sending, timer] = ["", "", " ", 0]; // of which picture; a space is no text to send
  let asking = new AbortController();
  /** @type {Match | null} */
  let match = null;

  const text = () => box.value.trim();
  const typed = () => text() !== saved.trim();
  const draw = () => renew(mirror, marked(box.value, match, false), "\u200b");
  const jot = () => note(of, typed() ? text() : "");
  const show = (/** @type {Match | null | undefined} */ fresh) => {
    const picture = look();
    match = fresh ?? null;
    const said = match?.evidence.filter(({ verdict }) => SEEN[verdict]) ?? [];
    aloud.textContent = said.map(({ text, verdict }) => `${text}: ${SEEN[verdict]}.`).join(" ");
    draw();
    renew(place, picture && verdict(picture, measured, match));
  };
  const ask = async () => {
    asking.abort();
    const { signal } = (asking = new AbortController());
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
    sending = " ";
  };
  box.addEventListener("input", () => {
    jot();
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
    jot();
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
      const back = of === picture.id ? "" : noted(picture.id); // typed on a page that was left
      if (of !== picture.id) asking.abort();
      of = picture.id;
      saved = picture.description;
      if (back || (!kept && typed())) box.value = back || saved;
      if (!typed()) show(stored(picture));
      else if (back) draw(), void ask();
    },
  };
}

/** @param {Image} picture @param {Child} use a button, where these words can be taken */
export const modelsWords = ({ caption }, use) => caption && [html`<h3>${caption.kind === "caption" ? "What the model sees" : "Looks"}</h3>`, html`<p class="machine">${caption.text}</p>`, use];

// --- category and tags

/** A picture's category as radio chips. A choice that is being saved stays marked. @param {(category: string) => unknown} save may give a promise */
export function chipsField(save) {
  const element = html`<div class="chips-place"></div>`;
  const group = `category-${++groups}`;
  let wanted = "";
  const mark = (/** @type {string} */ chosen) => element.querySelectorAll("input").forEach((input) => (input.checked = input.value === chosen));
  const choose = async (/** @type {string} */ id) => {
    mark((wanted = id));
    await save(id);
    if (wanted === id) wanted = "";
  };
  const update = (/** @type {Image} */ { category, suggested }) => {
    const all = state.categories?.categories ?? [];
    const chosen = wanted || category;
    const hint = suggested?.category === chosen ? null : suggested?.category;
    renew(element, html`<fieldset class="chips"><legend class="unseen">Category</legend>${all.map(({ id, name }) => html`<label class=${id === hint ? "pick suggested" : "pick"}><input type="radio" name=${group} value=${id} @change=${() => choose(id)} /><span>${name}${id === hint && html`<span class="unseen"> (suggested)</span>`}</span></label>`)}</fieldset>`);
    mark(chosen);
  };
  return { element, choose, update };
}

/** @param {Image} picture */
function tagsField({ id, tags, mine, suggested }) {
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

// --- the sidebar
/** What stands where in everybody's sidebar. @type {Record<string, (picture: Image) => Child>} */
const PARTS = {
  ".head"({ id, mine, status, published, message, analysis, sample }) {
    const failed = status === "failed" || (status === "ready" && analysis === "failed" && mine);
    return [
      mine && status === "ready" && !published && html`<p class="standing">A draft: only you see it.</p>`,
      status === "rejected" && html`<p class="standing bad">${message}</p>`,
      failed && html`<p class="standing bad">${message ?? "The reader failed on this picture."} ${button("Try again", () => void trying(() => retry(id)))}</p>`,
      analysis === "waking" && html`<p class="standing">${asleep()}</p>`,
      sample && html`<p class="standing">A sample, drawn by the program.</p>`,
    ];
  },
  ".sees"(picture) {
    const { id, caption, description, mine } = picture;
    const use = mine && caption?.kind === "caption" && caption.text !== description;
    return modelsWords(picture, use && button("Use these words", () => void attempt(id, { description: caption.text })));
  },
  ".tags-place": tagsField,
  ".palette-place"({ palette }) {
    const swatches = palette.map(({ hex, name, share }) => {
      const search = link({ q: `colour:${name}` }, "", { label: `${name}, ${Math.max(1, Math.round(share * 100))} %` });
      const item = html`<li>${search}</li>`;
      search.style.background = hex;
      item.style.flexGrow = String(Math.max(share, 0.02));
      return item;
    });
    return swatches.length > 0 && html`<div><h3 class="unseen">Colours</h3><ul class="palette">${swatches}</ul></div>`;
  },
  ".more-facts > div"({ steps, filename, bytes, width, height, content_type, created_at, match, caption, mine, id }) {
    const { space, z, caption_z } = match ?? {};
    const rows = Object.entries({
      Added: date(created_at),
      Size: `${width && height ? `${width} × ${height}, ` : ""}${size(bytes)}`,
      Kind: content_type,
      File: filename,
      Reader: caption?.model ?? space,
      Scale: z != null && `z ${z.toFixed(2)}${caption_z != null ? `; the model's words ${caption_z.toFixed(2)}` : ""}`,
    });
    const taken = steps?.map(({ name, outcome, ms, reason }) => html`<li class=${outcome}><span>${STEPS[name] ?? name}</span><span>${outcome === "ok" ? `${ms} ms` : [outcome, reason?.replaceAll("_", " ")].filter(Boolean).join(": ")}</span></li>`);
    return [
      taken?.length > 0 && html`<ol class="steps">${taken}</ol>`,
      html`<dl>${rows.map(([term, value]) => value && html`<div><dt>${term}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`,
      mine && button("Download the original", () => void download([id])),
    ];
  },
  ".deeds"({ id, mine, published, status }) {
    const ready = status === "ready";
    const bin = () => void remove([id]).then((gone) => gone && go({ image: "" }, { replace: true }));
    return [
      mine && ready && !published && button("Publish", () => void publish([id], true), "button"),
      mine && ready && published && button("Unpublish", () => void unpublish([id], true), "button quiet"),
      ready && published && button("Share", () => void share(id), "button quiet"),
      mine && button("Delete", bin, "button quiet"),
    ];
  },
};

/** @type {typeof PARTS} */
const READ = {
  ".own": ({ title, description, match }) => [title && html`<h2 class="title" dir="auto">${title}</h2>`, description && html`<p class="description" dir="auto">${marked(description, match, true)}</p>`],
  ".verdict-place": (picture) => verdict(picture, true),
  ".category-place": ({ category }) => [html`<h3>Category</h3>`, link({ category }, state.categories?.categories.find(({ id }) => id === category)?.name ?? category)],
  ".credit-place": ({ credit }) => credit && [html`<h3>Credit</h3>`, html`<p class="people" dir="auto">${credit}</p>`],
};

/** @param {Image} picture @returns {Facts} */
export function facts(picture) {
  const { id, mine } = picture;
  const words = wordsField({ look: () => image(id), label: "Description", save: (description) => attempt(id, { description }), measured: true });
  const title = line(id, "title", html`<input class="title" dir="auto" maxlength="120" aria-label="Title" placeholder="Add a title" />`);
  const credit = line(id, "credit", html`<input class="people" dir="auto" maxlength="200" placeholder="Who made it" />`);
  const chips = chipsField((category) => attempt(id, { category }));
  const own = mine ? [words, title, credit] : [];
  const element = html`<div class="facts">
    <div class="head"></div>
    <p class="here">${why(state.list?.hits.get(id))}</p>
    <div class="own">${mine && [title.input, words.element]}</div>
    ${words.place}
    <section class="sees"></section>
    <section class="tags-place"></section>
    <section class="palette-place"></section>
    <section class="category-place">${mine && [html`<h3 aria-hidden="true">Category</h3>`, chips.element]}</section>
    <section class="credit-place">${mine && html`<label class="field"><span>Credit</span>${credit.input}</label>`}</section>
    <section class="alike-place"></section>
    <details class="more-facts"><summary>Steps, file, measurement</summary><div></div></details>
    <div class="deeds"></div>
  </div>`;
  const update = (/** @type {Image} */ now) => {
    for (const [place, draw] of Object.entries(mine ? PARTS : { ...PARTS, ...READ })) {
      const at = need(place, element);
      if (!at.querySelector("input")?.value) renew(at, draw(now)); // not what is being typed
    }
    if (mine) for (const one of [...own, chips]) one.update(now);
  };
  update(picture);
  void alike(id, need(".alike-place", element));
  return { element, update, keep: () => own.forEach(({ keep }) => void keep()) };
}

/** One line of its owner's, saved when it is left. @param {string} id @param {"title" | "credit"} field @param {HTMLElement} element */
function line(id, field, element) {
  const input = /** @type {HTMLInputElement} */ (element);
  let saved = "";
  const keep = async () => {
    const text = input.value.trim();
    if (text !== saved && (await attempt(id, { [field]: text }))) saved = text;
  };
  input.addEventListener("change", keep);
  input.addEventListener("keydown", ({ key }) => key === "Enter" && void keep());
  const update = (/** @type {Image} */ now) => {
    if (input.value.trim() === saved && document.activeElement !== input) input.value = now[field];
    saved = now[field];
  };
  return { input, keep, update };
}

/** A help, not worth a message when it fails. @param {string} id @param {HTMLElement} place */
async function alike(id, place) {
  const { hits } = await api.similar(id, ALIKE).catch(() => ({ hits: [] }));
  const near = hits.filter(({ likely }) => likely).map(({ image }) => image);
  if (near.length > ROW) near.length -= near.length % ROW; // whole rows
  remember(near);
  if (!near.length) return;
  const thumbs = near.map((picture) => {
    const img = html`<img src=${picture.derivatives.thumb} alt=${alternative(picture)} loading="lazy" width="96" height="72" />`;
    const open = link({ ...state.route, image: picture.id }, img, { replace: Boolean(state.route.image) });
    open.style.backgroundImage = background(picture.placeholder);
    return html`<li>${open}</li>`;
  });
  fill(place, html`<h3>Looks alike</h3>`, html`<ul class="thumbs">${thumbs}</ul>`, button("More like this", () => go({ q: `similar:${id}`, image: "", category: "" })));
}

/** By the machine's own sheet where it has one; else the link is copied. @param {string} id */
async function share(id) {
  const url = await api.shareLink(id);
  try {
    if (navigator.share) await navigator.share({ title: name(/** @type {Image} */ (image(id))), url });
    else {
      await navigator.clipboard.writeText(url);
      tell("The link is copied. Whoever has it sees this picture.");
    }
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) tell(url);
  }
}

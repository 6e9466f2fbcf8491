// The search box: chips and words, suggestions, a picture as the query; and ways on from a picture that was found.
// The text is the truth, and the gallery's answer says how it is understood; until that is here, a guess stands in.

import { api, button, changed, count, cross, fill, follow, go, hanging, html, HUES, image, need, pictures, quoted, refresh, remember, says, state, target, trying, watch } from "./core.js";
import { dress, redraw } from "./main.js";

const PART = /(-)?(?:(category|colou?r|check|status|similar):)?(?:"([^"]*)"?|([^\s"]+?))(?:\^([\d.]+))?(?=\s|$)/g;
const MOST = 8; // suggestions, and recent searches kept
const MOST_PX = 1024; // across, of a picture that is sent: models look at less

const box = need("input#q");
const form = need("#search");
const list = need("#chips");
const offers = need("#offers");
const menu = need("#chip-menu");
const root = document.documentElement.classList;
const lit = globalThis.Highlight && new Highlight();
/** @type {ChipsHold} */
const held = { chips: [], at: 0, typed: false, asked: new Set() };
let begun = false; // this stretch of typing has its own place in the history
let [timer, rest] = [0, 0]; // until what is typed is searched for, and until it is taken for the whole

/** @type {Chips} */
const module = {
  // --- the text and its parts

  parts: (q) =>
    (state.list?.route.q === q && state.list.query) ||
    [...q.matchAll(PART)].map(([typed, minus, key, phrase, word = "", weight = 1]) => ({
      kind: key?.replace("color", "colour") ?? (phrase == null ? "word" : "phrase"), text: phrase ?? word, weight: +weight, negated: !!minus, typed,
    })),

  text: (chips = held.chips) => [...chips.map(({ typed }) => typed), box.value.trim()].filter(Boolean).join(" "),

  settle() {
    const { chip = [], word = [] } = Object.groupBy(parts(state.route.q), ({ kind, negated, weight }) => (kind !== "word" || negated || weight !== 1 ? "chip" : "word"));
    const words = word.map(({ typed }) => typed).join(" ");
    held.chips = chip;
    held.typed = false;
    if (document.activeElement !== box || words !== box.value.trim()) box.value = words;
  },

  put: (chips, changes, how) => go({ q: text(chips), image: "", ...changes }, how),

  add(typed, gone) {
    const fresh = parts(typed);
    put([...held.chips.filter((one) => !gone?.(one) && (one.kind !== fresh[0]?.kind || one.text !== fresh[0].text)), ...fresh]);
  },

  wanted: ({ kind, negated }) => kind === "colour" && !negated,

  toggleColour(name) {
    if (held.chips.some((one) => wanted(one) && one.text === name)) put(held.chips.filter((one) => !wanted(one)));
    else add(`colour:${name}`, wanted);
  },

  drop(at) {
    put(held.chips.filter((_, i) => i !== at), at < 0 ? { picture: "" } : {}); // one's own picture comes before all chips
    if (document.activeElement !== box) (faces()[at] ?? faces().at(-1) ?? box).focus();
  },

  turn(at, changes) {
    const { kind, text, typed, negated, weight } = { ...held.chips[at], ...changes };
    const plain = kind === "word" ? `"${text}"` : typed?.replace(/^-|\^[\d.]+$/g, ""); // a word by itself is no chip
    put(held.chips.map((one, i) => (i === at ? { ...one, typed: `${negated ? "-" : ""}${plain}${weight === 1 ? "" : `^${weight}`}` } : one)));
    faces()[at]?.focus();
  },

  // --- drawing

  startSearch() {
    box.addEventListener("input", () => {
      clearTimeout(timer);
      clearTimeout(rest);
      timer = setTimeout(commit, 220);
      rest = setTimeout(whole, 1200);
      state.typing = held.typed = true;
      drawChips();
      offer();
    });
    box.addEventListener("click", () => (innerWidth < 640 ? enter() : offer()));
    box.addEventListener("blur", () => {
      begun = false;
      whole();
      if (!root.contains("searching")) fold(); // on a phone what is below would move away from under the thumb
    });
    offers.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    form.addEventListener("keydown", keys);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      whole();
      commit();
      settle();
      drawChips();
      jot();
      leave();
      need("#wall").focus({ preventScroll: true });
    });
    form.addEventListener("click", (event) => {
      const { not, times, off } = target(event).dataset;
      const { at } = held;
      if (!(not ?? times ?? off)) return;
      menu.hidePopover();
      if (off) drop(at);
      else turn(at, not ? { negated: !held.chips[at]?.negated } : { weight: Number(times) });
    });
    need("#clear").addEventListener("click", () => {
      box.value = "";
      put([], { picture: "" });
      box.focus();
      fold();
    });
    const file = need("input#sought");
    need("#by-picture").addEventListener("click", () => file.click());
    file.addEventListener("change", () => byPicture(file.files).then(() => (file.value = "")));
    dress((card) => {
      const id = card.dataset.id ?? "";
      card.querySelector(".scrim")?.append(steer(id, "alike"));
      card.querySelector(".hang")?.append(likes(id) || "");
      light(card, id);
    });
    watch(["route"], () => {
      if (text() !== state.route.q) lit?.clear(), settle();
      if (state.route.image) jot(), leave();
    });
    watch(["route", "list", "categories"], () => {
      if (!held.typed && state.list?.route.q === state.route.q) settle();
      drawChips();
      mean(); // an answer may come late
    });
    follow(({ id }) => held.chips.some(({ text }) => text === id) && drawChips());
  },

  whole() {
    clearTimeout(rest);
    if (!state.typing) return;
    state.typing = false;
    mean();
  },

  mean: () => state.typing || state.list?.reason !== "typing" || void refresh(), // by meaning too, now that the words are all there

  enter() {
    root.add("searching");
    box.focus();
    offer();
  },

  leave() {
    root.remove("searching");
    fold();
  },

  commit() {
    if (text() === state.route.q) return;
    put(held.chips, {}, { replace: begun });
    begun = true;
  },

  drawChips() {
    const own = pictures.get(state.route.picture);
    const fresh = html`<ul>${own && html`<li class="chip"><span class="chip-face"><img src=${own.url} alt="" width="24" height="24" />${says("own-picture")}</span>${cross("Remove your picture", () => drop(-1))}</li>`}${held.chips.map(chip)}</ul>`;
    need("#clear").hidden = !own && !text();
    if (fresh.innerHTML !== list.innerHTML) fill(list, ...fresh.childNodes);
    for (const hue of document.querySelectorAll(".hue")) hue.ariaPressed = String(held.chips.some((one) => wanted(one) && one.text === hue.ariaLabel));
  },

  chip(part, at) {
    const { kind, text, negated, weight } = part;
    const filed = kind === "category" && state.categories?.categories.find(({ id }) => id === text)?.name;
    const words = kind === "similar" ? "More like this" : kind === "phrase" ? `“${text}”` : filed || says(`desk-${text}`) || text;
    const face = button([mark(part), negated && html`<i>not </i>`, negated ? html`<s>${words}</s>` : words, weight !== 1 && html`<b> ×${weight}</b>`], () => open(at, words), "chip-face");
    face.ariaHasPopup = "dialog";
    return html`<li class="chip">${face}${cross(`Remove ${kind === "similar" ? "look-alikes" : words}`, () => drop(at))}</li>`;
  },

  mark({ kind, text }) {
    if (kind === "colour") {
      const dot = html`<span class="chip-colour"></span>`;
      dot.style.background = HUES[text] ?? text; // black, white, grey and brown are CSS's own; what is no colour leaves none
      return dot;
    }
    if (kind !== "similar") return null;
    const known = image(text);
    if (!known && !held.asked.has(text)) held.asked.add(text), api.one(text).then((one) => remember([one]), () => {});
    const thumb = known?.derivatives.thumb;
    return thumb && html`<img src=${thumb} alt="" width="24" height="24" />`;
  },

  faces: () => [...list.querySelectorAll("button.chip-face")],

  open(at, words) {
    const { left = 0, bottom = 0 } = faces()[at]?.getBoundingClientRect() ?? {};
    const { kind = "", negated, weight } = held.chips[(held.at = at)] ?? {};
    menu.ariaLabel = words;
    for (const choice of menu.querySelectorAll("button")) {
      const { not, times } = choice.dataset;
      if (not ?? times) choice.ariaPressed = String(not ? negated : weight === Number(times));
      choice.hidden = !!times && /category|check|status/.test(kind);
    }
    menu.showPopover();
    menu.style.translate = `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px ${bottom + 12}px`;
    need("button", menu).focus();
  },

  keys(event) {
    const { key } = event;
    const at = target(event);
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[key] ?? 0;
    const all = [...faces(), box];
    const here = all.indexOf(at);
    const to = by && here >= 0 && all[here + by];
    const start = at !== box || !box.selectionEnd; // elsewhere in the field, keys do what they do in fields
    const erase = /Backspace|Delete/.test(key);
    const chosen = /** @type {HTMLElement | null} */ (offers.querySelector("[aria-selected=true]"));
    if (menu.contains(at) || event.isComposing) return;
    if (key === "Escape" && !offers.hidden) fold();
    else if (key === "Escape") return leave();
    else if (at === box && /^Arrow(Up|Down)/.test(key)) choose(by, chosen);
    else if (at === box && chosen && key === "Enter") chosen.click();
    else if (erase && at.matches("button.chip-face")) drop(here);
    else if (erase && at === box && start && key !== "Delete") drop(held.chips.length - 1);
    else if (to && start) to.focus();
    else return;
    event.preventDefault();
  },

  // --- suggestions: one's own recent searches, which only this browser keeps, and what is there

  recent() {
    try {
      return JSON.parse(localStorage.recent ?? "[]");
    } catch {
      return []; // forbidden here, or somebody else's
    }
  },

  jot() {
    const { q } = state.route;
    if (!q || q.includes("similar:")) return; // an id says nothing
    try {
      localStorage.recent = JSON.stringify([q, ...recent().filter((one) => one !== q)].slice(0, MOST));
    } catch {
      // forbidden here: there are none
    }
  },

  fold() {
    fill(offers);
    point(null);
  },

  point(option) {
    offers.hidden = !offers.childElementCount;
    box.ariaExpanded = String(!offers.hidden);
    for (const one of offers.children) one.ariaSelected = String(one === option);
    box.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  },

  choose(by, chosen) {
    if (offers.hidden) offer();
    /** @type {(Element | null)[]} */
    const ring = [null, ...offers.children];
    point(ring[(ring.indexOf(chosen) + by + ring.length) % ring.length] ?? null);
  },

  offer() {
    const typed = text();
    const word = /\S*$/.exec(box.value.toLowerCase())?.[0] ?? "";
    const seen = hanging();
    const of = (said = "", kind = "", typed = "") => ({ said, kind, typed });
    const there = [
      ...recent().filter((q) => q !== typed && q.startsWith(typed)).map((q) => of(q, "recent")),
      ...[
        ...seen.flatMap(({ palette }) => palette).map(({ name }) => of(name, "colour", `colour:${name}`)),
        ...(state.categories?.categories ?? []).map(({ id, name, count }) => of(count && word ? name : "", "category", `category:${id}`)),
        ...seen.flatMap(({ tags }) => tags).map((tag) => of(tag, "tag", quoted(tag))),
      ].filter(({ said, kind }) => said && ` ${said.toLowerCase()}`.includes(` ${word}`) && (word || (kind === "tag" && !typed))),
    ];
    const fresh = [...new Map(there.map((one) => [one.said + one.kind, one])).values()].slice(0, MOST);
    const take = (said = "", typed = "") => {
      clearTimeout(timer);
      box.value = box.value.replace(/\S*$/, "");
      if (typed) add(typed);
      else go({ q: said, image: "" });
      box.focus();
      whole();
      fold();
    };
    const forget = () => {
      delete localStorage.recent;
      offer();
    };
    fill(offers, fresh.map(({ said, kind, typed }) => button([mark({ kind, text: said }), html`<bdi>${said}</bdi>`, html`<small> ${kind}</small>`], () => take(said, typed))), fresh[0]?.kind === "recent" && button("Clear recent searches", forget));
    for (const [at, one] of offers.querySelectorAll("button").entries()) Object.assign(one, { id: `offer-${at}`, role: "option", tabIndex: -1 }); // arrows choose: Tab goes on
    point(null);
  },

  // --- a picture as the query

  async byPicture(files) {
    let body = /** @type {Blob | undefined} */ (files?.[0]);
    if (!body || !state.signedIn) return;
    try {
      const bitmap = await createImageBitmap(body);
      const scale = Math.min(1, MOST_PX / bitmap.width);
      const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale));
      canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      body = await canvas.convertToBlob({ type: "image/webp" });
    } catch {
      // no browser reads every kind; the gallery says what is wrong with it
    }
    const picture = `${Date.now()}`;
    pictures.set(picture, { body, url: URL.createObjectURL(body) });
    put(held.chips, { picture });
    fold();
  },

  // --- on a card and beside a picture

  steer: (id, kind) => html`<div class="steer">${button("More like this", () => add(`similar:${id}`), kind)}${button("Less like this", () => add(`-similar:${id}`), kind)}</div>`,

  likes(id) {
    const { list } = state;
    const hit = list?.hits.get(id);
    const { count: more = 0, ids = [] } = hit?.like ?? {};
    const unfold = async () => {
      const { images } = await api.some(ids);
      if (!hit?.like) return;
      hit.like = null;
      remember(images);
      for (const image of images) list?.hits.set(image.id, { ...hit, image });
      if (list) list.ids = [...new Set(list.ids.flatMap((one) => (one === id ? [id, ...images.map(({ id }) => id)] : one)))];
      if (list) changed(list);
      redraw(id);
      made.remove();
    };
    const made = button(`and ${count(more)} like it`, () => void trying(unfold), "like");
    return more > 0 && made;
  },

  here(id, place) {
    const hit = state.list?.hits.get(id);
    const { q } = state.route;
    fill(place, hit?.why.sentence, likes(id));
    // Only a gallery on one machine keeps what its owner thinks of results; elsewhere nothing is drawn.
    if (q && hit?.image.mine) api.grades(q).then((grades) => {
      const thumbs = Object.entries({ Fits: 3, "Doesn't fit": 0 }).map(([said, grade]) => {
        const one = button(said, () => void trying(async () => {
          const off = one.ariaPressed === "true";
          await api.judge(q, id, off ? null : grade);
          for (const thumb of thumbs) thumb.ariaPressed = String(thumb === one && !off);
        }), "judge");
        one.ariaPressed = String(grades[id] === grade);
        return one;
      });
      place.append(...thumbs);
    }, () => {});
  },

  light(at, id) {
    const words = state.list?.hits.get(id)?.why.words?.highlights.join(" ").match(/[\p{L}\p{N}]+/gu);
    if (!lit || !words) return;
    const walker = document.createTreeWalker(at, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const { index, 0: { length } } of node.nodeValue?.matchAll(RegExp(`(?<![\\p{L}\\p{N}])(${words.join("|")})`, "giu")) ?? []) {
        lit.add(new StaticRange({ startContainer: node, startOffset: index, endContainer: node, endOffset: index + length }));
      }
    }
  },
};

const { parts, text, settle, put, add, wanted, drop, turn, whole, mean, commit, drawChips, chip, mark, faces, open, keys, recent, jot, fold, point, choose, offer, likes } = module;
export const { toggleColour, startSearch, enter, leave, byPicture, steer, here, light } = module;

if (lit) CSS.highlights.set("found", lit);

// The page: the wall, all that stands around it, and how its parts are wired together. Dialogs and uploads come when they are wanted.

import { alternative, announce, api, background, button, config, count, counted, fill, follow, followAddress, go, hanging, holdFocus, html, HUES, image, label, link, listen, listKey, modeSentence, more, need, onPlain, onward, parse, pause, place, quoted, readerName, reason, recount, refresh, remark, remember, says, show, state, target, tell, trying, watch } from "./core.js";
import { byPicture, enter, leave, startSearch, toggleColour } from "./chips.js";

const root = document.documentElement.classList;
const wall = need("#wall");
const header = need(".top");
const MOST_CARDS = 240; // in the document; the promise is 300
const DIVIDER = 56; // px above the less likely
/** @type {WallHolds} */
const { hung, dressers } = { hung: new Map(), dressers: [] };
/** @type {WallState} */
let { ids, layout } = { ids: [], layout: { rows: [], boxes: [], height: 0 } };
let frame = 0;
let stage = 0; // what is fetched: 0 the first row, 1 all that the window shows, 2 what lies around it
let divider = -1;
let shownKey = "";
let unlaid = false;

/** @type {Main & Wall} */
const module = {
  lost: () => tell(says("part-lost"), "Reload the page", () => location.reload()),
  dialogs: (act, otherwise = lost) => Promise.all([import("./dialogs.js"), import("./facts.js")]).then(([part]) => act(part), otherwise), // in one round trip
  owners: (act, otherwise = lost) => import("./owners.js").then(act, otherwise),
  signin: (act, otherwise = lost) => import("./signin.js").then(act, otherwise),

  // --- categories, order and colours

  drawTabs() {
    const { categories, route } = state;
    if (!categories) return; // counts that came later would push the tabs about
    const list = need("#tabs");
    const focused = list.querySelector("a:focus")?.getAttribute("href");
    fill(list, ...[{ id: "", name: "Everything", count: categories.total }, ...categories.categories].map((one) => {
      const tab = link({ ...route, category: one.id, image: "" }, [one.name, html`<span class="count">${count(one.count)}</span>`], { kind: "tab" });
      if (route.category === one.id) tab.ariaCurrent = "page";
      return html`<li>${tab}</li>`;
    }));
    for (const tab of list.querySelectorAll("a")) if (tab.getAttribute("href") === focused) tab.focus();
  },

  startOrder() {
    const order = need("select#order");
    order.addEventListener("change", () => go({ sort: order.value, seed: order.value === "shuffle" ? `${1 + Math.floor(Math.random() * 1e6)}` : "" }));
    watch(["route"], () => {
      order.value = state.route.sort;
      order.hidden = Boolean(state.route.q || state.route.picture); // a search has an order of its own
    });
  },

  hue([name, hex]) {
    const press = () => toggleColour(name);
    const button = html`<button type="button" class="hue" title=${name} aria-label=${name} @click=${press}></button>`;
    button.style.setProperty("--hue", hex);
    return button;
  },

  startFiles(give) {
    const input = need("input#files");
    input.addEventListener("change", () => {
      give(input.files);
      input.value = "";
    });
    addEventListener("paste", (event) => (target(event).id === "q" ? byPicture : give)(event.clipboardData?.files));
    let depth = 0;
    for (const [type, by] of Object.entries({ dragenter: 1, dragleave: -1, dragover: 0, drop: -Infinity })) {
      window.addEventListener(type, (event) => {
        const files = event instanceof DragEvent && event.dataTransfer;
        if (!state.signedIn || !files || !files.types.includes("Files")) return;
        event.preventDefault();
        depth = Math.max(0, depth + by);
        root.toggle("dropping", depth > 0);
        if (type === "drop") (target(event).closest("#search") ? byPicture : give)(files.files);
      });
    }
  },

  // --- where pictures would be

  drawState() {
    const { list, categories } = state;
    const place = need("#state");
    const loading = !list || (list.state === "loading" && !list.ids.length);
    root.toggle("loading", loading);
    place.hidden = loading || list.ids.length > 0;
    if (!place.hidden && place.querySelector(":disabled")) return; // samples are being drawn
    fill(place, place.hidden || !list ? [] : standIn(list, categories?.total));
  },

  standIn(list, total) {
    const { route, state, error } = list;
    const everything = link({}, "Show everything", { kind: "button" });
    if (state === "failed") return [html`<h2>The pictures didn't come.</h2>`, html`<p>${error}</p>`, button("Try again", () => show(route), "button")];
    if (route.q || route.picture) {
      return [
        html`<h2>Nothing here looks like that.</h2>`,
        html`<p class="quiet">${modeSentence(list) || says("fewer-words")}</p>`,
        route.category ? link({ ...route, category: "" }, "Search everywhere", { kind: "button" }) : everything,
        suggestionLine(),
      ];
    }
    return route.category && total !== 0 ? [html`<h2>Nothing is filed here yet.</h2>`, everything] : firstRun();
  },

  firstRun() {
    if (!state.signedIn) return html`<h2>Nothing hangs here yet.</h2>`;
    const first = document.importNode(need("template#first-run").content, true);
    need(".button", first).addEventListener("click", () => need("#files").click());
    const samples = need(".link", first);
    samples.addEventListener("click", look);
    void config().then((told) => (samples.hidden = !told.samples));
    return first;
  },

  async look(event) {
    const pressed = target(event);
    pressed.toggleAttribute("disabled", true);
    pressed.textContent = "Drawing the samples…";
    try {
      await Promise.all([api.addSamples(), untilHung()]);
      announce(says("samples-hang"));
    } catch (error) {
      tell(reason(error));
      pressed.toggleAttribute("disabled", false);
      drawState();
    }
  },

  async untilHung() {
    const { list } = state;
    for (let tries = 0; tries < 120 && state.list === list && (list?.ids.length ?? 0) < 12; tries++) {
      await pause(700);
      await Promise.all([refresh(), recount()]);
    }
  },

  async clear() {
    await api.removeSamples();
    announce("The samples are gone.");
    await Promise.all([refresh(), recount()]);
  },

  drawNote() {
    const { list } = state;
    const note = need("#note");
    const samples = list && !list.query ? list.ids.slice(0, 40).filter((id) => image(id)?.sample) : [];
    const mode = list?.query && list.ids.length ? [!list.fits && says("nothing-fits"), modeSentence(list)].filter(Boolean).join(" ") : "";
    note.hidden = !samples.length && !mode;
    const rid = samples.some((id) => image(id)?.mine) && button("Remove the samples", () => void trying(clear));
    fill(note, html`<span>${mode || says("some-samples")}</span>`, !mode && [suggestionLine(), rid]);
  },

  suggestionLine() {
    const found = suggestions().map(([said, route], i) => [i ? ", " : "", link(route, html`<bdi>${said}</bdi>`, { kind: "people" })]);
    return found.length > 0 && html`<span class="try">Try ${found}</span>`;
  },

  suggestions() {
    const pictures = hanging().slice(0, 60);
    const title = pictures.map(label).find((words) => words.length <= 24 && /^\S+ \S+( \S+)?$/.test(words));
    const tag = pictures.flatMap(({ tags }) => tags)[0];
    const hues = pictures.flatMap(({ palette }) => palette).filter(({ name }) => name in HUES);
    const hue = hues.sort((a, b) => b.share - a.share)[0]?.name;
    const filed = (state.categories?.categories ?? []).filter(({ id, count }) => count && id !== "uncategorised");
    /** @type {[string | undefined, Partial<Route>][]} */
    const all = [[title, { q: quoted(title) }], [tag, { q: quoted(tag) }], [hue, { q: `colour:${hue}` }]];
    for (const { id, name } of filed) all.push([name, { category: id }]);
    return all.filter(([said]) => said).slice(0, 3);
  },

  // --- what is there before it is asked for

  async hasten(id) {
    const picture = await api.one(id);
    remember([picture]);
    Object.assign(new Image(), { fetchPriority: "high", src: picture.derivatives.display ?? "" });
  },

  ahead(event) {
    const key = event instanceof KeyboardEvent && !event.defaultPrevented && !document.activeElement?.matches("input, textarea, select");
    first.abort();
    dialogs(none, none);
    (state.signedIn ? owners : dialogs)(() => {
      keys.abort();
      if (key) (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", event));
    }, key ? lost : none);
  },

  press: (selector, act) => document.querySelectorAll(selector).forEach((one) => one.addEventListener("click", act)),

  // --- the wall

  startWall() {
    watch(["list"], relist);
    watch(["route"], later);
    new ResizeObserver(relay).observe(wall.parentElement ?? wall);
    addEventListener("scroll", later, { passive: true });
    addEventListener("scrollend", () => remark({ scroll: scrollY, count: ids.length }));
    wall.addEventListener("keydown", walk);
    follow(({ id }) => redraw(id));
  },

  room() {
    const width = wall.clientWidth;
    if (innerWidth < 640) return { width, target: 180, gap: 6, below: 6 };
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return { width, target: innerWidth >= 1600 ? 320 : 264, gap: 12, below: 26 + 1.25 * rem };
  },

  relist() {
    const { list } = state;
    if (!list) return;
    const turned = list.key !== shownKey;
    if (turned) {
      hung.forEach(takeOff);
      stage = 0;
    }
    shownKey = list.key;
    ids = list.ids;
    divider = ids.findIndex((id) => list.hits.get(id)?.likely === false);
    relay();
    drawRest(list);
    if (turned) void returnTo(list);
    if (list.state === "ready" && list.query && !state.route.image && (ids.length || !list.cursor)) {
      const likely = divider < 0 ? ids.length : divider;
      announce(!ids.length ? "Nothing found." : list.fits ? `${counted(likely, "picture")} found${list.cursor ? " so far" : ""}.` : "Nothing here fits.");
    }
  },

  relay() {
    unlaid = false;
    layout = justify(ids.map((id) => aspect(image(id))), room());
    wall.style.height = `${layout.height}px`;
    draw();
  },

  later() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      (unlaid ? relay : draw)();
    });
  },

  // --- cards
  card(id, first) {
    const picture = image(id);
    if (!picture) return html`<li class="card"></li>`;
    const alt = alternative(picture);
    const words = label(picture);
    const img = html`<img alt=${alt} fetchpriority=${first ? "high" : "low"} decoding="async" />`;
    img.addEventListener("error", () => img.classList.add("gone"));
    const open = link({ ...state.route, image: id }, img, { kind: "open", opened: true });
    open.style.backgroundImage = background(picture.placeholder);
    const check = html`<span class="open-check" title="Waits on your Desk"><span class="unseen">Waits on your Desk. </span></span>`;
    const item = html`<li class="card" data-id=${id}>
      <div class="hang">${open}<div class="scrim"><p class="why">${state.list?.hits.get(id)?.why.sentence}</p></div></div>
      <p class="label">${picture.mine && picture.checks.length > 0 && check}<span dir="auto" aria-hidden=${words === alt ? "true" : null}>${words}</span></p>
    </li>`;
    for (const add of dressers) add(item);
    return item;
  },

  dress(add) {
    dressers.push(add);
    hung.forEach(add);
  },

  develop(id, item) {
    const img = item.querySelector("img");
    const { width, height, derivatives: { thumb, row } } = image(id) ?? { derivatives: {} };
    if (!img || img.hasAttribute("src")) return;
    const at = (src = "", tall = 0) => (src && width && height ? `${src} ${Math.max(1, Math.round((width * Math.min(tall, height)) / height))}w` : "");
    img.srcset = [at(thumb, 320), height && height > 320 && at(row, 640)].filter(Boolean).join(", ");
    img.src = thumb ?? "";
  },

  hangUp(id, item, { left, top, width, height }) {
    Object.assign(item.style, { transform: `translate(${left}px, ${top}px)`, width: `${width}px` });
    const img = item.querySelector("img");
    if (!img) return;
    need(".hang", item).style.height = `${height}px`;
    const picture = image(id);
    const whole = picture?.width && picture.height ? (height * picture.width) / picture.height : 0;
    Object.assign(img, { sizes: `${Math.ceil(Math.max(width, whole))}px`, width, height });
  },

  // --- drawing
  touched({ left, top, right, bottom }) {
    const { x, y } = wall.getBoundingClientRect();
    const dx = x + scrollX;
    const dy = y + scrollY;
    return ids.filter((_, i) => {
      const box = layout.boxes[i];
      return box && dx + box.left < right && dx + box.left + box.width > left && dy + box.top < bottom && dy + box.top + box.height > top;
    });
  },

  wanted() {
    const top = scrollY - wall.offsetTop;
    const spare = stage > 1 ? innerHeight : 0;
    let first = rowAt(top - spare)?.first ?? 0;
    let end = rowAt(top + innerHeight + spare)?.end ?? 0;
    if (end - first > MOST_CARDS) {
      first = rowAt(top)?.first ?? 0;
      end = Math.min(end, first + MOST_CARDS);
    }
    const all = Array.from({ length: end - first }, (_, i) => first + i);
    const focused = ids.indexOf(document.activeElement?.closest("#wall .card")?.dataset.id ?? "");
    if (focused >= 0 && focused < first) all.unshift(focused);
    if (focused >= end) all.push(focused);
    return { all, end };
  },

  draw() {
    const { all, end } = wanted();
    const keep = new Set(all.map((index) => ids[index]));
    hung.forEach((item, id) => keep.has(id) || takeOff(item, id));
    wall.querySelector(".divider")?.remove();
    let spot = wall.firstElementChild;
    const covered = Boolean(state.route.image); // a picture that was linked to comes before all that it covers
    for (const index of all) {
      const id = ids[index];
      const box = layout.boxes[index];
      if (!id || !box) continue;
      const item = hung.get(id) ?? card(id, !index);
      hung.set(id, item);
      hangUp(id, item, box);
      if (stage || (!covered && index < (layout.rows[0]?.end ?? 0))) develop(id, item);
      item.ariaPosInSet = String(index + 1);
      item.ariaSetSize = String(state.list?.cursor ? -1 : ids.length);
      if (item === spot) spot = spot.nextElementSibling;
      else wall.insertBefore(item, spot);
      if (index === divider) {
        const line = html`<li class="divider"><span>Less likely</span></li>`;
        line.style.transform = `translateY(${box.top - DIVIDER}px)`;
        item.before(line);
      }
    }
    const { list } = state;
    if (stage < 2) covered || void advance();
    else if (end >= layout.boxes.length && list?.state === "ready" && list.cursor && list.automatic > 0) void more(list);
  },

  takeOff(item, id) {
    item.remove();
    hung.delete(id);
  },

  async advance() {
    const { list } = state;
    const now = stage;
    if (!hung.size) return;
    const images = [...wall.querySelectorAll("img[src]")];
    await Promise.race([Promise.allSettled(images.map((img) => img.decode())), pause(1200)]);
    if (stage !== now || state.list !== list) return;
    stage += 1;
    draw();
  },

  drawRest(list) {
    const rest = need("#more");
    const on = (label = "") => button(label, () => void onward(list), "button quiet");
    const failed = list.state === "failed";
    // What stands below would be pushed away again and again.
    document.documentElement.classList.toggle("growing", Boolean(list.cursor) && !failed && (list.state === "loading" || list.automatic > 0));
    rest.hidden = !list.ids.length || !(failed || (list.cursor && (list.state === "loading" || list.automatic <= 0)));
    if (!rest.hidden) fill(rest, failed ? [html`<p>${list.error}</p>`, on("Try again")] : list.state === "loading" ? html`<p>Fetching more…</p>` : on("Load more"));
  },

  async returnTo(list) {
    const { scroll = 0, count = 0 } = place();
    const top = list.scroll || scroll;
    for (let page = 0; page < 20 && list.ids.length < count && (list.cursor || list.state === "loading"); page++) {
      await (list.state === "loading" ? pause(50) : more(list));
      if (state.list !== list) return;
    }
    scrollTo({ top });
  },

  redraw(id) {
    const old = hung.get(id);
    if (!old) return;
    const focused = old.contains(document.activeElement);
    const fresh = card(id);
    develop(id, fresh);
    old.replaceWith(fresh);
    hung.set(id, fresh);
    const box = layout.boxes[ids.indexOf(id)];
    if (box) hangUp(id, fresh, box);
    unlaid = true;
    later();
    if (focused) fresh.querySelector(".open")?.focus({ preventScroll: true });
  },

  // --- moving
  walk(event) {
    const at = ids.indexOf(target(event).closest(".card")?.dataset.id ?? "");
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: beside(at, -1), ArrowDown: beside(at, 1) }[event.key];
    const id = ids[to ?? -1];
    if (!id || !layout.boxes[to ?? -1]) return;
    event.preventDefault();
    focusCard(id);
  },

  beside(index, step) {
    const middle = (i = 0) => (layout.boxes[i]?.left ?? 0) + (layout.boxes[i]?.width ?? 0) / 2;
    const distance = (i = 0) => Math.abs(middle(i) - middle(index));
    const { first, end } = layout.rows[layout.rows.findIndex((row) => row.end > index) + step] ?? { first: 0, end: 0 };
    return Array.from({ length: end - first }, (_, i) => first + i).sort((a, b) => distance(a) - distance(b))[0] ?? -1;
  },

  focusCard(id) {
    const at = Math.min(ids.indexOf(id), layout.boxes.length - 1);
    const box = layout.boxes[at];
    if (!box) return wall.focus({ preventScroll: true });
    const top = wall.offsetTop + box.top;
    const head = header.offsetHeight + 12;
    const foot = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockEnd) || 12;
    const bottom = top + box.height - innerHeight + foot;
    if (top < scrollY + head) scrollTo({ top: top - head });
    else if (bottom > scrollY) scrollTo({ top: Math.min(top - head, bottom + 48) });
    draw();
    hung.get(ids[at] ?? id)?.querySelector(".open")?.focus({ preventScroll: true });
  },

  pictureOf: (id) => hung.get(id)?.querySelector("img") ?? null,

  // --- justified rows
  aspect: (picture) => (picture?.width && picture.height ? Math.min(2.6, Math.max(0.5, picture.width / picture.height)) : 1),

  justify(aspects, { width, target, gap, below }) {
    /** @type {Layout} */
    const layout = { rows: [], boxes: [], height: 0 };
    let row = [1];
    row.pop();
    const fit = () => (width - gap * (row.length - 1)) / row.reduce((sum, one) => sum + one, 0);
    const hang = (tall = 0) => {
      const { boxes, rows, height: top } = layout;
      const height = Math.round(tall);
      const first = boxes.length;
      let x = 0;
      for (const one of row) {
        const right = x + tall * one;
        boxes.push({ left: Math.round(x), top, width: Math.round(right) - Math.round(x), height });
        x = right + gap;
      }
      rows.push({ top, height, first, end: boxes.length });
      layout.height = top + height + below;
      row = [];
    };
    const finish = () => row.length && hang(Math.min(target, fit()));
    for (const [i, one] of aspects.entries()) {
      if (i === divider) finish(), (layout.height += DIVIDER);
      const before = fit();
      row.push(one);
      const height = fit();
      if (height > target) continue;
      if (target - height <= before - target || before > target * 1.5) hang(height);
      else row.pop(), hang(before), row.push(one);
    }
    if (!state.list?.cursor || !layout.rows.length) finish();
    return layout;
  },

  rowAt: (y) => layout.rows.findLast(({ top }) => top <= y) ?? layout.rows[0],
};

const {
  lost, dialogs, owners, signin, drawTabs, startOrder, hue, startFiles,
  drawState, standIn, firstRun, look, untilHung, clear, drawNote, suggestionLine, suggestions, hasten, ahead, press,
  startWall, room, relist, relay, later, card, develop, hangUp, wanted, draw, takeOff, advance, drawRest, returnTo, walk, beside, aspect, justify, rowAt,
} = module;
export const { dress, redraw, touched, focusCard, pictureOf } = module;

// --- all together

const none = () => {};
const first = new AbortController();
const keys = new AbortController(); // of those that were pressed before anybody heard them

followAddress();
if (state.route.image) hasten(state.route.image).catch(none);
show(state.route);
void recount();
for (const strip of document.querySelectorAll(".strip")) fill(strip, Object.entries(HUES).map(hue));
startSearch();
startOrder();
watch(["list", "categories", "signedIn"], drawState); // these two before the wall, which scrolls to where one was
watch(["list"], drawNote);
startWall();
watch(["categories", "route"], drawTabs);
startFiles((given) => {
  const files = [...(given ?? [])]; // now: the list is emptied
  if (files.length && state.signedIn) owners(({ takeFiles }) => takeFiles(files));
});
holdFocus();
new ResizeObserver(() => (document.documentElement.style.setProperty("--top", `${header.offsetHeight + parseFloat(getComputedStyle(header).top)}px`))).observe(header); // it grows with chips and letters
listen(() => void Promise.all([state.list?.ids.length ? refresh() : show(state.route), recount()]));

watch(["route"], () => {
  if (state.list && state.list.key !== listKey(state.route)) show(state.route);
  if (state.route.image) dialogs(none);
});
watch(["route", "signedIn"], () => {
  if (!state.route.desk) return;
  if (state.signedIn) owners(({ startDesk }) => startDesk());
  else go({ desk: "" }, { replace: true });
});
// What an earlier page left on its way goes on; browsers may forbid to look.
Promise.resolve().then(() => localStorage.kept && owners(({ goOn }) => goOn(), none)).catch(none);
for (const sign of ["pointermove", "pointerdown", "scroll"]) addEventListener(sign, ahead, { signal: first.signal, passive: true });
addEventListener("keydown", ahead, { signal: keys.signal });

watch(["health"], () => (need("#models-button").textContent = readerName()));
watch(["desk", "signedIn"], () => {
  const waiting = state.desk?.total ?? 0;
  for (const spot of document.querySelectorAll(".desk-count")) spot.textContent = waiting ? count(waiting) : "";
  for (const part of document.querySelectorAll(".for-owners")) part.hidden = !state.signedIn;
});

void config().then(({ auth }) => {
  if (auth) watch(["signedIn"], () => document.querySelectorAll(".account").forEach((spot) => {
    spot.hidden = false;
    need("span", spot).textContent = state.signedIn ? "Account" : "Sign in";
  }));
});

press(".add", () => need("#files").click());
press("button.desk", () => go({ desk: "1" }, { opened: true }));
press("#models-button", () => dialogs(({ openModels }) => openModels()));
press(".account", () => signin(({ openAccount }) => openAccount()));
press(".pick-many", () => owners(({ pickMany }) => pickMany()));
press("#to-search", () => (scrollTo({ top: 0 }), enter()));
press("#to-wall", () => {
  leave();
  const { q, category, picture } = state.route;
  if (q || category || picture) go({ q: "", category: "", image: "", picture: "" });
  else scrollTo({ top: 0, behavior: "smooth" });
});
press(".wordmark", onPlain(() => go(parse(""))));

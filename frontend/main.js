// The page: wires its parts together, and all that stands around the wall. Dialogs and uploads come when they are wanted.

import { announce, button, count, cross, fill, follow, followAddress, go, holdFocus, html, HUES, image, join, label, link, listKey, modeSentence, need, onPlain, pause, quoted, readerName, reason, remember, split, state, target, tell, toggleColour, trying, watch } from "./core.js";
import { api, config, hanging, listen, recount, refresh, show, startWall } from "./gallery.js";

const box = need("input#q");
const root = document.documentElement.classList;
let typing = false; // has its own place in the history
let [timer, rest] = [0, 0];

/** @type {Main} */
const module = {
  lost: () => tell("This part of the page could not be fetched.", "Reload the page", () => location.reload()),
  dialogs: (act, otherwise = lost) => import("./dialogs.js").then(act, otherwise),
  owners: (act, otherwise = lost) => import("./owners.js").then(act, otherwise),
  signin: (act, otherwise = lost) => import("./signin.js").then(act, otherwise),

  // --- searching, as one types

  startSearch() {
    box.addEventListener("input", () => {
      clearTimeout(timer);
      clearTimeout(rest);
      timer = setTimeout(commit, 220);
      rest = setTimeout(whole, 1200);
      state.typing = true;
      markClear();
    });
    box.addEventListener("blur", () => {
      typing = false;
      whole();
    });
    box.addEventListener("keydown", ({ key }) => {
      if (key === "Backspace" && !box.selectionEnd) drop(-1);
      if (key === "Escape") leave();
    });
    need("#search").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      whole();
      commit();
      typing = false;
      leave();
      need("#wall").focus({ preventScroll: true });
    });
    press("#clear", () => {
      go({ q: "", image: "" });
      box.focus();
    });
    watch(["route"], drawSearch);
    follow(({ id }) => asked().chips.some(({ value }) => value === id) && drawChips());
  },

  whole() {
    clearTimeout(rest);
    if (!state.typing) return;
    state.typing = false;
    if (state.list?.reason === "typing") void refresh();
  },

  enter() {
    root.add("searching");
    scrollTo({ top: 0 });
    box.focus();
  },

  leave: () => root.remove("searching"),
  asked: () => split(state.route.q),

  commit() {
    const q = join(box.value, asked().chips);
    if (q === state.route.q) return;
    go({ q, image: "" }, { replace: typing });
    typing = true;
  },

  drawSearch() {
    const { text } = asked();
    const own = document.activeElement === box && split(box.value).text === text;
    if (!own) box.value = text; // a space at the end of what is being typed is left alone
    drawChips();
    markClear();
  },

  markClear: () => (need("#clear").hidden = !box.value && !asked().chips.length),

  drop(at) {
    const { text, chips } = asked();
    if (!chips.length) return;
    go({ q: join(text, chips.toSpliced(at, 1)), image: "" });
    box.focus();
  },

  drawChips: () => fill(need("#chips"), asked().chips.map(chip)),

  chip({ kind, value }, at) {
    const colour = kind === "colour";
    const thumb = image(value)?.derivatives.thumb;
    const mark = colour ? html`<span class="chip-colour"></span>` : thumb && html`<img src=${thumb} alt="" width="24" height="24" />`;
    if (colour && mark) mark.style.background = HUES[value] ?? value;
    const off = cross(`Remove ${colour ? value : "look-alikes"}`, () => drop(at));
    return html`<li class="chip"><span class="chip-face">${mark}<span>${colour ? value : "More like this"}</span></span>${off}</li>`;
  },

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
      order.hidden = Boolean(state.route.q); // a search has an order of its own
    });
  },

  hue([name, hex]) {
    const press = () => go({ q: toggleColour(state.route.q, name), image: "" });
    const button = html`<button type="button" class="hue" title=${name} aria-label=${name} @click=${press}></button>`;
    button.style.setProperty("--hue", hex);
    return button;
  },

  markHues() {
    const { chips } = asked();
    for (const hue of document.querySelectorAll(".hue")) hue.ariaPressed = String(chips.some(({ kind, value }) => kind === "colour" && value === hue.ariaLabel));
  },

  // --- files

  startFiles(give) {
    const input = need("input#files");
    input.addEventListener("change", () => {
      give(input.files);
      input.value = "";
    });
    addEventListener("paste", ({ clipboardData }) => give(clipboardData?.files));
    let depth = 0;
    for (const [type, by] of Object.entries({ dragenter: 1, dragleave: -1, dragover: 0, drop: -Infinity })) {
      window.addEventListener(type, (event) => {
        const files = event instanceof DragEvent && event.dataTransfer;
        if (!state.signedIn || !files || !files.types.includes("Files")) return;
        event.preventDefault();
        depth = Math.max(0, depth + by);
        root.toggle("dropping", depth > 0);
        if (type === "drop") give(files.files);
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
    fill(place, place.hidden || !list ? [] : standIn(list, categories?.total));
  },

  standIn(list, total) {
    const { route, state, error } = list;
    const everything = link({}, "Show everything", { kind: "button" });
    if (state === "failed") return [html`<h2>The pictures didn't come.</h2>`, html`<p>${error}</p>`, button("Try again", () => show(route), "button")];
    if (route.q) {
      return [
        html`<h2>Nothing here looks like that.</h2>`,
        html`<p class="quiet">${modeSentence(list) || "Fewer words often find more."}</p>`,
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
    need(".link", first).addEventListener("click", look);
    return first;
  },

  async look(event) {
    const pressed = target(event);
    pressed.toggleAttribute("disabled", true);
    pressed.textContent = "Drawing the samples…";
    try {
      await Promise.all([api.addSamples(), untilHung()]);
      announce("Twelve samples hang on the wall.");
    } catch (error) {
      tell(reason(error));
      drawState();
    }
  },

  async untilHung() {
    for (let tries = 0; tries < 40 && (state.list?.ids.length ?? 0) < 12; tries++) {
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
    const samples = list && !list.route.q ? list.ids.slice(0, 40).filter((id) => image(id)?.sample) : [];
    const mode = list?.route.q && list.ids.length ? modeSentence(list) : "";
    note.hidden = !samples.length && !mode;
    const rid = samples.some((id) => image(id)?.mine) && button("Remove the samples", () => void trying(clear));
    fill(note, html`<span>${mode || "Some of these pictures are samples."}</span>`, !mode && [suggestionLine(), rid]);
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
    first.abort();
    dialogs(none, none);
    if (state.signedIn) owners(none, none);
    if (!(event instanceof KeyboardEvent) || event.defaultPrevented || document.activeElement?.matches("input, textarea, select")) return;
    (state.signedIn ? owners : dialogs)(() => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", event)));
  },

  press: (selector, act) => document.querySelectorAll(selector).forEach((one) => one.addEventListener("click", act)),
};

const {
  lost, dialogs, owners, signin, startSearch, whole, enter, leave, asked, commit, drawSearch, markClear, drop, drawChips, chip, drawTabs, startOrder, hue, markHues, startFiles,
  drawState, standIn, firstRun, look, untilHung, clear, drawNote, suggestionLine, suggestions, hasten, ahead, press,
} = module;

// --- all together

const none = () => {};
const first = new AbortController();

followAddress();
if (state.route.image) hasten(state.route.image).catch(none);
show(state.route);
void recount();
startSearch();
startOrder();
watch(["list", "categories", "signedIn"], drawState); // these two before the wall, which scrolls to where one was
watch(["list"], drawNote);
startWall();
watch(["categories", "route"], drawTabs);
for (const strip of document.querySelectorAll(".strip")) fill(strip, Object.entries(HUES).map(hue));
watch(["route"], markHues);
startFiles((given) => {
  const files = [...(given ?? [])]; // now: the list is emptied
  if (files.length && state.signedIn) owners(({ takeFiles }) => takeFiles(files));
});
holdFocus();
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
for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"]) addEventListener(sign, ahead, { signal: first.signal, passive: true });

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
press("#to-search", enter);
press("#to-wall", () => {
  leave();
  if (state.route.q || state.route.category) go({ q: "", category: "", image: "" });
  else scrollTo({ top: 0, behavior: "smooth" });
});
press(".wordmark", onPlain(() => go({ q: "", category: "", image: "", sort: "", seed: "" })));

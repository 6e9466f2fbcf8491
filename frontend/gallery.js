// The gallery behind the page: the API, the lists that hang, what is being analysed; and its wall.

import { alternative, announce, background, button, counted, fill, follow, go, html, image, label, link, listKey, need, pause, place, reason, remark, remember, set, state, target, watch, why } from "./core.js";

export const MOST_IDS = 100; // in one call of changeMany
const AUTOMATIC_PAGES = 3; // then a button, so that the footer can be reached
const KEPT_LISTS = 8;
const FIRST_MS = 400; // until what is being analysed is looked at
const CALM_MS = 60000; // how often the models' state is looked at while all is well
const MOST_CARDS = 240; // in the document; the promise is 300
const DIVIDER = 56; // px above the less likely

const wall = need("#wall");
/** @type {GalleryHolds} */
const { kept, watched, hung, dressers } = { kept: new Map(), watched: new Set(), hung: new Map(), dressers: [] };
/** @type {GalleryState} */
let { told, ids, layout } = { told: undefined, ids: [], layout: { rows: [], boxes: [], height: 0 } };
let [delay, nextLook, tries, nextAsk, frame] = [FIRST_MS, 0, 0, 0, 0];
let stage = 0; // what is fetched: 0 the first row, 1 all that the window shows, 2 what lies around it
let divider = -1;
let shownKey = "";
let unlaid = false;

export class ApiError extends Error {
  /** @param {number} status 0 when no answer came @param {string} code @param {string} message @param {any} [details] */
  constructor(status, code, message, details = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Whether the same call may go through later. */
  get lost() {
    return [0, 502, 503, 504].includes(this.status);
  }
}

/** @type {Gallery} */
const module = {
  lost: () => new ApiError(0, "lost", "No answer from the gallery. It is tried again by itself."),
  setOnline: (online) => state.online === online || set({ online }),

  config: () => (told ??= fetch("config.json").then((answer) => answer.json()).catch(() => ({}))),
  prefix: async () => String((await config()).api ?? "/api").replace(/\/$/, ""),

  async bearer(refused) {
    const { auth } = await config();
    if (auth && session.refresh) return (await import("./signin.js")).token(refused);
    if (auth && state.signedIn) set({ signedIn: false });
    return "";
  },

  async call(method, path, how = {}, refused) {
    const { query = {}, body, version, signal } = how;
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
    let token = "";
    const ask = async () => {
      token = await bearer(refused);
      const headers = {
        Accept: "application/json",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body ? { "Content-Type": "application/json" } : {}),
        ...(version ? { "If-Match": `"${version}"` } : {}),
      };
      return fetch(`${await prefix()}${path}${asked.size ? `?${asked}` : ""}`, { method, headers, signal: signal ?? null, body: body ? JSON.stringify(body) : null });
    };
    const answer = await ask().catch((error) => {
      if (signal?.aborted) throw error;
      setOnline(false);
      throw lost();
    });
    setOnline(true);
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    if (answer.status === 401 && token && !refused) return call(method, path, how, token);
    throw await failure(answer);
  },

  async failure(answer) {
    const { error, message, details } = await answer.json().catch(() => ({}));
    const fields = error === "invalid_request" && Array.isArray(details) ? details.map((one) => one.message).filter(Boolean) : [];
    if (answer.status === 401 && state.signedIn) set({ signedIn: false });
    return new ApiError(answer.status, error ?? "unknown", fields.join(" ") || message || `The gallery answered ${answer.status}.`, details);
  },

  path: (id) => `/images/${encodeURIComponent(id)}`,
  listed: (query) => call("GET", "/images", { query }),

  refusal({ status, responseText }) {
    if (status === 413 || /EntityTooLarge|"too_large"/.test(responseText)) {
      return new ApiError(413, "too_large", "This file is larger than 25 MB. Export a smaller copy and add that.");
    }
    return new ApiError(status, /storage_full/.test(responseText) ? "storage_full" : "store", `The store did not take this file (${status}). Try it again.`);
  },

  // --- lists

  show(route) {
    const key = listKey(route);
    const list = kept.get(key) ?? {
      key, route, ids: [], hits: new Map(), cursor: null, state: "ready", error: "", mode: "", reason: null, automatic: AUTOMATIC_PAGES, scroll: 0,
    };
    kept.delete(key);
    kept.set(key, list);
    for (const old of [...kept.keys()].slice(0, -KEPT_LISTS)) kept.delete(old);
    set({ list });
    if (!list.ids.length || list.state === "failed") void more(list);
  },

  async more(list) {
    if (list.state === "loading" || (list.ids.length && !list.cursor)) return;
    list.state = "loading";
    list.automatic -= 1;
    changed(list);
    try {
      take(list, await page(list, list.cursor));
    } catch (error) {
      Object.assign(list, { state: "failed", error: reason(error) });
    }
    changed(list);
  },

  onward(list) {
    list.automatic = AUTOMATIC_PAGES;
    return more(list);
  },

  async refresh() {
    const { list } = state;
    for (const key of kept.keys()) if (key !== list?.key) kept.delete(key);
    const found = list && (await page(list, null).catch(() => null));
    if (!list || !found) return;
    Object.assign(list, { ids: [], hits: new Map(), automatic: AUTOMATIC_PAGES - 1 });
    take(list, found);
    changed(list);
  },

  takeDown(...ids) {
    const gone = new Set(ids);
    const before = [...kept.values()].map((list) => ({ list, was: list.ids }));
    for (const { list } of before) list.ids = list.ids.filter((id) => !gone.has(id));
    if (state.list) changed(state.list);
    return () => {
      for (const { list, was } of before) {
        const there = new Set(list.ids);
        list.ids = [...list.ids];
        for (const [at, id] of was.entries()) if (gone.has(id) && !there.has(id)) list.ids.splice(at, 0, id);
      }
      if (state.list) changed(state.list);
    };
  },

  hanging: () => [...new Set([...kept.values()].flatMap(({ ids }) => ids))].map(image).filter((one) => one !== undefined),

  async page({ route }, cursor) {
    const limit = cursor ? 100 : 60;
    if (route.q) return api.search(route, cursor, limit);
    const { images, next_cursor } = await api.list(route, cursor, limit);
    const why = { meaning: null, words: null, colour: null };
    return { mode: "", reason: null, hits: images.map((image) => ({ image, likely: true, why })), next_cursor };
  },

  take(list, { hits, next_cursor: cursor, mode, reason }) {
    remember(hits.map(({ image }) => image));
    const there = new Set(list.ids);
    const fresh = hits.filter(({ image }) => !there.has(image.id));
    if (list.route.q) for (const hit of fresh) list.hits.set(hit.image.id, hit);
    const ids = [...list.ids, ...fresh.map(({ image }) => image.id)];
    Object.assign(list, { ids, cursor, mode, reason, state: "ready", error: "" });
  },

  changed: (list) => state.list === list && set({ list }),

  async recount() {
    await Promise.allSettled([
      api.categories().then((categories) => set({ categories })),
      bearer().then(async () => state.signedIn && set({ desk: await api.desk() })),
    ]);
  },

  // --- what is being analysed

  settled(picture) {
    if (picture?.status !== "ready") return picture?.status === "rejected" || picture?.status === "failed";
    return /done|failed/.test(picture.analysis) && picture.match?.reason !== "pending";
  },

  poll(ids) {
    for (const id of ids) watched.add(id);
    delay = FIRST_MS;
    scheduleLook();
  },

  scheduleLook() {
    clearTimeout(nextLook);
    if (watched.size) nextLook = setTimeout(look, delay);
  },

  async look() {
    const ids = [...watched].slice(0, 50);
    try {
      const { images } = await api.some(ids);
      if (images.some(({ id, version }) => image(id)?.version !== version)) delay = FIRST_MS / 1.4;
      remember(images);
      for (const id of ids) {
        watched.delete(id);
        const one = images.find((one) => one.id === id);
        if (one && !settled(one)) watched.add(id);
      }
    } catch {
      // the bar under the header tells
    }
    delay = Math.min(8000, delay * 1.4);
    scheduleLook();
  },

  // --- a gallery that is away

  ask: () => api.health().then((health) => set({ health }), () => {}).finally(scheduleAsk),

  scheduleAsk() {
    clearTimeout(nextAsk);
    tries = state.online ? 0 : tries + 1;
    nextAsk = setTimeout(ask, state.online ? CALM_MS : Math.min(15000, 500 * 2 ** tries));
  },

  listen(recover) {
    let was = true;
    watch(["online"], () => {
      need("#offline").hidden = state.online;
      if (state.online === was) return;
      was = state.online;
      announce(was ? "The gallery is back." : "The gallery can't be reached. What you see stays.");
      (was ? recover : scheduleAsk)();
    });
    addEventListener("online", ask);
    addEventListener("offline", () => setOnline(false));
    need("#offline button").addEventListener("click", ask);
    void ask();
  },

  // --- the wall

  startWall() {
    watch(["list"], relist);
    watch(["route"], later);
    watch(["health"], () => hung.forEach((_, id) => state.list?.hits.has(id) && redraw(id)));
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
    if (list.state === "ready" && list.route.q && !state.route.image) {
      const likely = divider < 0 ? ids.length : divider;
      announce(ids.length ? `${counted(likely, "picture")} found${list.cursor ? " so far" : ""}.` : "Nothing found.");
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
    const alike = button("More like this", () => go({ q: `similar:${id}`, image: "" }), "alike");
    const check = html`<span class="open-check" title="Waits on your Desk"><span class="unseen">Waits on your Desk. </span></span>`;
    const item = html`<li class="card" data-id=${id}>
      <div class="hang">${open}<div class="scrim"><p class="why">${why(state.list?.hits.get(id))}</p>${alike}</div></div>
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
    const head = need(".top").offsetHeight + 12;
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

export const {
  lost, setOnline, config, prefix, bearer, call, failure, path, listed, refusal, show, more, onward, refresh, takeDown, hanging, page, take, changed, recount,
  settled, poll, scheduleLook, look, ask, scheduleAsk, listen,
  startWall, room, relist, relay, later, card, dress, develop, hangUp, touched, wanted, draw, takeOff, advance, drawRest, returnTo, redraw, walk, beside, focusCard, pictureOf, aspect, justify, rowAt,
} = module;

/** Who was last signed in on this device, and what keeps them so; empty for nobody. signin.js writes it. */
export const session = { sub: "", refresh: "" };
try {
  [session.sub = "", session.refresh = ""] = (localStorage.signIn ?? "").split(" ");
} catch {
  // forbidden here
}

/** @type {Api} */
export const api = {
  health: () => call("GET", "/health"),
  categories: () => call("GET", "/categories"),
  desk: () => call("GET", "/desk"),
  list: ({ category, sort, seed }, cursor, limit) => listed({ category, sort, seed, cursor, limit }),
  search: ({ q, category }, cursor, limit, signal) => call("GET", "/search", { query: { q, category, cursor, limit, typing: !cursor && state.typing }, signal }),
  waiting: (check, cursor, limit) => listed({ owner: "me", check, cursor, limit }),
  drafts: () => api.waiting("drafts", null, 100),
  some: (ids) => listed({ ids }),
  one: (id) => call("GET", path(id)),
  similar: (id, limit) => call("GET", `${path(id)}/similar`, { query: { limit } }),
  change: (id, body, version) => call("PATCH", path(id), { body, version }),
  changeMany: (ids, changes) => call("PATCH", "/images", { body: { ids, ...changes } }),
  remove: (id) => call("DELETE", path(id)),
  restore: (id) => call("POST", `${path(id)}/restore`),
  retry: (id) => call("POST", `${path(id)}/retry`),
  score: async (id, text, signal) => (await call("POST", `${path(id)}/scores`, { body: { texts: [text] }, signal })).scores[0],
  addSamples: () => call("POST", "/samples"),
  removeSamples: () => call("DELETE", "/samples"),
  original: async (id) => (await call("GET", `${path(id)}/original`)).url,
  shareLink: async (id) => new URL(`${(await prefix()).replace(/\/api$/, "")}/p/${id}`, document.baseURI).href,
  requestUpload: (body) => call("POST", "/uploads", { body }),
  send: ({ url, fields }, file, progress) =>
    new Promise((resolve, reject) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, file })) form.append(name, value);
      const request = new XMLHttpRequest(); // fetch cannot tell how much has been sent
      request.open("POST", url);
      request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
      request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request)));
      request.onerror = request.onabort = () => reject(lost());
      request.send(form);
    }),
};

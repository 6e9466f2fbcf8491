// What is known of a picture and written about it: fields, the sidebar, changes to one or many, each with a way back; and what outlives the page.

import { alternative, announce, api, ApiError, asleep, background, because, button, copy, counted, cross, date, dropOthers, fill, go, html, image, link, MOST_IDS, name, need, pause, pieces, poll, reason, recount, refresh, remember, says, simpleReader, size, state, takeDown, tell, trying } from "./core.js";
import { here, light, steer } from "./chips.js";

const [ALIKE, ROW] = [6, 3];
const TYPING_MS = 600;
const MOST_TAGS = 20;
const [LOWEST, HIGHEST] = [-1, 4]; // of the scale that is drawn; z of unrelated pairs lies about 0
const AT_ONCE = 4; // requests
const MOST_FILES = 50; // that a browser fetches one by one
const PAUSE_MS = 700; // between two downloads: without it browsers drop some
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const own = `sightsync ${Math.random()}`; // the lock that this tab holds while it lives: what it keeps is sent by no other
const forever = new Promise(() => {});
/** @type {{ base: Promise<IDBDatabase> | undefined }} */
let { base } = { base: undefined };
let groups = 0;
let queue = Promise.resolve(true);
/** @type {ChangesHeld} */
export const { chains, watcher } = { chains: new Map(), watcher: { progress() {} } };

/** @type {FactsModule & Keeping} */
const module = {
  renew(at, ...contents) {
    const fresh = html`<div></div>`;
    fill(fresh, ...contents);
    for (const [i, one] of at.querySelectorAll("details").entries()) {
      const again = fresh.querySelectorAll("details")[i];
      if (again) again.open = one.open; // what somebody opened stays open
    }
    const differs = fresh.innerHTML !== at.innerHTML;
    if (differs) fill(at, ...fresh.childNodes);
    return differs;
  },

  large(picture) {
    const { derivatives, width, height, placeholder, message, status } = picture;
    if (!derivatives.display || !width || !height) return html`<p class="no-picture">${message ?? (status === "waiting" ? says("not-arrived") : says("in-the-making"))}</p>`;
    const img = html`<img class="large" fetchpriority="high" src=${derivatives.display} alt=${alternative(picture)} width=${width} height=${height} />`;
    img.style.backgroundImage = [derivatives.thumb && `url("${encodeURI(derivatives.thumb)}")`, background(placeholder)].filter(Boolean).join();
    const less = Math.min(1, 1440 / Math.min(width, height), 12000 / Math.max(width, height)); // as it was made smaller
    img.style.cssText += `; aspect-ratio: ${width} / ${height}; --wide: ${less * width}px; --ratio: ${width / height}`;
    return img;
  },

  // --- how words and picture agree

  marked: (text, match, spoken) =>
    pieces(text, match?.evidence ?? []).map(({ text, evidence }) => {
      const said = evidence && says(`seen-${evidence.verdict}`);
      return said ? html`<span class=${`mark ${evidence.verdict}`} title=${evidence.says}>${text}${spoken && html`<span class="unseen"> (${said})</span>`}</span>` : html`<span>${text}</span>`;
    }),

  stored: ({ match }) => (match?.reason === "pending" ? null : match),

  verdict(picture, measured, match = stored(picture)) {
    const { analysis, caption, description, status } = picture;
    const waits = description && status !== "rejected" && (analysis === "pending" || status === "processing" || picture.match?.reason === "pending");
    if (!match) return waits && html`<div class="match"><p class="sentence">Being compared with the picture…</p></div>`;
    const filled = ["unknown", "disagrees", "partly", "agrees"].indexOf(match.verdict);
    return html`<div class=${`match ${match.verdict}`}>
      ${filled > 0 && html`<div class="segments" aria-hidden="true">${[1, 2, 3].map((n) => html`<i class=${n <= filled && "full"}></i>`)}</div>`}
      <p class="verdict">${says(`verdict-${match.verdict}`)}</p>
      <p class="sentence">${because(match)}</p>
      ${measured && match.z !== null && measure(match.z, caption?.text ? match.caption_z : null)}
    </div>`;
  },

  measure(yours, theirs) {
    const gap = yours - (theirs ?? yours);
    const near = Math.abs(gap) < 0.5 ? "about as close as" : gap > 0 ? "closer than" : "less close than";
    const all = copy("measure");
    const marks = all.querySelectorAll(".scale .dot");
    for (const [i, z] of [yours, theirs ?? 0].entries()) {
      marks[i]?.style.setProperty("inset-inline-start", `${(100 * (Math.min(HIGHEST, Math.max(LOWEST, z)) - LOWEST)) / (HIGHEST - LOWEST)}%`);
    }
    if (theirs === null) for (const one of all.querySelectorAll(".theirs, .model")) one.remove();
    else need(".yours + span", need(".legend", all)).textContent = `Your words: ${near} the model's`;
    need(simpleReader() ? ".by-model" : ".by-rules", all).remove();
    return all;
  },

  // --- words

  wordsField({ look, label, save, measured }) {
    const element = copy("words-field");
    const mirror = need(".mirror", element);
    const aloud = need(".unseen", element);
    const box = need("textarea", element);
    const place = html`<div class="verdict-place"></div>`;
    let [of, saved, sending, timer] = ["", "", " ", 0];
    let asking = new AbortController();
    /** @type {Match | null | undefined} */
    let match = null;

    const text = () => box.value.trim();
    const typed = () => text() !== saved.trim();
    const draw = () => renew(mirror, marked(box.value, match ?? null, false), "\u200b");
    const jot = () => note(of, typed() ? text() : undefined);
    const show = (fresh = match) => {
      const picture = look();
      match = fresh;
      const said = match?.evidence.map(({ text, verdict }) => [text, says(`seen-${verdict}`)]).filter(([, seen]) => seen) ?? [];
      aloud.textContent = said.map((pair) => `${pair.join(": ")}.`).join(" ");
      draw();
      renew(place, picture && verdict(picture, measured, match));
    };
    const ask = async () => {
      asking.abort();
      const { signal } = (asking = new AbortController());
      const picture = look();
      if (!picture || !text()) return show(null);
      if (!typed()) return show(stored(picture));
      if (picture.status !== "ready") return;
      const fresh = await api.score(picture.id, text(), signal).catch(() => match);
      if (!signal.aborted) show(fresh);
    };
    const keep = async () => {
      const now = text();
      if (!save || !typed() || now === sending) return;
      clearTimeout(timer);
      sending = now;
      if (await save(now)) saved = now;
      sending = " ";
    };

    box.ariaLabel = label;
    box.setAttribute("aria-describedby", (aloud.id = `evidence-${++groups}`));
    box.addEventListener("input", () => {
      jot();
      draw();
      clearTimeout(timer);
      timer = setTimeout(ask, TYPING_MS);
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
    const update = (/** @type {Image} */ picture) => {
      const kept = of === picture.id && typed();
      const back = of === picture.id ? undefined : noted(picture.id);
      if (of !== picture.id) asking.abort();
      of = picture.id;
      saved = picture.description;
      if (back !== undefined || (!kept && typed())) box.value = back ?? saved;
      if (!typed()) show(stored(picture));
      else if (back !== undefined) draw(), void ask();
    };
    return { element, place, box, keep, update };
  },

  modelsWords: ({ caption }, use) => caption && [html`<h3>${caption.kind === "caption" ? "What the model sees" : "Looks"}</h3>`, html`<p class="machine">${caption.text}</p>`, use],

  // --- category and tags

  chipsField(save) {
    const element = html`<div class="chips-place"></div>`;
    const group = `category-${++groups}`;
    let wanted = "";
    const mark = (chosen = "") => element.querySelectorAll("input").forEach((input) => (input.checked = input.value === chosen));
    const choose = async (id = "") => {
      mark((wanted = id));
      await save(id);
      if (wanted === id) wanted = "";
    };
    const update = (/** @type {Image} */ { category, suggested }) => {
      const chosen = wanted || category;
      const hint = suggested?.category === chosen ? null : suggested?.category;
      const all = state.categories?.categories.map(({ id, name }) => html`<label class=${id === hint ? "pick suggested" : "pick"}><input type="radio" name=${group} value=${id} @change=${() => choose(id)} /><span>${name}${id === hint && html`<span class="unseen"> (suggested)</span>`}</span></label>`);
      renew(element, html`<fieldset class="chips"><legend class="unseen">Category</legend>${all}</fieldset>`);
      mark(chosen);
    };
    return { element, choose, update };
  },

  tagsField({ id, tags, mine, suggested }) {
    if (!mine && !tags.length) return null;
    const set = (next = tags) => void attempt(id, { tags: (tags = next.slice(0, MOST_TAGS)) }); // the next one may come before the answer
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
  },

  // --- the sidebar

  facts(picture) {
    const { id, mine } = picture;
    const element = copy("facts");
    const at = (place = "") => need(`.${place}`, element);
    const words = wordsField({ look: () => image(id), label: "Description", save: (description) => attempt(id, { description }), measured: true });
    const chips = chipsField((category) => attempt(id, { category }));
    const fields = [words, ...(mine ? [line(id, "title", at("own")), line(id, "credit", at("credit-place"))] : [])];
    here(id, at("here"));
    if (mine) {
      at("own").append(words.element);
      at("verdict-place").replaceWith(words.place);
      at("category-place").append(html`<h3 aria-hidden="true">Category</h3>`, chips.element);
    }
    const update = (/** @type {Image} */ now) => {
      for (const [place, draw] of Object.entries(mine ? PARTS : { ...PARTS, ...READ })) {
        const at = need(place, element);
        if (!at.querySelector("input")?.value) renew(at, draw(now));
      }
      if (mine) for (const one of [...fields, chips]) one.update(now);
      light(at("own"), id);
    };
    update(picture);
    void alike(id, at("alike-place"));
    return { element, update, keep: () => mine && fields.forEach(({ keep }) => void keep()) };
  },

  line(id, field, place) {
    const element = copy(`${field}-field`);
    const input = /** @type {HTMLInputElement} */ (element.querySelector("input") ?? element);
    let saved = "";
    const keep = async () => {
      const text = input.value.replace(/\s+/g, " ").trim();
      if (text !== saved && (await attempt(id, { [field]: text }))) saved = text;
    };
    place.append(element);
    input.addEventListener("change", keep);
    input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), void keep()));
    const update = (/** @type {Image} */ now) => {
      if (input.value.trim() === saved && now[field] !== saved) input.value = now[field];
      saved = now[field];
    };
    return { keep, update };
  },

  async alike(id, place) {
    const { hits } = await api.similar(id, ALIKE).catch(() => ({ hits: [] }));
    const near = hits.filter(({ likely }) => likely).map(({ image }) => image);
    fill(place, steer(id));
    if (near.length > ROW) near.length -= near.length % ROW;
    remember(near);
    if (!near.length) return;
    const thumbs = near.map((picture) => {
      const img = html`<img src=${picture.derivatives.thumb} alt=${alternative(picture)} loading="lazy" width="96" height="72" />`;
      const open = link({ ...state.route, image: picture.id }, img, { replace: Boolean(state.route.image) });
      open.style.backgroundImage = background(picture.placeholder);
      return html`<li>${open}</li>`;
    });
    fill(place, html`<h3>Looks alike</h3>`, html`<ul class="thumbs">${thumbs}</ul>`, steer(id));
  },

  async share(id) {
    const url = await api.shareLink(id);
    const picture = image(id);
    try {
      if (navigator.share && picture) await navigator.share({ title: name(picture), url });
      else {
        await navigator.clipboard.writeText(url);
        tell(says("link-copied"));
      }
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) tell(url);
    }
  },

  // --- changes to one picture

  save(id, changes) {
    const next = (chains.get(id) ?? Promise.resolve()).catch(() => {}).then(() => write(id, changes, 9));
    chains.set(id, next);
    return next;
  },

  async write(id, changes, tries) {
    const known = image(id);
    try {
      const fresh = await api.change(id, changes, known?.version ?? 0);
      remember([fresh]);
      if ("description" in changes) poll([id]);
      if (noted(id) === changes.description) note(id);
      return fresh;
    } catch (error) {
      const theirs = conflict(error)?.image;
      if (theirs) remember([theirs]);
      // The analysis writes records too: only a change of the very same fields is somebody else's.
      if (!theirs || !known || tries < 2 || pick(known, changes) !== pick(theirs, changes)) throw error;
      return write(id, changes, tries - 1);
    }
  },

  conflict: (error) => (error instanceof ApiError && error.code === "image_changed" ? (error.details ?? {}) : null),
  pick: (picture, fields) => JSON.stringify(picture, Object.keys(fields)),

  async attempt(id, changes) {
    try {
      const fresh = await save(id, changes);
      if (fresh.published && changes.category) unhang([fresh], changes), void recount();
      return true;
    } catch (error) {
      const [why, again] = conflict(error) ? [says("conflict"), "Save mine"] : [reason(error), "Try again"];
      tell(why, again, () => void attempt(id, changes));
      return false;
    }
  },

  retry: (id) => anew(api.retry(id)),
  bringBack: (id) => anew(api.restore(id)),

  async anew(call) {
    const now = await call;
    remember([now]);
    poll([now.id]);
    return now;
  },

  // --- changes to many

  step(ids, run, after) {
    const turn = async () => {
      const outcome = await run(ids);
      const { images, errors } = outcome;
      const { said, undo } = after(outcome);
      const why = [...new Set(errors.map(({ message }) => message))].slice(0, 2).join(" ");
      const failed = why && `${errors.length === 1 ? "One" : counted(errors.length, "picture")} could not be changed: ${why}`;
      if (images.length && undo) tell(`${said} ${failed}`.trim(), "Undo", undo);
      else if (why) tell(failed, "Try again", () => void step(idsOf(errors), run, after));
      else announce(said);
      await recount();
      return images.length > 0;
    };
    return (queue = queue.then(turn).catch((error) => (tell(reason(error)), false)).finally(() => watcher.progress()));
  },

  async inParts(ids, size, workers, run) {
    const parts = Array.from({ length: Math.ceil(ids.length / size) }, (_, at) => ids.slice(at * size, (at + 1) * size)).values();
    /** @type {Outcome} */
    const all = { images: [], errors: [] };
    /** @type {unknown} */
    let lost;
    const work = async () => {
      for (const part of parts) {
        watcher.progress(all.images.length + all.errors.length, ids.length);
        try {
          if (lost) throw lost;
          add(all, await run(part));
        } catch (error) {
          if (error instanceof ApiError && error.lost) lost = error;
          add(all, { images: [], errors: part.map((id) => ({ id, message: reason(error) })) });
        }
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    return all;
  },

  add(all, { images, errors }) {
    remember(images);
    all.images.push(...images);
    all.errors.push(...errors);
  },

  singly: (call) => (ids) => inParts(ids, 1, AT_ONCE, async ([id = ""]) => ({ images: [(await call(id)) ?? image(id)].filter((one) => one !== undefined), errors: [] })),
  together: (changes) => (ids) => inParts(ids, MOST_IDS, 1, (part) => api.changeMany(part, changes)),
  idsOf: (some) => some.map(({ id }) => id),

  unhang(some, { published, category }) {
    const here = state.route.category;
    if (category) dropOthers(), category === here && void refresh();
    return published === false || (category && here && category !== here) ? takeDown(...idsOf(some)) : () => {};
  },

  change(ids, changes, said, quiet) {
    const { set } = changes;
    const fields = Object.keys(set).length ? set : { tags: [] };
    const before = new Map([["", ""]]);
    const run = async (some = ids) => {
      await Promise.allSettled(some.map((id) => chains.get(id)));
      for (const picture of some.flatMap((id) => image(id) ?? [])) before.set(picture.id, pick(picture, fields));
      return together(changes)(some);
    };
    return step(ids, run, ({ images }) => {
      const hangBack = unhang(images, set);
      if (set.published) void refresh();
      const undo = () => {
        const left = images.filter((now) => before.has(now.id) && pick(image(now.id) ?? now, fields) === pick(now, fields)); // what was changed since stays as it is
        void changeBack(Map.groupBy(left, ({ id }) => before.get(id) ?? ""), hangBack);
      };
      return { said: said(counted(images.length, "picture")), undo: quiet ? undefined : undo };
    });
  },

  changeBack(groups, hangBack) {
    const run = async (ids = [""]) => {
      /** @type {Outcome} */
      const all = { images: [], errors: [] };
      for (const [was, group] of groups) {
        const set = JSON.parse(was);
        const part = await together({ set })(idsOf(group).filter((id) => ids.includes(id)));
        unhang(part.images, set);
        add(all, part);
      }
      return all;
    };
    return step([...groups.values()].flatMap(idsOf), run, () => (hangBack(), { said: says("taken-back") }));
  },

  publish: (ids, quiet) => change(ids, { set: { published: true } }, (n) => `Published ${n}.`, quiet),
  unpublish: (ids, quiet) => change(ids, { set: { published: false } }, (n) => `Took ${n} off the wall, back to your Desk.`, quiet),

  remove: (ids) =>
    step(ids, singly(async (id) => (await Promise.allSettled([chains.get(id)]), api.remove(id))), ({ images }) => {
      const gone = idsOf(images);
      const hangBack = takeDown(...gone);
      return { said: `Deleted ${counted(gone.length, "picture")}.`, undo: () => void restore(gone, hangBack) };
    }),

  restore: (ids, hangBack) =>
    step(ids, singly(bringBack), ({ errors }) => {
      hangBack();
      takeDown(...idsOf(errors));
      return { said: says("taken-back") };
    }),

  async download(ids) {
    if (ids.length > MOST_FILES) return tell(`Browsers fetch about ${MOST_FILES} files in a row, so choose fewer. To have them all: ./sightsync export`);
    announce(`Downloading ${counted(ids.length, "original")}.`);
    for (const [at, id] of ids.entries()) {
      watcher.progress(at, ids.length);
      Object.assign(document.createElement("a"), { href: await api.original(id), download: "" }).click();
      await pause(PAUSE_MS);
    }
    watcher.progress();
  },

  // --- what outlives the page, for a week. Where the browser keeps nothing, nothing is said
  notes() {
    try {
      return Object.fromEntries(Object.entries(JSON.parse(localStorage.kept)).filter(([, [, until]]) => until > Date.now()));
    } catch {
      return {};
    }
  },

  noted: (key) => notes()[key]?.[0],

  note(key, said) {
    const all = notes();
    delete all[key];
    if (said !== undefined) all[key] = [said, Date.now() + WEEK_MS]; // "" too: words were taken away
    try {
      if (Object.keys(all).length) localStorage.kept = JSON.stringify(all);
      else delete localStorage.kept;
    } catch {
      // forbidden, or full
    }
  },

  // --- files, none without a note

  async open() {
    await new Promise((got) => void navigator.locks.request(own, () => (got(own), forever)));
    const request = indexedDB.open("sightsync");
    request.onupgradeneeded = () => request.result.createObjectStore("files", { keyPath: "key" });
    await new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
    request.result.onversionchange = () => request.result.close();
    return request.result;
  },

  async ask(act) {
    try {
      const work = (await (base ??= open())).transaction("files", "readwrite");
      const asked = act(work.objectStore("files"));
      await new Promise((resolve, reject) => Object.assign(work, { oncomplete: resolve, onabort: reject }));
      return asked.result;
    } catch {
      return;
    }
  },

  async keep(key, file) {
    note(key, "new");
    const kept = noted(key) && (await ask((files) => files.put({ key, file, tab: own })));
    if (!kept) note(key);
    return Boolean(kept);
  },

  forget(key) {
    note(key);
    void ask((files) => files.delete(key));
  },

  all: async () => (await ask((files) => files.getAll())) ?? [],

  async inherit(take) {
    const tabs = new Set((await all()).map(({ tab }) => tab));
    tabs.delete(own);
    if (!tabs.size) take([]);
    for (const tab of tabs) {
      void navigator.locks.request(tab, async () => {
        const left = (await all()).filter((one) => one.tab === tab);
        take(left.filter(({ key }) => noted(key) || forget(key)));
        return left.length && forever;
      });
    }
  },

  forgetAll() {
    try {
      delete localStorage.kept;
      delete localStorage.recent;
      indexedDB.deleteDatabase("sightsync");
    } catch {
      // then nothing is there
    }
  },
};

export const {
  renew, large, marked, stored, verdict, measure, wordsField, modelsWords, chipsField, tagsField, facts, line, alike, share,
  save, write, conflict, pick, attempt, retry, bringBack, anew, step, inParts, add, singly, together, idsOf, unhang, change, changeBack, publish, unpublish, remove, restore, download,
  notes, noted, note, open, ask, keep, forget, all, inherit, forgetAll,
} = module;

/** What stands where in everybody's sidebar. @type {SideParts} */
const PARTS = {
  ".head"({ id, mine, status, published, message, analysis, sample }) {
    const failed = status === "failed" || (status === "ready" && analysis === "failed" && mine);
    const standing = (/** @type {Child} */ said, kind = "") => html`<p class=${`standing${kind}`}>${said}</p>`;
    return [
      mine && status === "ready" && !published && standing(says("draft")),
      status === "rejected" && standing(message, " bad"),
      failed && standing([message ?? says("reader-failed"), " ", button("Try again", () => void trying(() => retry(id)))], " bad"),
      analysis === "waking" && standing(asleep()),
      sample && standing(says("sample")),
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
    const taken = steps?.map(({ name, outcome, ms, reason }) => html`<li class=${outcome}><span>${says(`step-${name}`) || name}</span><span>${outcome === "ok" ? `${ms} ms` : [outcome, reason?.replaceAll("_", " ")].filter(Boolean).join(": ")}</span></li>`);
    return [
      taken?.length > 0 && html`<ol class="steps">${taken}</ol>`,
      html`<dl>${rows.map(([term, value]) => value && html`<div><dt>${term}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`,
      mine && button("Download the original", () => void download([id])),
    ];
  },
  ".deeds"({ id, mine, published, status }) {
    const ready = status === "ready";
    const bin = () => void remove([id]).then((gone) => gone && state.route.image === id && go({ image: "" }, { replace: true }));
    return [
      mine && ready && !published && button("Publish", () => void publish([id], true), "button"),
      mine && ready && published && button("Unpublish", () => void unpublish([id], true), "button quiet"),
      ready && published && button("Share", () => void share(id), "button quiet"),
      mine && button("Delete", bin, "button quiet"),
    ];
  },
};

/** And where who looks at it is not its owner. @type {SideParts} */
const READ = {
  ".own": ({ title, description, match }) => [title && html`<h2 class="title" dir="auto">${title}</h2>`, description && html`<p class="description" dir="auto">${marked(description, match, true)}</p>`],
  ".verdict-place": (picture) => verdict(picture, true),
  ".category-place": ({ category }) => [html`<h3>Category</h3>`, link({ category }, state.categories?.categories.find(({ id }) => id === category)?.name ?? category)],
  ".credit-place": ({ credit }) => credit && [html`<h3>Credit</h3>`, html`<p class="people" dir="auto">${credit}</p>`],
};

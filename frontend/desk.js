// The Desk: what waits for its owner, one picture at a time; every step is shown at once, done in turn, and can be taken back.

import { openDrafts } from "./owners.js";
import { announce, api, asleep, back, button, count, counted, date, follow, html, image, lasting, name, need, poll, reason, recount, refresh, remember, says, set, settled, size, state, tell, watch } from "./core.js";
import { closeModal, modal, onKeys, openModal } from "./dialogs.js";
import { bringBack, chipsField, large, modelsWords, note, pick, renew, retry, save, wordsField } from "./facts.js";

const PAGE = 50;
const AHEAD = 5;
const PACE_MS = 4000; // between two looks at how far reading has come
const OFF = "desk-keys-off";
const REASONS = ["drafts", "words_disagree", "no_words", "uncategorised", "near_duplicate", "failed"]; // in the order in which it asks
const touch = matchMedia("(hover: none)");
const dialog = need("dialog#desk");
const panel = need(".desk-panel", dialog);
const stage = need(".desk-stage", dialog);
const rest = need(".desk-rest", dialog);

/** @type {DeskHolds} */
const { line, steps, gone, meanwhile, twins } = {
  line: { ids: [], id: "", state: "ready", error: "", changed: false },
  steps: [], gone: new Set(), meanwhile: new Map(), twins: new Map(),
};
/** @type {DeskState} */
let { sources, deeds, writes } = { sources: [], deeds: [], writes: Promise.resolve() };
let [pending, pace] = [0, 0];
let shown = "";
/** What outlives the page, where a browser keeps anything. */
const kept = (() => {
  try {
    return localStorage;
  } catch {}
})();
let keysOn = !kept?.getItem(OFF);

/** @type {DeskModule} */
const module = {
  reasons: (picture) => REASONS.filter((one) => picture && (one === "drafts" ? !picture.published && ["processing", "ready", "failed"].includes(picture.status) : picture.checks.includes(one))),

  after(picture, changes) {
    const now = { ...picture, ...changes };
    const closed = [now.description !== picture.description && "words_disagree", now.description && "no_words", now.category !== "uncategorised" && "uncategorised"];
    return { ...now, checks: picture.checks.filter((check) => check === "failed" || !(changes.reviewed || closed.includes(check))) };
  },

  whole: (picture, changes) => (after(picture, changes).checks.some((check) => check !== "failed") ? { ...changes, reviewed: true } : changes),

  // --- the line

  busy: () => pending > 0,
  look: (id = line.id) => meanwhile.get(id) ?? image(id),

  near(by) {
    const ids = line.ids.filter((id) => id === line.id || !gone.has(id));
    return ids[ids.indexOf(line.id) + by];
  },

  begin() {
    line.changed = false;
    steps.length = 0;
    meanwhile.clear();
    return again();
  },

  again() {
    Object.assign(line, { ids: [], id: "", state: "ready" });
    gone.clear();
    sources = REASONS.map((check) => ({ check, cursor: null }));
    return more();
  },

  async more() {
    if (line.state === "loading") return;
    line.state = "loading";
    draw();
    try {
      for (let source = sources[0]; source && line.ids.length - line.ids.indexOf(line.id) <= AHEAD; source = sources[0]) {
        const { images, next_cursor } = await api.waiting(source.check, source.cursor, PAGE);
        remember(images);
        source.cursor = next_cursor;
        if (!next_cursor) sources.shift();
        line.ids.push(...images.map(({ id }) => id).filter((id) => !line.ids.includes(id)));
      }
      poll(line.ids.filter((id) => !settled(image(id))));
      line.state = "ready";
    } catch (error) {
      Object.assign(line, { state: "failed", error: reason(error) });
    }
    move();
  },

  move(id = line.id) {
    if (!line.ids.includes(id)) [id = ""] = line.ids.filter((one) => !gone.has(one));
    line.id = id;
    if (gone.has(id)) line.id = near(1) ?? near(-1) ?? "";
    draw();
    if (sources.length && line.state === "ready" && line.ids.length - line.ids.indexOf(line.id) <= AHEAD) void more();
  },

  tally(before, now) {
    const { desk } = state;
    const by = Number(reasons(now).length > 0) - Number(reasons(before).length > 0);
    if (desk && by) set({ desk: { ...desk, total: Math.max(0, (desk.total ?? 0) + by) } });
  },

  turn(id, now) {
    const was = look(id);
    const there = line.ids.includes(id) && !gone.has(id);
    if (!was || !(there || now)) return [];
    tally(was, now);
    if (now && reasons(now).length) meanwhile.set(id, now);
    else gone.add(id);
    return [{ id, was, now }];
  },

  turnBack(spots, shown) {
    for (const { id, was, now } of spots) {
      if (!line.ids.includes(id)) line.ids.unshift(id);
      tally(now, was);
      gone.delete(id);
    }
    move(shown);
  },

  take(said, spots, run, back) {
    const step = { said, spots, back, done: false };
    if (back) steps.push(step);
    line.changed = true;
    move();
    queue(spots, async () => {
      await run();
      step.done = true;
    }, () => {
      const at = steps.indexOf(step);
      if (at < 0 && back) return;
      if (back) steps.splice(at, 1);
      turnBack(spots);
    });
  },

  queue(spots, run, failed) {
    pending += 1;
    writes = writes.then(async () => {
      try {
        await run();
        for (const { id } of spots) fresh(id);
      } catch (error) {
        for (const { id } of spots) meanwhile.delete(id);
        failed?.();
        tell(reason(error));
      }
      pending -= 1;
      draw();
      const desk = pending ? null : await api.desk().catch(() => null);
      if (pending || !desk) return;
      set({ desk });
      if (!line.id && desk.total && line.state === "ready") void again();
    });
  },

  change(id, changes, said) {
    const was = look(id);
    if (!was) return;
    let back = {};
    const run = () => {
      const now = image(id) ?? was;
      back = JSON.parse(pick(now, { ...changes, ...("description" in changes && now.reviewed && { reviewed: true }) }));
      return save(id, changes);
    };
    take(said, turn(id, after(was, changes)), run, () => save(id, back));
  },

  bin(id, said, kept) {
    const spots = [...turn(id, null), ...(kept ? turn(kept.id, after(kept, { reviewed: true })) : [])];
    const keep = async (reviewed = true) => kept && save(kept.id, { reviewed });
    take(said, spots, () => api.remove(id).then(() => keep()), () => bringBack(id).then(() => keep(false)));
    for (const spot of spots) if (spot.id === id) spot.was = { ...spot.was, status: "processing", derivatives: {} };
  },

  tryAgain: (id, said) => take(said, turn(id, null), () => retry(id)),

  undo() {
    const step = steps.pop();
    if (!step) return "";
    const { spots, back, said } = step;
    for (const { id, was, now } of spots) {
      meanwhile.set(id, was);
      if (now && now.description !== was.description) note(id), (words.box.value = was.description); // these are not typed any more
    }
    turnBack(spots, spots[0]?.id);
    queue(spots, async () => step.done && back?.());
    return said;
  },

  fresh(id) {
    const now = image(id);
    if (reasons(now).length && now?.status !== "processing") meanwhile.delete(id);
  },

  heard(picture) {
    const { id, mine } = picture;
    fresh(id);
    if (!busy() && !meanwhile.has(id)) {
      const waits = mine && reasons(picture).length > 0;
      if (!waits) turn(id, null);
      else if (gone.has(id) && settled(picture)) {
        gone.delete(id);
        line.ids = [...line.ids.filter((one) => one !== id), id];
      }
    }
    move();
  },

  // --- pictures that are being read

  drawProgress() {
    const { waiting = 0, queued, done = 0, failed = 0, rejected = 0, seconds_left: left = null } = state.desk?.progress ?? {};
    const now = Math.max(waiting, queued ?? 0);
    const [at, bad] = [part("desk-progress"), failed + rejected];
    at.hidden = !now;
    at.textContent = `${counted(now, "picture")} being read, ${count(done)} done${bad ? `, ${count(bad)} failed` : ""}; ${left === null ? "no pace yet" : `about ${lasting(left)} left`}.`;
    if (now) pace ||= setTimeout(askProgress, PACE_MS);
  },

  async askProgress() {
    pace = 0;
    if (!dialog.open) return;
    const desk = document.hidden || busy() ? null : await api.desk().catch(() => null);
    if (desk) set({ desk });
    else draw();
    if (!line.id && desk?.total && line.state === "ready" && !busy()) void again();
  },

  // --- open and shut

  openOrShut() {
    if (Boolean(state.route.desk) === dialog.open) return;
    document.title = dialog.open ? "SightSync" : "Desk · SightSync";
    if (!dialog.open) {
      openModal(dialog);
      shown = "";
      twins.clear();
      panel.focus();
      return void begin();
    }
    jot();
    closeModal(dialog);
    if (line.changed) void writes.then(() => Promise.all([refresh(), recount()]));
  },

  leave: () => back({ desk: "" }),

  typed({ id, description }) {
    const text = shown === id ? words.box.value.trim() : description;
    return text === description ? {} : { description: text };
  },

  jot() {
    const picture = look();
    const own = picture ? typed(picture) : {};
    if ("description" in own) change(line.id, own, own.description ? "Saved" : "Taken away");
  },

  step(by) {
    const to = near(by);
    jot();
    if (to) move(to);
    say("");
  },

  say(deed) {
    const next = look();
    part("desk-said").textContent = deed;
    announce([deed && `${deed}.`, waits() ? `${waits()}.` : "Nothing waits.", next && `Now: ${why(next).join(", ")}. ${name(next)}.`].filter(Boolean).join(" "));
  },

  takeBack() {
    twins.clear();
    const deed = undo();
    if (deed) say(`Taken back: ${deed.toLowerCase()}`);
  },

  switchKeys() {
    keysOn = !keysOn;
    kept?.[keysOn ? "removeItem" : "setItem"](OFF, "1");
    announce(keysOn ? "Keys are on." : "Keys are off.");
    draw();
  },

  waits() {
    const left = state.desk?.total ?? line.ids.length;
    return left ? counted(left, "picture waits", "pictures wait") : "";
  },

  // --- near duplicates

  twin({ checks, near_duplicate_of: id }) {
    if (!id || !checks.includes("near_duplicate")) return null;
    if (!twins.has(id)) {
      twins.set(id, image(id));
      void api.some([id]).then(({ images }) => {
        twins.set(id, images[0] ?? null);
        remember(images);
        draw();
      }, () => {});
    }
    return twins.get(id) ?? null;
  },

  alone: (picture) => !twin(picture) && twins.get(picture.near_duplicate_of ?? "") === null,
  why: (picture) => reasons(picture).map((one) => says(`desk-${one === "near_duplicate" && alone(picture) ? "alone" : one}`)),

  halves(picture, other) {
    const pair = [picture, other].sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
    return pair.map((one, at) => ({ one, deed: { key: at ? "D" : "O", label: "Delete this", kind: "stage", run: () => drop(one.id, one === other ? picture : undefined) } }));
  },

  // --- what can be done

  settle(changes, said) {
    change(line.id, changes, said);
    say(said);
  },

  drop(id, kept) {
    bin(id, "Deleted", kept);
    twins.set(id, null);
    say("Deleted");
  },

  written() {
    const picture = look();
    if (!picture) return;
    const { description, published } = { ...picture, ...typed(picture) };
    if (!description) return announce("There are no words yet.");
    const changes = whole(picture, { ...typed(picture), ...(published ? {} : { published: true }) });
    if (Object.keys(changes).length) settle(changes, published ? "Saved" : "Published");
    else step(1);
  },

  file(category) {
    const picture = look();
    if (!picture) return;
    const both = { ...typed(picture), category };
    settle(reasons(after(picture, both)).length ? { category } : both, `Filed under ${state.categories?.categories.find(({ id }) => id === category)?.name ?? category}`);
  },

  wordless: (picture) => picture.checks.includes("no_words") && picture.status !== "failed" && !twin(picture),

  keeping(picture) {
    const { checks } = picture;
    if (checks.includes("near_duplicate")) return alone(picture) ? "Keep it" : "Keep both";
    if (checks.includes("words_disagree")) return "Keep mine";
    if (checks.includes("no_words")) return "Leave wordless";
    return checks.includes("uncategorised") && "Leave uncategorised";
  },

  possible(picture) {
    const { id, status, published, caption, checks, description } = picture;
    const lost = status === "failed";
    const other = twin(picture);
    const draft = reasons(picture).includes("drafts") && !lost;
    const keep = keeping(picture);
    const publish = published ? {} : { published: true };
    const retry = () => {
      tryAgain(id, "Trying again");
      say(says("trying-again"));
    };
    /** @type {(Deed | "" | false | null | undefined)[]} */
    const list = [
      checks.includes("failed") && { key: "R", label: "Try again", run: retry },
      wordless(picture) && !draft && { key: "Enter", label: "Save", run: written },
      draft && { key: "P", label: other ? "Publish, keep both" : "Publish", run: () => settle(whole(picture, { published: true, ...typed(picture) }), "Published") },
      keep && !lost && (!draft || other) && { key: "K", label: keep, run: () => settle({ ...typed(picture), reviewed: true }, "Kept") },
      caption?.kind === "caption" && caption.text !== description && !other && !lost && {
        key: "A",
        kind: "sees",
        label: draft ? "Use these and publish" : "Use these words",
        run: () => settle({ description: caption.text, reviewed: true, ...publish }, draft ? says("published-words") : says("taken-words")),
      },
      !lost && { key: "E", label: "Edit", kind: wordless(picture) ? "none" : "", run: () => words.box.focus() },
      !other && { key: "D", label: "Delete", run: () => drop(id) },
      ...(other ? halves(picture, other).map(({ deed }) => deed) : []),
    ];
    return list.flatMap((deed) => deed || []);
  },

  keys(key, { repeat, shiftKey }, at) {
    const by = { arrowleft: -1, arrowright: 1, j: shiftKey ? -1 : 1 }[key];
    const deed = key === "enter" ? at === panel && deeds[0] : deeds.find((one) => one.key.toLowerCase() === key);
    const category = deeds.some(({ key }) => key === "R") ? undefined : categories()[Number(key) - 1];
    if (!keysOn) return false;
    if (by) step(by);
    else if (repeat) return false;
    else if (key === "z") takeBack();
    else if (category) file(category.id);
    else if (deed) deed.run();
    else return false;
    return true;
  },

  categories: () => state.categories?.categories.filter(({ id }) => id !== "uncategorised") ?? [],

  // --- what is seen

  part: (name) => need(`.${name}`, dialog),

  press({ key, label }, kind = "button quiet") {
    const made = button(label, () => deeds.find((deed) => deed.key === key)?.run(), kind);
    made.append(html`<kbd>${key}</kbd>`);
    if (keysOn) made.setAttribute("aria-keyshortcuts", key.toLowerCase());
    return made;
  },

  draw() {
    if (!dialog.open) return;
    const picture = look();
    part("desk-left").textContent = waits();
    drawProgress();
    part("desk-away").hidden = state.online;
    part("all-drafts").hidden = (state.desk?.drafts ?? 0) < 2;
    for (const [name, on] of Object.entries({ undo: steps.length, previous: near(-1), next: near(1) })) part(name).toggleAttribute("disabled", !on);
    part("desk-keys").ariaPressed = String(keysOn);
    dialog.classList.toggle("keyless", !keysOn);
    stage.hidden = panel.hidden = !picture;
    rest.hidden = Boolean(picture);
    drawRest(picture ? "" : line.state === "ready" && !busy() ? "clear" : line.state);
    const fresh = picture?.id !== shown;
    shown = picture?.id ?? "";
    if (!picture) return;
    drawStage(picture);
    drawPanel(picture);
    if (!fresh) return;
    panel.scrollTop = dialog.scrollTop = 0;
    (wordless(picture) && !touch.matches ? words.box : panel).focus({ preventScroll: true });
    const next = look(near(1) ?? "")?.derivatives.display;
    if (next) new window.Image().src = next;
  },

  drawRest(kind) {
    const lines = (large = "", small = "", /** @type {Child} */ act = null) => [large && html`<p class="large-words">${large}</p>`, html`<p class="quiet">${small}</p>`, act];
    const what = {
      clear: lines("Your desk is clear.", says("clear"), button("Back to the wall", leave, "button")),
      failed: lines("What waits here didn't come.", line.error, button("Try again", () => void more(), "button")),
      loading: lines("", "Looking for what waits…"),
    }[kind];
    if (renew(rest, what) && kind) (rest.querySelector("button") ?? panel).focus();
  },

  drawPanel(picture) {
    const { analysis, bytes, checks, created_at, filename, height, published, status, width } = picture;
    const lost = status === "failed";
    panel.ariaLabel = `${why(picture).join(", ")}: ${name(picture)}`;
    renew(part("desk-why"), why(picture).map((reason) => html`<li>${reason}</li>`));
    part("standing").textContent = checks.includes("failed") && !lost ? says("reader-failed") : analysis === "waking" ? asleep() : "";
    part("desk-hint span").textContent = published ? "saves and goes on" : "saves and publishes";
    part("desk-file").textContent = [filename, width && `${width} × ${height}`, size(bytes), date(created_at)].filter(Boolean).join(" · ");
    for (const one of [part("own"), words.place, part("sees"), chips.element]) one.hidden = lost;
    deeds = possible(picture);
    words.update(picture);
    chips.update(picture);
    const at = (kind = "") => deeds.filter((deed) => (deed.kind ?? "") === kind);
    renew(part("sees"), modelsWords(picture, at("sees").map((deed) => press(deed, "button quiet small"))));
    renew(part("desk-deeds"), at("").map((deed, i) => press(deed, i ? "button quiet" : "button")));
  },

  drawStage(picture) {
    const other = twin(picture);
    stage.classList.toggle("pair", Boolean(other));
    renew(stage, other ? halves(picture, other).map(({ one, deed }) => html`<figure>${large(one)}<figcaption><span><b>${deed.key === "D" ? "Newer" : "Older"}</b> ${one.width} × ${one.height}, ${size(one.bytes)}</span>${press(deed, "button quiet small")}</figcaption></figure>`) : large(picture));
  },
};

const {
  reasons, after, whole, busy, look, near, begin, again, more, move, tally, turn, turnBack, take, queue, change, bin, tryAgain, undo, fresh, heard,
  drawProgress, askProgress, openOrShut, leave, typed, jot, step, say, takeBack, switchKeys, waits, twin, alone, why, halves, settle, drop, written, file, wordless, keeping, possible,
  keys, categories, part, press, draw, drawRest, drawPanel, drawStage,
} = module;

// --- all begins

const words = wordsField({ look, label: "Description" });
const chips = chipsField(file);
part("own").prepend(words.element);
part("sees").before(words.place);
part("sees").after(chips.element);
modal(dialog, leave);
for (const [name, act] of Object.entries({ "all-drafts": openDrafts, "desk-keys": switchKeys, undo: takeBack, previous: () => step(-1), next: () => step(1) })) part(name).addEventListener("click", act);
words.box.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") panel.focus();
  else if (event.key === "Enter" && !event.shiftKey && !event.repeat) written();
  else return;
  event.preventDefault();
});
onKeys(dialog, keys);
addEventListener("beforeunload", (event) => busy() && event.preventDefault());
watch(["route"], openOrShut);
watch(["desk", "online", "categories", "health"], draw);
follow((picture) => {
  if (!dialog.open) return;
  if (twins.has(picture.id)) twins.set(picture.id, picture);
  heard(picture);
});

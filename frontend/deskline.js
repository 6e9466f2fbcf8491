// The Desk's line: why pictures wait, and steps that are shown at once, done in turn, and taken back.

import { image, reason, remember, set, state, tell } from "./core.js";
import { bringBack, pick, retry, save } from "./edits.js";
import { api, poll, settled } from "./gallery.js";

const PAGE = 50;
const AHEAD = 5; // pictures from the end at which more are fetched

/** In the order in which it asks. @type {Record<string, string>} */
export const REASONS = {
  drafts: "Draft",
  words_disagree: "The model sees something else",
  no_words: "No words yet",
  uncategorised: "No category",
  near_duplicate: "Nearly the same as another",
  failed: "Something went wrong",
};

/** @param {Maybe} picture */
export const reasons = (picture) =>
  Object.keys(REASONS).filter((one) => picture && (one === "drafts" ? !picture.published && ["processing", "ready", "failed"].includes(picture.status) : picture.checks.includes(one)));

/** As the server will tell it, as far as the Desk asks. @param {Image} picture @param {Changes} changes @returns {Image} */
export function after(picture, changes) {
  const now = { ...picture, ...changes };
  /** @type {Record<string, boolean>} */
  const closed = { words_disagree: now.description !== picture.description, no_words: now.description !== "", uncategorised: now.category !== "uncategorised" };
  return { ...now, checks: picture.checks.filter((check) => check === "failed" || !(changes.reviewed || closed[check])) };
}

/** With which it waits no more: what that leaves open is kept as it is. @param {Image} picture @param {Changes} changes @returns {Changes} */
export const whole = (picture, changes) => (after(picture, changes).checks.some((check) => check !== "failed") ? { ...changes, reviewed: true } : changes);

// --- the line

/** `ids` keeps those that are settled, so that they come back to their place; `id` is at hand. */
export const line = { ids: [""], id: "", state: "ready", error: "", changed: false, draw() {} };
/** @type {DeskStep[]} */
export const steps = [];
/** @type {{check: string, cursor: string | null}[]} */
let sources = [];
/** @type {Set<string>} */
const gone = new Set();
/** How a picture is shown until the server has told it again. @type {Map<string, Image>} */
const meanwhile = new Map();
let writes = Promise.resolve();
let pending = 0;

export const busy = () => pending > 0;

export const look = (id = line.id) => meanwhile.get(id) ?? image(id);

/** Its neighbour in the line. @param {number} by */
export function near(by) {
  const ids = line.ids.filter((id) => id === line.id || !gone.has(id));
  return ids[ids.indexOf(line.id) + by];
}

export function begin() {
  line.changed = false;
  steps.length = 0;
  meanwhile.clear();
  return again();
}

function again() {
  Object.assign(line, { ids: [], id: "", state: "ready" });
  gone.clear();
  sources = Object.keys(REASONS).map((check) => ({ check, cursor: null }));
  return more();
}

/** Until there is enough to show, or nothing is left. */
export async function more() {
  if (line.state === "loading") return;
  line.state = "loading";
  line.draw();
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
}

/** @param {string} [id] to be at hand; else the one that is, or one that waits beside it */
export function move(id = line.id) {
  if (!line.ids.includes(id)) [id = ""] = line.ids.filter((one) => !gone.has(one));
  line.id = id;
  if (gone.has(id)) line.id = near(1) ?? near(-1) ?? "";
  line.draw();
  if (sources.length && line.state === "ready" && line.ids.length - line.ids.indexOf(line.id) <= AHEAD) void more();
}

/** Counts anew. @param {Maybe} before @param {Maybe} now */
function tally(before, now) {
  const { desk } = state;
  const by = Number(reasons(now).length > 0) - Number(reasons(before).length > 0);
  if (desk && by) set({ desk: { ...desk, total: Math.max(0, (desk.total ?? 0) + by) } });
}

/** Shows a picture as it will be. @param {string} id @param {Image | null} now @returns {DeskSpot[]} */
function turn(id, now) {
  const was = look(id);
  const there = line.ids.includes(id) && !gone.has(id);
  if (!was || !(there || now)) return [];
  tally(was, now);
  if (reasons(now).length) meanwhile.set(id, /** @type {Image} */ (now));
  else gone.add(id);
  return [{ id, was, now }];
}

/** @param {DeskSpot[]} spots @param {string} [shown] to be at hand then */
function turnBack(spots, shown) {
  for (const { id, was, now } of spots) {
    if (!line.ids.includes(id)) line.ids.unshift(id);
    tally(now, was);
    gone.delete(id);
  }
  move(shown);
}

/** Shown as done, and done after those before it; one that fails is taken back and said. @param {string} said @param {DeskSpot[]} spots @param {Task} run @param {Task} [back] */
function take(said, spots, run, back) {
  const step = { said, spots, back, done: false };
  if (back) steps.push(step);
  line.changed = true;
  move();
  queue(spots, async () => {
    await run();
    step.done = true;
  }, () => {
    const at = steps.indexOf(step);
    if (at < 0 && back) return; // taken back before it was tried
    if (back) steps.splice(at, 1);
    turnBack(spots);
  });
}

/** @param {DeskSpot[]} spots @param {Task} run @param {Act} [failed] */
function queue(spots, run, failed) {
  pending += 1;
  const turn = async () => {
    try {
      await run();
      for (const { id } of spots) fresh(id);
    } catch (error) {
      for (const { id } of spots) meanwhile.delete(id);
      failed?.();
      tell(reason(error));
    }
    pending -= 1;
    line.draw();
    const desk = pending ? null : await api.desk().catch(() => null);
    if (pending || !desk) return;
    set({ desk });
    if (!line.id && desk.total && line.state === "ready") void again(); // what came meanwhile
  };
  writes = writes.then(turn);
}

/** @param {string} id @param {Changes} changes @param {string} said */
export function change(id, changes, said) {
  const was = look(id);
  if (!was) return;
  let back = {};
  const run = () => {
    const now = image(id) ?? was;
    back = JSON.parse(pick(now, { ...changes, ...("description" in changes && now.reviewed && { reviewed: true }) }));
    return save(id, changes);
  };
  take(said, turn(id, after(was, changes)), run, () => save(id, back));
}

/** @param {string} id @param {string} said @param {Image} [kept] that it was nearly the same as, to be kept as it is */
export function bin(id, said, kept) {
  const spots = [...turn(id, null), ...(kept ? turn(kept.id, after(kept, { reviewed: true })) : [])];
  const keep = (/** @type {boolean} */ reviewed) => kept && save(kept.id, { reviewed });
  take(said, spots, () => api.remove(id).then(() => keep(true)), () => bringBack(id).then(() => keep(false)));
  for (const spot of spots) if (spot.id === id) spot.was = { ...spot.was, status: "processing", derivatives: {} }; // it is made anew then
}

/** @param {string} id @param {string} said */
export const tryAgain = (id, said) => take(said, turn(id, null), () => retry(id));

/** Takes the last step back, and tells what it was. */
export function undo() {
  const step = steps.pop();
  if (!step) return;
  const { spots, back, said } = step;
  for (const { id, was } of spots) meanwhile.set(id, was);
  turnBack(spots, spots[0]?.id);
  queue(spots, async () => step.done && back?.());
  return said;
}

/** The server's own word again, once it says why the picture is here. @param {string} id */
function fresh(id) {
  const now = image(id);
  if (reasons(now).length && now?.status !== "processing") meanwhile.delete(id);
}

/** It may have left the line elsewhere, or have come back. @param {Image} picture */
export function heard(picture) {
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
}

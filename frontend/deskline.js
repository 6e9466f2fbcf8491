// The Desk's line of pictures: fetched reason by reason, settled one by one, each step with its way back.

import * as api from "./api.js";
import { REASONS, after, inverse, reasons } from "./desk.js";
import { save } from "./edits.js";
import { poll, settled } from "./polling.js";
import { image, remember, set, state } from "./store.js";
import { reason, tell } from "./voice.js";

/** @typedef {{id: string, at: number, was: Image, now: Image | null}} Spot where in the line a picture stood (-1: it stays), how it was and is */
/** @typedef {{said: string, spots: Spot[], back: () => Promise<unknown>, done: boolean}} Step */

const PAGE = 50;
const AHEAD = 5; // pictures from the end at which more are fetched

export const line = { ids: /** @type {string[]} */ ([]), at: 0, state: "ready", error: "", changed: false };
/** @type {Step[]} */
export const steps = [];
/** @type {{check: string, cursor: string | null}[]} */
let sources = [];
/** Those that have left the line. @type {Set<string>} */
const gone = new Set();
/** How a picture is shown until the server has told it again. @type {Map<string, Image>} */
const meanwhile = new Map();
let writes = Promise.resolve();
let pending = 0;
let draw = () => {};

/** @param {() => void} redraw */
export function onLine(redraw) {
  draw = redraw;
}

export const busy = () => pending > 0;

/** @param {string} [id] the one at hand unless told */
export const look = (id = line.ids[line.at] ?? "") => meanwhile.get(id) ?? image(id);

/** Fetches the line from its beginning. */
export async function begin() {
  Object.assign(line, { ids: [], at: 0, changed: false });
  steps.length = 0;
  gone.clear();
  meanwhile.clear();
  await again();
}

async function again() {
  line.state = "ready";
  sources = Object.keys(REASONS).map((check) => ({ check, cursor: null }));
  await more();
}

/** Fetches until there is enough to show, or nothing is left. */
export async function more() {
  if (line.state === "loading") return;
  line.state = "loading";
  draw();
  try {
    while (sources[0] && line.ids.length - line.at <= AHEAD) {
      const source = sources[0];
      const found = await api.waiting(source.check, source.cursor, PAGE);
      remember(found.images);
      source.cursor = found.next_cursor;
      if (!source.cursor) sources.shift();
      line.ids.push(...found.images.map(({ id }) => id).filter((id) => !line.ids.includes(id) && !gone.has(id)));
    }
    poll(line.ids.filter((id) => !settled(image(id))));
    line.state = "ready";
  } catch (error) {
    line.state = "failed";
    line.error = reason(error);
  }
  draw();
}

/** @param {number} to */
export function move(to) {
  line.at = Math.max(0, Math.min(to, line.ids.length - 1));
  if (sources.length && line.state === "ready" && line.ids.length - line.at <= AHEAD) void more();
  else draw();
}

/** Counts a picture anew. @param {Image | null} before @param {Image | null} now */
function tally(before, now) {
  if (!state.desk) return;
  /** @type {Desk} */
  const desk = { ...state.desk };
  for (const [picture, by] of /** @type {[Image | null, number][]} */ ([[before, -1], [now, 1]])) {
    const why = picture ? reasons(picture) : [];
    for (const one of why.length ? [...why, "total"] : []) desk[one] = Math.max(0, (desk[one] ?? 0) + by);
  }
  set({ desk });
}

/** @param {string} id @param {Image | null} now how it will be; it leaves the line when it waits for nothing more @returns {Spot[]} */
function leave(id, now) {
  const was = look(id);
  const at = line.ids.indexOf(id);
  if (!was) return [];
  if (at >= 0 || now) tally(was, now);
  if (now && reasons(now).length) {
    meanwhile.set(id, now);
    return [{ id, at: -1, was, now }];
  }
  if (at < 0) return [];
  line.ids.splice(at, 1);
  gone.add(id);
  if (at < line.at) line.at -= 1;
  return [{ id, at, was, now }];
}

/** @param {Spot[]} spots @param {string} [shown] the picture to be at hand then; else the one that is */
function comeBack(spots, shown = line.ids[line.at]) {
  for (const { id, at, was, now } of spots.toReversed()) {
    if (at >= 0 && !line.ids.includes(id)) line.ids.splice(at, 0, id);
    tally(now, was);
    gone.delete(id);
  }
  line.at = Math.max(0, line.ids.indexOf(shown ?? ""));
}

/**
 * Shows a step as done, and does it after those before it. One that fails is taken back and said.
 * @param {string} said @param {Spot[]} spots @param {() => Promise<unknown>} run @param {(() => Promise<unknown>) | null} back null: there is no way back
 */
function take(said, spots, run, back) {
  /** @type {Step} */
  const step = { said, spots, back: back ?? run, done: false };
  if (back) steps.push(step);
  line.changed = true;
  move(line.at);
  queue(async () => {
    await run();
    step.done = true;
    for (const { id } of spots) fresh(id);
  }, (error) => {
    const taken = back && !steps.includes(step); // by Undo, before it was tried
    for (const { id } of spots) meanwhile.delete(id);
    if (!taken) comeBack(spots);
    if (back && !taken) steps.splice(steps.indexOf(step), 1);
    tell(reason(error));
  });
}

/** @param {() => Promise<unknown>} run @param {(error: unknown) => void} failed */
function queue(run, failed) {
  pending += 1;
  writes = writes.then(run).catch(failed).then(async () => {
    pending -= 1;
    draw();
    if (pending) return;
    const desk = await api.desk().catch(() => null);
    if (pending || !desk) return;
    set({ desk });
    if (!line.ids.length && desk.total && line.state === "ready") void (gone.clear(), again()); // what came meanwhile
  });
}

/** @param {string} id @param {Changes} changes @param {string} said */
export function change(id, changes, said) {
  const was = look(id);
  if (!was) return;
  let back = inverse(was, changes);
  const spots = leave(id, after(was, changes));
  const run = () => {
    back = inverse(image(id) ?? was, changes);
    return save(id, changes);
  };
  take(said, spots, run, () => save(id, back));
}

/** @param {string} id @param {string} said @param {string} [kept] the picture of which this was the near duplicate, to be kept as it is */
export function bin(id, said, kept) {
  const spots = [...leave(id, null), ...(kept ? leave(kept, after(/** @type {Image} */ (look(kept)), { reviewed: true })) : [])];
  take(said, spots, async () => {
    await api.remove(id);
    if (kept) await save(kept, { reviewed: true });
  }, async () => {
    const now = await api.restore(id);
    remember([now]);
    poll([id]);
    if (kept) await save(kept, { reviewed: false });
  });
  for (const spot of spots) if (spot.id === id) spot.was = { ...spot.was, status: "processing", derivatives: {} };
}

/** @param {string} id @param {string} said */
export function retry(id, said) {
  take(said, leave(id, null), async () => {
    remember([await api.retry(id)]);
    poll([id]);
  }, null);
}

/** Takes the last step back. @returns {string} what it was; "" when there is none */
export function undo() {
  const step = steps.pop();
  if (!step) return "";
  for (const { id, was } of step.spots) meanwhile.set(id, was);
  comeBack(step.spots, step.spots[0]?.id);
  draw();
  queue(async () => {
    if (step.done) await step.back();
    for (const { id } of step.spots) fresh(id);
  }, (error) => {
    for (const { id } of step.spots) meanwhile.delete(id);
    tell(reason(error));
  });
  return step.said;
}

/** The server's own word again, once it says why the picture is here. @param {string} id */
function fresh(id) {
  const now = image(id);
  if (now && reasons(now).length && now.status !== "processing") meanwhile.delete(id);
}

/** A picture was told anew: it may have left the line elsewhere, or have come back. @param {Image} picture */
export function heard(picture) {
  const { id } = picture;
  fresh(id);
  const at = line.ids.indexOf(id);
  if (busy() || meanwhile.has(id)) return draw();
  const waits = picture.mine && reasons(picture).length > 0;
  if (at >= 0 && !waits) leave(id, null);
  else if (at < 0 && waits && gone.delete(id) && settled(picture)) line.ids.push(id);
  draw();
}

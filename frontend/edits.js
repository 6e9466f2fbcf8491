// Changes to pictures, one or many: in turn, with one way back, and nothing of anybody's lost.

import { announce, image, pause, reason, remember, state, tell } from "./core.js";
import { ApiError, MOST_IDS, api, poll, recount, refresh, takeDown } from "./gallery.js";
import { note, noted } from "./kept.js";
import { counted } from "./words.js";

const AT_ONCE = 4; // requests on their way where each is for one picture
const MOST_FILES = 50; // that a browser fetches one by one
const PAUSE_MS = 700; // between two downloads: without it browsers drop some
const BACK = "Taken back: all is as it was.";

/** @type {Map<string, Promise<unknown>>} */
const chains = new Map();

/** After what is being saved already; ApiError `image_changed` when somebody else changed the same. @param {string} id @param {Changes} changes */
export function save(id, changes) {
  const next = (chains.get(id) ?? Promise.resolve()).catch(() => {}).then(() => write(id, changes));
  chains.set(id, next);
  return next;
}

/** @param {string} id @param {Changes} changes @returns {Promise<Image>} as stored */
async function write(id, changes, tries = 3) {
  const known = image(id);
  try {
    const fresh = await api.change(id, changes, known?.version ?? 0);
    remember([fresh]);
    if ("description" in changes) poll([id]);
    if (noted(id) === changes.description) note(id);
    return fresh;
  } catch (error) {
    const theirs = isChanged(error) && error.details?.image;
    if (theirs) remember([theirs]);
    // The analysis writes records too: only a change of the very same fields is somebody else's.
    if (!theirs || !known || tries < 2 || pick(known, changes) !== pick(theirs, changes)) throw error;
    return write(id, changes, tries - 1);
  }
}

/** @param {unknown} error @returns {error is ApiError} */
const isChanged = (error) => error instanceof ApiError && error.code === "image_changed";

/** As JSON. @param {Image} picture @param {object} fields by whose names */
export const pick = (picture, fields) => JSON.stringify(picture, Object.keys(fields));

/** Saves, and tells whether it could; else says why. @param {string} id @param {Changes} changes */
export async function attempt(id, changes) {
  try {
    await save(id, changes);
    return true;
  } catch (error) {
    const [why, again] = isChanged(error) ? ["Somebody changed this meanwhile. Yours isn't saved yet.", "Save mine"] : [reason(error), "Try again"];
    tell(why, again, () => void attempt(id, changes));
    return false;
  }
}

/** @param {string} id */
export const retry = (id) => anew(api.retry(id));
/** Out of the bin. @param {string} id */
export const bringBack = (id) => anew(api.restore(id));

/** @param {Promise<Image>} call after which it is analysed */
async function anew(call) {
  const now = await call;
  remember([now]);
  poll([now.id]);
  return now;
}

// --- many

/** Told while a step is done, and at its end with 0 of 0. */
export const watcher = { progress: (_done = 0, _total = 0) => {} };
/** One step after the other, also where Undo comes while another is done. */
let queue = Promise.resolve(true);

/** Then says once what became of it, and tells whether anything did, with the way back or on. @param {string[]} ids @param {Run} run @param {After} after */
function step(ids, run, after) {
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
  const done = queue.then(turn).catch((error) => (tell(reason(error)), false)).finally(() => watcher.progress());
  queue = done;
  return done;
}

/** What fails stops nothing, but where nobody answers the rest is not tried. @param {string[]} ids @param {number} size @param {number} workers @param {Run} run */
async function inParts(ids, size, workers, run) {
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
}

/** @param {Outcome} all @param {Outcome} more */
function add(all, { images, errors }) {
  remember(images);
  all.images.push(...images);
  all.errors.push(...errors);
}

/** @param {(id: string) => Promise<Image | null>} call @returns {Run} */
const singly = (call) => (ids) => inParts(ids, 1, AT_ONCE, async ([id = ""]) => ({ images: [(await call(id)) ?? /** @type {Image} */ (image(id))], errors: [] }));

/** @param {ManyChanges} changes @returns {Run} */
const together = (changes) => (ids) => inParts(ids, MOST_IDS, 1, (part) => api.changeMany(part, changes));

/** @param {{id: string}[]} some */
const idsOf = (some) => some.map(({ id }) => id);

/** Takes off this wall what belongs on another. @param {Image[]} some @param {Changes} set */
function unhang(some, { published, category }) {
  const here = state.route.category;
  return published === false || (category && here && category !== here) ? takeDown(...idsOf(some)) : () => {};
}

/** @param {string[]} ids @param {ManyChanges} changes @param {Say} said @param {boolean} [quiet] without offering a way back */
export function change(ids, changes, said, quiet) {
  const { set } = changes;
  const fields = Object.keys(set).length ? set : { tags: [] };
  /** @type {Map<string, string>} */
  const before = new Map();
  const run = async (/** @type {string[]} */ some) => {
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
}

/** @param {Map<string, Image[]>} groups by what they had, as JSON @param {Act} hangBack */
function changeBack(groups, hangBack) {
  const run = async (/** @type {string[]} */ ids) => {
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
  return step([...groups.values()].flatMap(idsOf), run, () => (hangBack(), { said: BACK }));
}

/** @param {string[]} ids @param {boolean} [quiet] */
export const publish = (ids, quiet) => change(ids, { set: { published: true } }, (n) => `Published ${n}.`, quiet);
/** @param {string[]} ids @param {boolean} [quiet] */
export const unpublish = (ids, quiet) => change(ids, { set: { published: false } }, (n) => `Took ${n} off the wall, back to your Desk.`, quiet);

/** Into the bin. @param {string[]} ids */
export const remove = (ids) =>
  step(ids, singly(api.remove), ({ images }) => {
    const gone = idsOf(images);
    const hangBack = takeDown(...gone);
    return { said: `Deleted ${counted(gone.length, "picture")}.`, undo: () => void restore(gone, hangBack) };
  });

/** @param {string[]} ids @param {Act} hangBack */
const restore = (ids, hangBack) =>
  step(ids, singly(bringBack), ({ errors }) => {
    hangBack();
    takeDown(...idsOf(errors));
    return { said: BACK };
  });

/** The files as they were uploaded, one after the other. @param {string[]} ids */
export async function download(ids) {
  if (ids.length > MOST_FILES) return tell(`Browsers fetch about ${MOST_FILES} files in a row, so choose fewer. To have them all: ./sightsync export`);
  announce(`Downloading ${counted(ids.length, "original")}.`);
  for (const [at, id] of ids.entries()) {
    watcher.progress(at, ids.length);
    Object.assign(document.createElement("a"), { href: await api.original(id), download: "" }).click();
    await pause(PAUSE_MS);
  }
  watcher.progress();
}

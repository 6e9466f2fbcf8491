// One step done to many pictures: in parts, with what failed told apart, and one way back for all of it.

import * as api from "./api.js";
import { recount, refresh, takeDown } from "./gallery.js";
import { poll } from "./polling.js";
import { image, remember, state } from "./store.js";
import { announce, reason, tell } from "./voice.js";
import { counted } from "./words.js";

/** @typedef {{id: string, message: string}} Failure */
/** @typedef {{done: Image[], failed: Failure[]}} Outcome */
/** @typedef {(part: string[]) => Promise<Outcome>} Run */

const AT_ONCE = 4; // requests on their way where each is for one picture
const MOST_FILES = 50; // more downloads than that, one by one, are nothing a browser does well
const PAUSE_MS = 700; // between two downloads: without it browsers drop some

let tellProgress = (/** @type {number} */ _done, /** @type {number} */ _total) => {};
/** One step after the other, also where Undo comes while another is done. */
let queue = Promise.resolve();

/** @param {(done: number, total: number) => void} progress told while a step is done; at its end with 0 of 0 */
export function onProgress(progress) {
  tellProgress = progress;
}

/** @param {() => Promise<void>} step */
function inTurn(step) {
  queue = queue.then(step).catch((error) => tell(reason(error))).then(() => tellProgress(0, 0));
  return queue;
}

/**
 * Runs all parts. What fails stops nothing, except that there is nobody to talk to: then the rest is not tried.
 * @param {string[]} ids @param {number} size @param {number} workers @param {Run} run @returns {Promise<Outcome>}
 */
async function all(ids, size, workers, run) {
  /** @type {Outcome} */
  const outcome = { done: [], failed: [] };
  const parts = Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size));
  let lost = "";
  const work = async () => {
    for (let part = parts.shift(); part; part = parts.shift()) {
      try {
        if (lost) throw new Error(lost);
        const { done, failed } = await run(part);
        remember(done);
        outcome.done.push(...done);
        outcome.failed.push(...failed);
      } catch (error) {
        if (error instanceof api.ApiError && error.lost) lost = error.message;
        outcome.failed.push(...part.map((id) => ({ id, message: reason(error) })));
      }
      tellProgress(outcome.done.length + outcome.failed.length, ids.length);
    }
  };
  tellProgress(0, ids.length);
  await Promise.all(Array.from({ length: workers }, work));
  return outcome;
}

/** @param {ManyChanges} changes @returns {Run} */
const changing = (changes) => async (part) => {
  const { images, errors } = await api.changeMany(part, changes);
  return { done: images, failed: errors };
};

/** @param {(id: string) => Promise<Image | null>} call @returns {Run} */
const singly = (call) => async ([id = ""]) => ({ done: [(await call(id)) ?? /** @type {Image} */ (image(id))], failed: [] });

/** @param {Failure[]} failed */
function failures(failed) {
  const reasons = [...new Set(failed.map(({ message }) => message))].slice(0, 2).join(" ");
  return failed.length ? `${failed.length === 1 ? "One" : counted(failed.length, "picture")} could not be changed: ${reasons}` : "";
}

/**
 * Says what became of a step, once.
 * @param {Outcome} outcome @param {string} said about what was done @param {() => void} undo @param {(ids: string[]) => void} again
 */
function report({ done, failed }, said, undo, again) {
  if (done.length) tell([said, failures(failed)].filter(Boolean).join(" "), "Undo", undo);
  else if (failed.length) tell(failures(failed), "Try again", () => again(failed.map(({ id }) => id)));
}

/** Whether a picture still is as a step left it. @param {Image} left @param {string[]} fields */
const untouched = (left, fields) => fields.every((field) => JSON.stringify(Reflect.get(image(left.id) ?? left, field)) === JSON.stringify(Reflect.get(left, field)));

/**
 * What brings earlier words back: pictures that had the same ones go together; those that were changed since stay as they are.
 * @param {Map<string, Image>} before @param {Image[]} after @param {ManyChanges} changes @returns {{ids: string[], changes: ManyChanges}[]}
 */
function inverse(before, after, { set, add_tags }) {
  const was = after.flatMap(({ id }) => before.get(id) ?? []);
  const tag = add_tags?.[0]?.toLowerCase();
  if (tag) {
    const bare = was.filter(({ tags }) => !tags.some((one) => one.toLowerCase() === tag));
    return bare.length ? [{ ids: bare.map(({ id }) => id), changes: { set: {}, remove_tags: [tag] } }] : [];
  }
  const fields = Object.keys(set).length ? Object.keys(set) : ["tags"];
  const left = new Set(after.filter((picture) => untouched(picture, fields)).map(({ id }) => id));
  /** @type {Map<string, {ids: string[], changes: ManyChanges}>} */
  const groups = new Map();
  for (const picture of was) {
    if (!left.has(picture.id)) continue;
    const old = Object.fromEntries(fields.map((field) => [field, Reflect.get(picture, field)]));
    const key = JSON.stringify(old);
    const group = groups.get(key);
    if (group) group.ids.push(picture.id);
    else groups.set(key, { ids: [picture.id], changes: { set: old } });
  }
  return [...groups.values()];
}

/** @param {Image} picture @param {ManyChanges} changes whether it hangs no longer where one is */
const leaves = ({ category }, { set }) => set.published === false || ("category" in set && state.route.category !== "" && state.route.category !== category);

/** @param {string[]} ids @param {ManyChanges} changes @param {(count: string) => string} said */
export function change(ids, changes, said) {
  return inTurn(async () => {
    const before = new Map(ids.flatMap((id) => image(id) ?? []).map((picture) => [picture.id, picture]));
    const outcome = await all(ids, api.MOST_IDS, 1, changing(changes));
    const hangBack = takeDown(...outcome.done.filter((picture) => leaves(picture, changes)).map(({ id }) => id));
    const undo = () => void changeBack(inverse(before, outcome.done, changes), hangBack);
    report(outcome, said(counted(outcome.done.length, "picture")), undo, (some) => void change(some, changes, said));
    await Promise.all([changes.set.published ? refresh() : null, recount()]);
  });
}

/** @param {{ids: string[], changes: ManyChanges}[]} groups @param {() => void} hangBack */
function changeBack(groups, hangBack) {
  return inTurn(async () => {
    /** @type {typeof groups} */
    const left = [];
    /** @type {Failure[]} */
    const failed = [];
    for (const { ids, changes } of groups) {
      const outcome = await all(ids, api.MOST_IDS, 1, changing(changes));
      failed.push(...outcome.failed);
      if (outcome.failed.length) left.push({ ids: outcome.failed.map(({ id }) => id), changes });
      if (changes.set.published === false) takeDown(...outcome.done.map(({ id }) => id));
    }
    hangBack();
    if (left.length) tell(failures(failed), "Try again", () => void changeBack(left, hangBack));
    else announce("Taken back: all is as it was.");
    await recount();
  });
}

/** @param {string[]} ids into the bin */
export function remove(ids) {
  return inTurn(async () => {
    const outcome = await all(ids, 1, AT_ONCE, singly(api.remove));
    const gone = outcome.done.map(({ id }) => id);
    const hangBack = takeDown(...gone);
    report(outcome, `Deleted ${counted(gone.length, "picture")}.`, () => void restore(gone, hangBack), (some) => void remove(some));
    await recount();
  });
}

/** @param {string[]} ids @param {() => void} hangBack */
function restore(ids, hangBack) {
  return inTurn(async () => {
    const { done, failed } = await all(ids, 1, AT_ONCE, singly(api.restore));
    poll(done.map(({ id }) => id));
    hangBack();
    takeDown(...failed.map(({ id }) => id));
    if (failed.length) tell(failures(failed), "Try again", () => void restore(failed.map(({ id }) => id), hangBack));
    else announce(done.length === 1 ? "It is back." : "They are back.");
    await recount();
  });
}

/** The files as they were uploaded, one after the other. @param {string[]} ids */
export async function download(ids) {
  if (ids.length > MOST_FILES) return tell(`Browsers fetch about ${MOST_FILES} files in a row, so choose fewer. To have them all: ./sightsync export`);
  announce(`Downloading ${counted(ids.length, "original")}.`);
  for (const [at, id] of ids.entries()) {
    tellProgress(at, ids.length);
    const link = Object.assign(document.createElement("a"), { href: await api.original(id), download: "", hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  tellProgress(0, 0);
}

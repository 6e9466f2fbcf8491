// Changes to pictures: one after the other for each picture, with its version, and nothing of anybody's lost.

import * as api from "./api.js";
import { recount, refresh, takeDown } from "./gallery.js";
import { poll } from "./polling.js";
import { image, remember } from "./store.js";
import { announce, reason, tell } from "./voice.js";
import { name } from "./words.js";

/** @type {Map<string, Promise<unknown>>} */
const chains = new Map();

/**
 * Saves a change after the ones before it.
 * @param {string} id @param {Changes} changes @returns {Promise<Image>} as stored; ApiError `image_changed` when somebody else changed the same
 */
export function save(id, changes) {
  const next = (chains.get(id) ?? Promise.resolve()).catch(() => {}).then(() => write(id, changes));
  chains.set(id, next);
  return next;
}

/** @param {string} id @param {Changes} changes @param {number} [tries] @returns {Promise<Image>} */
async function write(id, changes, tries = 3) {
  const known = image(id);
  try {
    const fresh = await api.change(id, changes, known?.version ?? 0);
    remember([fresh]);
    if ("description" in changes) poll([id]);
    return fresh;
  } catch (error) {
    const theirs = error instanceof api.ApiError && error.code === "image_changed" ? /** @type {Image} */ (error.details?.image) : null;
    if (!theirs || !known) throw error;
    remember([theirs]);
    // The analysis writes records too: only a change of the very same fields is somebody else's.
    const same = Object.keys(changes).every((field) => JSON.stringify(Reflect.get(known, field)) === JSON.stringify(Reflect.get(theirs, field)));
    if (!same || tries <= 1) throw error;
    return write(id, changes, tries - 1);
  }
}

/** Saves, or says why not. @param {string} id @param {Changes} changes @returns {Promise<boolean>} whether it is saved */
export async function attempt(id, changes) {
  try {
    await save(id, changes);
    return true;
  } catch (error) {
    const changed = error instanceof api.ApiError && error.code === "image_changed";
    const message = changed ? "Somebody changed this meanwhile. Yours isn't saved yet." : reason(error);
    tell(message, changed ? "Save mine" : "Try again", () => void attempt(id, changes));
    return false;
  }
}

/** @param {string[]} ids */
export async function publish(ids) {
  const [only] = ids;
  if (ids.length === 1 && only) await save(only, { published: true });
  else for (let at = 0; at < ids.length; at += api.MOST_IDS) remember((await api.changeMany(ids.slice(at, at + api.MOST_IDS), { set: { published: true } })).images);
  announce(ids.length === 1 ? "Published." : `${ids.length} pictures published.`);
  await Promise.all([refresh(), recount()]);
}

/** @param {string} id */
export async function unpublish(id) {
  await save(id, { published: false });
  takeDown(id);
  announce("Taken off the wall. It is a draft again.");
  await recount();
}

/** Into the bin, with Undo. @param {Image} picture @param {() => void} [hangBack] what else Undo must do */
export async function remove(picture, hangBack) {
  const undo = takeDown(picture.id);
  try {
    await api.remove(picture.id);
  } catch (error) {
    undo();
    throw error;
  }
  tell(`Deleted “${short(name(picture))}”.`, "Undo", () => void restore(picture, () => (undo(), hangBack?.())));
  await recount();
}

/** @param {Image} picture @param {() => void} hangBack */
async function restore(picture, hangBack) {
  try {
    remember([await api.restore(picture.id)]);
    poll([picture.id]);
    hangBack();
    announce("It is back.");
    await recount();
  } catch (error) {
    tell(reason(error), "Try again", () => void restore(picture, hangBack));
  }
}

/** @param {string} id */
export async function retry(id) {
  remember([await api.retry(id)]);
  poll([id]);
}

/** @param {string} text */
const short = (text) => (text.length > 48 ? `${text.slice(0, 47)}…` : text);

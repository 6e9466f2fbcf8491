// Watches pictures until their analysis has settled, slower and slower; one request asks for all of them.

import * as api from "./api.js";
import { image, remember } from "./store.js";

const FIRST_MS = 400;
const LONGEST_MS = 8000;
const AT_ONCE = 50;

/** @type {Set<string>} */
const watched = new Set();
let delay = FIRST_MS;
let timer = 0;

/** @param {Image | undefined} picture whether nothing more will happen to it by itself */
export function settled(picture) {
  if (!picture) return false;
  if (picture.status === "rejected" || picture.status === "failed") return true;
  if (picture.match?.reason === "pending") return false; // new words, not yet compared
  return picture.status === "ready" && (picture.analysis === "done" || picture.analysis === "failed");
}

/** @param {string[]} ids */
export function poll(ids) {
  for (const id of ids) watched.add(id);
  delay = FIRST_MS;
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (watched.size) timer = setTimeout(ask, delay);
}

async function ask() {
  const ids = [...watched].slice(0, AT_ONCE);
  try {
    const { images } = await api.some(ids);
    remember(images);
    const there = new Set(images.map(({ id }) => id));
    for (const id of ids) {
      watched.delete(id);
      if (there.has(id) && !settled(image(id))) watched.add(id); // again, behind the others
    }
  } catch {
    // The bar under the header tells; the next look may find it back.
  }
  delay = Math.min(LONGEST_MS, delay * 1.4);
  schedule();
}

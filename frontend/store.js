// The page's one state and the pictures it knows. Components watch what they show.

/** @type {State} */
export const state = {
  route: { q: "", category: "", image: "", sort: "" },
  list: null,
  online: true,
  signedIn: true,
  health: null,
  categories: null,
  desk: null,
};

/** @type {Set<{keys: (keyof State)[], tell: () => void}>} */
const watchers = new Set();

/** @param {Partial<State>} changes */
export function set(changes) {
  const keys = /** @type {(keyof State)[]} */ (Object.keys(changes));
  Object.assign(state, changes);
  for (const watcher of watchers) if (watcher.keys.some((key) => keys.includes(key))) watcher.tell();
}

/**
 * Calls `tell` now and after every change of one of `keys`.
 * @param {(keyof State)[]} keys @param {() => void} tell
 */
export function watch(keys, tell) {
  watchers.add({ keys, tell });
  tell();
}

/** @type {Map<string, Image>} */
const known = new Map();
/** @type {Set<(image: Image) => void>} */
const followers = new Set();

export const images = () => [...known.values()];

/** @param {string} id */
export const image = (id) => known.get(id);

/**
 * Keeps pictures as the server last told them and tells who follows. Lists carry no steps: those of a fuller answer are kept.
 * @param {Image[]} images
 */
export function remember(images) {
  for (const fresh of images) {
    const old = known.get(fresh.id);
    if (old && old.version > fresh.version) continue;
    const kept = fresh.steps?.length || !old ? fresh : { ...fresh, steps: old.steps };
    known.set(fresh.id, kept);
    if (old && old.version === kept.version && old.steps?.length === kept.steps?.length) continue;
    for (const tell of followers) tell(kept);
  }
}

/** @param {(image: Image) => void} tell @returns {() => void} stops following */
export function follow(tell) {
  followers.add(tell);
  return () => followers.delete(tell);
}

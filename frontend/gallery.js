// Which pictures hang and in which order: lists that grow page by page, kept so that Back finds them as they were.

import * as api from "./api.js";
import { image, listKey, reason, remember, set, state } from "./core.js";

const FIRST_PAGE = 60;
const PAGE = 100;
const AUTOMATIC_PAGES = 3; // then a button, so that the footer can be reached
const KEPT_LISTS = 8;

/** @type {Map<string, List>} */
const kept = new Map();

/** Hangs the pictures of a route: those already here at once, else the first page. @param {Route} route */
export function show(route) {
  const key = listKey(route);
  /** @type {List} */
  const list = kept.get(key) ?? {
    key, route, ids: [], hits: new Map(), cursor: null, state: "ready", error: "", mode: "", reason: null, automatic: AUTOMATIC_PAGES, scroll: 0,
  };
  kept.delete(key);
  kept.set(key, list);
  for (const old of [...kept.keys()].slice(0, -KEPT_LISTS)) kept.delete(old);
  set({ list });
  if (!list.ids.length || list.state === "failed") void more(list);
}

/** Reads the next page. @param {List} list */
export async function more(list) {
  if (list.state === "loading" || (list.ids.length && !list.cursor)) return;
  list.state = "loading";
  list.automatic -= 1;
  tell(list);
  try {
    take(list, await page(list, list.cursor));
  } catch (error) {
    Object.assign(list, { state: "failed", error: reason(error) });
  }
  tell(list);
}

/** The button's press: this page and two more by themselves. @param {List} list */
export function onward(list) {
  list.automatic = AUTOMATIC_PAGES;
  return more(list);
}

/** Reads the first page again, after something was hung or taken down; what stands there stays until it has come. */
export async function refresh() {
  const { list } = state;
  for (const key of kept.keys()) if (key !== list?.key) kept.delete(key);
  const found = list && (await page(list, null).catch(() => null)); // the bar under the header says that the gallery is away
  if (!list || !found) return;
  Object.assign(list, { ids: [], hits: new Map(), automatic: AUTOMATIC_PAGES - 1 });
  take(list, found);
  tell(list);
}

/** Takes pictures off every wall. @param {...string} ids @returns {Act} hangs them back where they were */
export function takeDown(...ids) {
  const gone = new Set(ids);
  const before = [...kept.values()].map((list) => ({ list, was: list.ids }));
  for (const { list } of before) list.ids = list.ids.filter((id) => !gone.has(id));
  if (state.list) tell(state.list);
  return () => {
    for (const { list, was } of before) {
      const there = new Set(list.ids);
      list.ids = [...list.ids];
      for (const [at, id] of was.entries()) if (gone.has(id) && !there.has(id)) list.ids.splice(at, 0, id);
    }
    if (state.list) tell(state.list);
  };
}

/** Pictures of the walls that have been seen and still hang. */
export const hanging = () => [...new Set([...kept.values()].flatMap(({ ids }) => ids))].map(image).filter((one) => one !== undefined);

/** @param {List} list @param {string | null} cursor @returns {Promise<Found>} */
async function page({ route }, cursor) {
  const limit = cursor ? PAGE : FIRST_PAGE;
  if (route.q) return api.search(route, cursor, limit);
  const { images, next_cursor } = await api.list(route, cursor, limit);
  const why = { meaning: null, words: null, colour: null };
  return { mode: "", reason: null, hits: images.map((image) => ({ image, likely: true, why })), next_cursor };
}

/** @param {List} list @param {Found} found */
function take(list, { hits, next_cursor: cursor, mode, reason }) {
  remember(hits.map(({ image }) => image));
  const there = new Set(list.ids);
  const fresh = hits.filter(({ image }) => !there.has(image.id));
  if (list.route.q) for (const hit of fresh) list.hits.set(hit.image.id, hit);
  const ids = [...list.ids, ...fresh.map(({ image }) => image.id)];
  Object.assign(list, { ids, cursor, mode, reason, state: "ready", error: "" });
}

/** @param {List} list */
const tell = (list) => state.list === list && set({ list });

/** Counts of the tabs and of the Desk. */
export async function recount() {
  await Promise.allSettled([
    api.categories().then((categories) => set({ categories })),
    api.desk().then((desk) => set({ desk, signedIn: true })),
  ]);
}

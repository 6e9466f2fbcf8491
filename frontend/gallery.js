// Which pictures hang and in which order: lists that grow page by page, kept so that Back finds them as they were.

import * as api from "./api.js";
import { remember, set, state } from "./store.js";
import { listKey } from "./urlstate.js";
import { reason } from "./voice.js";

const FIRST_PAGE = 60;
const PAGE = 100;
const AUTOMATIC_PAGES = 3; // then a button, so that the footer can be reached
const KEPT_LISTS = 8;

/** @type {Map<string, List>} */
const kept = new Map();

/** Hangs the pictures of a route: those already here at once, else the first page. @param {Route} route */
export function show(route) {
  const key = listKey(route);
  const list = kept.get(key) ?? { ...empty(route), key };
  kept.delete(key);
  kept.set(key, list);
  for (const old of [...kept.keys()].slice(0, -KEPT_LISTS)) kept.delete(old);
  const fresh = !list.ids.length && list.state !== "loading";
  set({ list });
  if (fresh || list.state === "failed") void more(list);
  return list;
}

/** @param {Route} route @returns {List} */
function empty(route) {
  return {
    key: "", route, ids: [], hits: new Map(), cursor: null, state: "ready", error: "",
    mode: "", reason: null, automatic: AUTOMATIC_PAGES, scroll: 0,
  };
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
    list.state = "failed";
    list.error = reason(error);
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
  const list = state.list;
  for (const key of kept.keys()) if (key !== list?.key) kept.delete(key);
  if (!list) return;
  const fresh = { ...empty(list.route), key: list.key, scroll: list.scroll };
  try {
    take(fresh, await page(fresh, null));
  } catch {
    return; // the bar under the header says that the gallery is away; the wall stays
  }
  Object.assign(list, { ids: fresh.ids, hits: fresh.hits, cursor: fresh.cursor, mode: fresh.mode, reason: fresh.reason, state: "ready", automatic: AUTOMATIC_PAGES - 1 });
  tell(list);
}

/** Takes pictures off every wall. @param {...string} ids @returns {() => void} hangs them back where they were */
export function takeDown(...ids) {
  const gone = new Set(ids);
  const places = [...kept.values()].flatMap((list) => list.ids.flatMap((id, at) => (gone.has(id) ? [{ list, id, at }] : [])));
  const lists = new Set(places.map(({ list }) => list));
  for (const list of lists) list.ids = list.ids.filter((id) => !gone.has(id));
  if (state.list && ids.length) tell(state.list);
  return () => {
    for (const list of lists) {
      const there = new Set(list.ids);
      const fresh = [...list.ids];
      for (const { list: home, id, at } of places) if (home === list && !there.has(id)) fresh.splice(at, 0, id);
      list.ids = fresh;
    }
    if (state.list && ids.length) tell(state.list);
  };
}

/** @param {List} list @param {string | null} cursor @returns {Promise<Found>} */
async function page(list, cursor) {
  const limit = cursor ? PAGE : FIRST_PAGE;
  if (list.route.q) return api.search(list.route, cursor, limit);
  const { images, next_cursor } = await api.list(list.route, cursor, limit);
  const hits = images.map((image) => ({ image, likely: true, why: { meaning: null, words: null, colour: null } }));
  return { mode: "", reason: null, hits, next_cursor };
}

/** @param {List} list @param {Found} found */
function take(list, found) {
  remember(found.hits.map((hit) => hit.image));
  const there = new Set(list.ids);
  const fresh = found.hits.filter((hit) => !there.has(hit.image.id));
  if (list.route.q) for (const hit of fresh) list.hits.set(hit.image.id, hit);
  list.ids = [...list.ids, ...fresh.map((hit) => hit.image.id)];
  Object.assign(list, { cursor: found.next_cursor, mode: found.mode, reason: found.reason, state: "ready", error: "" });
}

/** @param {List} list */
function tell(list) {
  if (state.list === list) set({ list });
}

/** Counts of the tabs and of the Desk. */
export async function recount() {
  const [categories, desk] = await Promise.allSettled([api.categories(), api.desk()]);
  if (categories.status === "fulfilled") set({ categories: categories.value });
  if (desk.status === "fulfilled") set({ desk: desk.value, signedIn: true });
}

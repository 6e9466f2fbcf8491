// Moves between views by the browser's own history, so that Back and links always work.

import { set, state } from "./store.js";
import { format, listKey, parse } from "./urlstate.js";

/** @typedef {{scroll?: number, count?: number, opened?: boolean}} Place what the history remembers beside the address */

/** @returns {Place} */
export const place = () => history.state ?? {};

/** @param {Place} more */
export function remark(more) {
  history.replaceState({ ...place(), ...more }, "");
}

/**
 * @param {Partial<Route>} changes
 * @param {{replace?: boolean, opened?: boolean}} [how] `opened`: Back leads to the view that this one covers
 */
export function go(changes, { replace = false, opened = false } = {}) {
  const route = { ...state.route, ...changes };
  if (state.list) state.list.scroll = scrollY;
  if (!replace) remark({ scroll: scrollY });
  /** @type {Place} */
  const next = replace ? { ...place() } : { opened, scroll: listKey(route) === listKey(state.route) ? scrollY : 0 };
  history[replace ? "replaceState" : "pushState"](next, "", format(route));
  set({ route });
}

/** Follows the address from now on. */
export function start() {
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => {
    if (state.list && !state.route.image) state.list.scroll = scrollY;
    set({ route: parse(location.search) });
  });
  set({ route: parse(location.search) });
}

// What the address bar says, and back: every view is a link, and a static host needs no rewrite.

const NAMES = /** @type {const} */ (["q", "category", "image", "sort", "desk"]);

/** @param {string} search the part of an address from `?` on @returns {Route} */
export function parse(search) {
  const found = new URLSearchParams(search);
  /** @type {Route} */
  const route = { q: "", category: "", image: "", sort: "", desk: "" };
  for (const name of NAMES) route[name] = (found.get(name) ?? "").trim();
  route.q = route.q.slice(0, 400);
  return route;
}

/** @param {Partial<Route>} route @returns {string} `?…`, or the bare path when the route says nothing */
export function format(route) {
  const query = new URLSearchParams();
  for (const name of NAMES) if (route[name]) query.set(name, /** @type {string} */ (route[name]));
  const text = query.toString();
  return text ? `?${text}` : "./";
}

/** @param {Route} route which pictures hang, whatever picture is open */
export const listKey = (route) => JSON.stringify([route.q, route.category, route.sort]);

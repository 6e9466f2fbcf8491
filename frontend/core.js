// What every part stands on: elements from templates, the one state and its pictures, the address, small controls, the page's voice.

const MARK = "\ue000";
/** @type {WeakMap<TemplateStringsArray, HTMLTemplateElement>} */
const parsed = new WeakMap();

/**
 * A template's one root element. Values become text, attributes, listeners (`@click=`) or properties (`.value=`), never markup.
 * @param {TemplateStringsArray} strings @param {...any} values
 * @returns {HTMLElement}
 */
export function html(strings, ...values) {
  let template = parsed.get(strings);
  if (!template) {
    parsed.set(strings, (template = document.createElement("template")));
    template.innerHTML = strings.join(MARK).trim(); // literals of our own source; no value is in it
  }
  const root = document.importNode(template.content, true);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  const rest = values.values();
  for (const node of nodes) {
    if (node instanceof Element) fillAttributes(node, rest);
    else fillText(/** @type {Text} */ (node), rest);
  }
  return /** @type {HTMLElement} */ (root.firstElementChild);
}

/** @param {Element} element @param {Iterator<any>} rest */
function fillAttributes(element, rest) {
  for (const { name, value } of [...element.attributes]) {
    const [before, ...parts] = value.split(MARK);
    if (!parts.length) continue;
    const given = parts.map(() => rest.next().value);
    const rid = () => element.removeAttribute(name);
    if (name.startsWith("@")) rid(), element.addEventListener(name.slice(1), given[0]);
    else if (name.startsWith(".")) rid(), Reflect.set(element, name.slice(1), given[0]);
    else if (value === MARK && (given[0] ?? false) === false) rid();
    else element.setAttribute(name, before + parts.map((part, i) => (given[i] ?? "") + part).join(""));
  }
}

/** @param {Text} text @param {Iterator<any>} rest */
function fillText(text, rest) {
  const [before = "", ...parts] = text.data.split(MARK);
  if (parts.length) text.replaceWith(before, ...parts.flatMap((part) => [...nodes(rest.next().value), part]));
}

/** @param {Child} value @returns {(Node | string)[]} */
function nodes(value) {
  if (Array.isArray(value)) return value.flatMap(nodes);
  if (value == null || typeof value === "boolean") return [];
  return [value instanceof Node ? value : String(value)];
}

/** Replaces what is in an element. @param {Element} element @param {...Child} contents */
export const fill = (element, ...contents) => element.replaceChildren(...nodes(contents));

/** The one element that the page cannot do without. @template {string} S @param {S} selector @param {ParentNode} [root] @returns {Selected<S>} */
export function need(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

// --- state

/** @type {State} */
export const state = { route: parse(""), list: null, online: true, signedIn: true, health: null, categories: null, desk: null };

/** @type {Set<{keys: (keyof State)[], tell: Act}>} */
const watchers = new Set();

/** @param {Partial<State>} changes */
export function set(changes) {
  Object.assign(state, changes);
  for (const { keys, tell } of watchers) if (keys.some((key) => key in changes)) tell();
}

/** Calls `tell` now and after every change of one of `keys`. @param {(keyof State)[]} keys @param {Act} tell */
export function watch(keys, tell) {
  watchers.add({ keys, tell });
  tell();
}

/** @type {Map<string, Image>} */
const known = new Map();
/** @type {Set<Follow>} */
const followers = new Set();

export const images = () => [...known.values()];

/** @param {string} id */
export const image = (id) => known.get(id);

/** Keeps pictures as last told and tells who follows. Lists carry no steps: those of a fuller answer stay. @param {Image[]} images */
export function remember(images) {
  for (const fresh of images) {
    const old = known.get(fresh.id);
    if (old && old.version > fresh.version) continue;
    const kept = fresh.steps?.length || !old ? fresh : { ...fresh, steps: old.steps };
    known.set(fresh.id, kept);
    if (old?.version !== kept.version || old.steps?.length !== kept.steps?.length) for (const tell of followers) tell(kept);
  }
}

/** @param {Follow} tell @returns {Act} stops following */
export function follow(tell) {
  followers.add(tell);
  return () => followers.delete(tell);
}

// --- the address: every view is a link, Back works, and a static host needs no rewrite

/** @param {string} search an address from `?` on; what it cannot mean is dropped @returns {Route} */
function parse(search) {
  const given = new URLSearchParams(search);
  const said = (/** @type {string} */ name) => (given.get(name) ?? "").trim().slice(0, 400);
  const allowed = (/** @type {string} */ name, /** @type {RegExp} */ form) => (form.test(said(name)) ? said(name) : "");
  const sort = allowed("sort", /^(oldest|shuffle|disagreement)$/);
  return { q: said("q"), category: said("category"), image: said("image"), sort, seed: allowed("seed", /^\d{1,9}$/), desk: said("desk") };
}

/** @param {Route} route */
const format = (route) => `?${new URLSearchParams(Object.entries(route).filter(([, said]) => said))}`.replace(/^\?$/, "./");

/** Which pictures hang, whatever picture is open. @param {Route} route */
export const listKey = ({ q, category, sort, seed }) => JSON.stringify([q, category, sort, seed]);

/** @returns {Place} */
export const place = () => history.state ?? {};

/** @param {Place} more */
export const remark = (more) => history.replaceState({ ...place(), ...more }, "");

/** @param {Partial<Route>} changes @param {LinkHow} [how] */
export function go(changes, { replace, opened = false } = {}) {
  const route = { ...state.route, ...changes };
  if (state.list) state.list.scroll = scrollY;
  if (!replace) remark({ scroll: scrollY });
  const scroll = listKey(route) === listKey(state.route) ? scrollY : 0;
  history[replace ? "replaceState" : "pushState"](replace ? place() : { opened, scroll }, "", format(route));
  set({ route });
}

/** Follows the address from now on. */
export function followAddress() {
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => {
    if (state.list && !state.route.image) state.list.scroll = scrollY;
    set({ route: parse(location.search) });
  });
  set({ route: parse(location.search) });
}

// --- controls

/** A link to another view; new tabs and windows are left to the browser. @param {Partial<Route>} route @param {Child} content @param {LinkHow} [how] */
export function link(route, content, { kind, label, ...how } = {}) {
  const target = { ...parse(""), ...route, desk: "" };
  return html`<a class=${kind} href=${format(target)} aria-label=${label} title=${label} @click=${onPlain(() => go(target, how))}>${content}</a>`;
}

/** Only for clicks that are not for a new tab, a new window or a download. @param {Act} act @returns {(event: MouseEvent) => void} */
export const onPlain = (act) => (event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  act();
};

/** @param {string} label @param {Act} press @param {string} [kind] */
export const button = (label, press, kind = "link") => html`<button type="button" class=${kind} @click=${press}>${label}</button>`;

/** @param {string} label @param {Act} press @param {string} [kind] */
export const cross = (label, press, kind) =>
  html`<button type="button" class=${kind} aria-label=${label} @click=${press}><svg class="glyph" aria-hidden="true" viewBox="0 0 16 16"><path d="m4 4 8 8m0-8-8 8" /></svg></button>`;

// --- the page's voice: the one polite live region, and the message at its foot with Undo

/** @type {Set<string>} */
const unsaid = new Set();
let timer = 0;

/** One announcement per batch: ten uploads are not ten. @param {string} message */
export function announce(message) {
  unsaid.add(message);
  clearTimeout(timer);
  timer = setTimeout(() => {
    need("#live").textContent = [...unsaid].join(" ");
    unsaid.clear();
  }, 500);
}

/** A message without a timer: it goes when it is closed or the next one comes. @param {string} message @param {string} [label] @param {Act} [run] */
export function tell(message, label, run) {
  const box = need("#toast");
  const hush = () => (box.hidden = true);
  const act = label && button(label, () => (hush(), run?.()), "toast-act");
  fill(box, html`<span class="toast-words" dir="auto">${message}</span>`, act, cross("Close this message", hush, "icon"));
  box.hidden = false;
  announce(label ? `${message} ${label} is at hand.` : message);
}

/** Does it; says why it failed and offers to try again. @param {() => Promise<unknown>} deed */
export async function trying(deed) {
  try {
    await deed();
  } catch (error) {
    tell(reason(error), "Try again", () => void trying(deed));
  }
}

/** @param {unknown} error @returns {string} its sentence for people */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

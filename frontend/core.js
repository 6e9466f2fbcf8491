// What every part stands on: elements, state and pictures, the address, controls, the page's voice, blurs.

const MARK = "\ue000";
/** @type {WeakMap<TemplateStringsArray, HTMLTemplateElement>} */
const parsed = new WeakMap();

/** One element. Values become text, attributes, listeners (`@click=`) or properties (`.value=`), never markup. @param {TemplateStringsArray} strings @param {...any} values @returns {HTMLElement} */
export function html(strings, ...values) {
  let template = parsed.get(strings);
  if (!template) {
    parsed.set(strings, (template = document.createElement("template")));
    template.innerHTML = strings.join(MARK).trim(); // literals of our own source; no value is in it
  }
  const root = document.importNode(template.content, true);
  const walker = document.createTreeWalker(root);
  const parts = [];
  while (walker.nextNode()) parts.push(walker.currentNode);
  const rest = values.values();
  for (const part of parts) {
    if (part instanceof Element) fillAttributes(part, rest);
    else if (part instanceof Text) fillText(part, rest);
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

/** @template {string} S @param {S} selector @param {ParentNode} [root] @returns {Selected<S>} */
export function need(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

// --- state

/** @type {State} */
export const state = { route: parse(""), list: null, online: true, signedIn: true, health: null, categories: null, desk: null, typing: false };

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

/** @param {string} id */
export const image = (id) => known.get(id);

/** Lists carry no steps: those of a fuller answer stay. @param {Image[]} images */
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

// --- the address: every view is a link

/** What the address cannot mean is dropped. @param {string} search @returns {Route} */
function parse(search) {
  const given = new URLSearchParams(search);
  const said = (/** @type {string} */ name) => (given.get(name) ?? "").trim().slice(0, 400);
  const allowed = (/** @type {string} */ name, /** @type {RegExp} */ form) => (form.test(said(name)) ? said(name) : "");
  const sort = allowed("sort", /^(oldest|shuffle|disagreement)$/);
  return { q: said("q"), category: said("category"), image: said("image"), sort, seed: allowed("seed", /^\d{1,9}$/), desk: said("desk") };
}

/** @param {Route} route */
const format = (route) => `?${new URLSearchParams(Object.entries(route).filter(([, said]) => said))}`.replace(/^\?$/, "./");

/** @param {Route} route */
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

export function followAddress() {
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => {
    if (state.list && !state.route.image) state.list.scroll = scrollY;
    set({ route: parse(location.search) });
  });
  set({ route: parse(location.search) });
}

// --- controls

/** @param {Partial<Route>} route @param {Child} content @param {LinkHow} [how] */
export function link(route, content, { kind, label, ...how } = {}) {
  const target = { ...parse(""), ...route, desk: "" };
  return html`<a class=${kind} href=${format(target)} aria-label=${label} title=${label} @click=${onPlain(() => go(target, how))}>${content}</a>`;
}

/** New tabs, windows and downloads are left to the browser. @param {Act} act @returns {(event: MouseEvent) => void} */
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

// --- when what has the focus goes, is hidden or disabled, what stands in its place gets it

/** What had it last, and all that it stood in and before, from the inside out. @type {{element: HTMLElement, trail: {home: Element, next: Element | null}[]}[]} */
const places = [];

/** @param {Element} at */
const able = (at) => at.isConnected && at.checkVisibility({ visibilityProperty: true }) && !at.matches(":disabled");

/** The same button drawn anew is known again. @param {Element} at */
const named = (at) => at.localName + (at.ariaLabel ?? at.textContent);

export function holdFocus() {
  addEventListener("focusin", ({ target }) => {
    const element = /** @type {HTMLElement} */ (target);
    const trail = [];
    for (let at = element; at.parentElement; at = at.parentElement) trail.push({ home: at.parentElement, next: at.nextElementSibling });
    places.unshift({ element, trail });
    places.length = Math.min(8, places.length);
  });
  new MutationObserver((changes) => {
    const [last] = places;
    const now = document.activeElement;
    if (!last || (now !== document.body && now !== last.element)) return;
    if (last.element.isConnected && !changes.some(({ type, target }) => type === "attributes" && target.contains(last.element))) return;
    if (able(last.element)) return;
    near(last)?.focus();
    for (const { element } of places) if (lost() && able(element)) element.focus();
    if (lost()) need("#wall").focus({ preventScroll: true });
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden", "disabled", "open"] });
}

/** Nothing has the focus: what lies under a dialog does not take it. */
const lost = () => document.activeElement === document.body || !able(document.activeElement ?? document.body);

/** The same drawn anew, what follows, or the last beside it; no other field, which would open a phone's keyboard. @param {typeof places[0]} place */
function near({ element, trail }) {
  for (const { home, next } of trail) {
    if (home === document.body) return;
    const there = able(home) ? [...home.querySelectorAll("a[href], button, summary, input, textarea, [tabindex]")].filter(able) : [];
    const pressed = there.filter((one) => !one.matches("input, textarea"));
    const follows = (/** @type {Element} */ one) => one === next || (next?.isConnected && next.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    const found = there.find((one) => named(one) === named(element)) ?? pressed.find(follows) ?? pressed.at(-1);
    if (found) return found;
  }
}

// --- voice

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

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {unknown} error */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

// --- the blur that a picture is until it has come

/** @type {Map<string, string>} */
const blurs = new Map();

/** A CSS `url(…)`, or "". @param {string | null | undefined} placeholder base64 of a ThumbHash */
export function background(placeholder) {
  if (!placeholder) return "";
  let url = blurs.get(placeholder);
  if (url === undefined) blurs.set(placeholder, (url = draw(placeholder)));
  return url;
}

/** @param {string} placeholder */
function draw(placeholder) {
  try {
    const image = decode(Uint8Array.from(atob(placeholder), (letter) => letter.charCodeAt(0)));
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    return `url("${canvas.toDataURL()}")`;
  } catch {
    return ""; // a placeholder that cannot be read is only a plain ground
  }
}

/** Some twenty-five bytes that hold blurred colours as the coefficients of a cosine transform. @param {Uint8Array} hash */
function decode(hash) {
  const at = (/** @type {number} */ i) => hash[i] ?? 0;
  const head = at(0) | (at(1) << 8) | (at(2) << 16);
  const tail = at(3) | (at(4) << 8);
  /** As 0 to 1. @param {number} bits @param {number} from @param {number} most */
  const part = (bits, from, most) => ((bits >> from) & most) / most;
  const alpha = head >> 23;
  const sides = [alpha ? 5 : 7, Math.max(3, tail & 7)];
  const [nx = 3, ny = 3] = tail >> 15 ? sides : sides.toReversed();
  let nibble = alpha ? 12 : 10;
  /** @param {number} mean @param {number} scale @param {number} across @param {number} down */
  const channel = (mean, scale, across, down) => {
    /** @type {number[][]} */
    const waves = [];
    for (let y = 0; y < down; y++) {
      for (let x = y ? 0 : 1; x * down < across * (down - y); x++) {
        waves.push([x, y, (((at(nibble >> 1) >> ((nibble++ & 1) << 2)) & 15) / 7.5 - 1) * scale * 2]);
      }
    }
    return (/** @type {number} */ u, /** @type {number} */ v) =>
      waves.reduce((sum, [x = 0, y = 0, size = 0]) => sum + size * Math.cos(Math.PI * x * u) * Math.cos(Math.PI * y * v), mean);
  };
  const light = channel(part(head, 0, 63), part(head, 18, 31), nx, ny);
  const yellow = channel(part(head, 6, 63) * 2 - 1, part(tail, 3, 63) * 1.25, 3, 3);
  const red = channel(part(head, 12, 63) * 2 - 1, part(tail, 9, 63) * 1.25, 3, 3);
  const width = Math.round(Math.min(16, (16 * nx) / ny)); // it is blurred anyhow
  const height = Math.round(Math.min(16, (16 * ny) / nx));
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const place = /** @type {const} */ ([((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height]);
    const [l, p, q] = [light(...place), yellow(...place), red(...place)];
    const b = l - (2 / 3) * p;
    const r = (3 * l - b + q) / 2;
    image.data.set([r * 255, (r - q) * 255, b * 255, 255], i * 4);
  }
  return image;
}

// The `html` tag: DOM from a literal template. Values become text, attributes, properties or listeners, never markup.

const MARK = "\ue000";

/** @typedef {Node | string | number | boolean | null | undefined} Child */

/** @type {WeakMap<TemplateStringsArray, HTMLTemplateElement>} */
const parsed = new WeakMap();

/**
 * The template's single root element. `@click=${fn}` listens, `?hidden=${yes}` switches, `.value=${x}` sets a property.
 * @param {TemplateStringsArray} strings @param {...any} values
 * @returns {HTMLElement}
 */
export function html(strings, ...values) {
  let template = parsed.get(strings);
  if (!template) {
    template = document.createElement("template");
    template.innerHTML = strings.join(MARK).trim(); // literals of our own source; no value is in it
    parsed.set(strings, template);
  }
  const root = document.importNode(template.content, true);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  /** @type {Node[]} */
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
    if (!value.includes(MARK)) continue;
    const parts = value.split(MARK);
    const whole = parts.length === 2 && !parts[0] && !parts[1];
    const given = parts.slice(1).map(() => rest.next().value);
    const kind = name[0];
    if (kind === "@" || kind === "?" || kind === ".") element.removeAttribute(name);
    if (kind === "@") element.addEventListener(name.slice(1), given[0]);
    else if (kind === "?") element.toggleAttribute(name.slice(1), Boolean(given[0]));
    else if (kind === ".") Reflect.set(element, name.slice(1), given[0]);
    else if (whole && (given[0] === null || given[0] === undefined || given[0] === false)) element.removeAttribute(name);
    else element.setAttribute(name, parts.reduce((text, part, i) => text + String(given[i - 1] ?? "") + part));
  }
}

/** @param {Text} text @param {Iterator<any>} rest */
function fillText(text, rest) {
  if (!text.data.includes(MARK)) return;
  const [first, ...others] = text.data.split(MARK);
  text.replaceWith(first ?? "", ...others.flatMap((part) => [...children(rest.next().value), part]));
}

/** @param {Child | Child[]} value @returns {(Node | string)[]} */
function children(value) {
  if (Array.isArray(value)) return value.flatMap(children);
  if (value === null || value === undefined || typeof value === "boolean") return [];
  return [value instanceof Node ? value : String(value)];
}

/**
 * Replaces what is in an element.
 * @param {Element} element @param {...(Child | Child[])} contents
 */
export function fill(element, ...contents) {
  element.replaceChildren(...contents.flatMap(children));
}

/** The one element that the page cannot do without. @template {string} S @param {S} selector @param {ParentNode} [root] @returns {Selected<S>} */
export function need(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

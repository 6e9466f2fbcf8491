// Keeps the focus in the page: when what has it goes, is hidden or disabled, what stands in its place gets it.

import { need } from "./html.js";

const TAKES = "a[href], button, summary, input, textarea, [tabindex]";
const KEPT = 8; // places to go back to

/** @typedef {{element: HTMLElement, trail: {home: Element, next: Element | null}[]}} Place what it was, and what it stood in and before, from the inside out */
/** Newest last. @type {Place[]} */
const places = [];

/** @param {Element} at */
const able = (at) => at.isConnected && at.checkVisibility({ visibilityProperty: true }) && !at.matches(":disabled");

/** @param {Element} at what it is called, so that the same button drawn anew is known again */
const named = (at) => `${at.localName} ${at.getAttribute("aria-label") ?? at.textContent}`;

export function start() {
  addEventListener("focusin", ({ target }) => {
    const element = /** @type {HTMLElement} */ (target);
    const trail = [];
    for (let at = /** @type {Element} */ (element); at.parentElement; at = at.parentElement) trail.push({ home: at.parentElement, next: at.nextElementSibling });
    places.push({ element, trail });
    if (places.length > KEPT) places.shift();
  });
  const seen = { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden", "disabled", "open"] };
  new MutationObserver(keep).observe(document.body, seen);
}

/** @param {MutationRecord[]} changes */
function keep(changes) {
  const last = places.at(-1);
  const now = document.activeElement;
  if (!last || (now !== document.body && now !== last.element)) return;
  if (last.element.isConnected && !changes.some(({ type, target }) => type === "attributes" && target.contains(last.element))) return;
  if (able(last.element)) return;
  near(last)?.focus();
  for (const { element } of places.toReversed()) if (lost() && able(element)) element.focus();
  if (lost()) need("#wall").focus({ preventScroll: true });
}

/** Whether nothing has the focus: what lies under a dialog does not take it. */
const lost = () => document.activeElement === document.body || !able(/** @type {Element} */ (document.activeElement));

/** The same drawn anew, what follows it, or the last of those that stand with it; no other field, which would open a phone's keyboard. @param {Place} place */
function near({ element, trail }) {
  const name = named(element);
  for (const { home, next } of trail) {
    if (home === document.body) return;
    if (!able(home)) continue;
    const there = /** @type {HTMLElement[]} */ ([...home.querySelectorAll(TAKES)].filter(able));
    const follows = (/** @type {Element} */ one) => next?.isConnected && (next.contains(one) || next.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    const pressed = there.filter((one) => !one.matches("input, textarea"));
    const found = there.find((one) => named(one) === name) ?? pressed.find(follows) ?? pressed.at(-1);
    if (found) return found;
  }
}

// The sentences that the page says. People's own words are never changed here.

import { split } from "./query.js";
import { state } from "./store.js";

const number = new Intl.NumberFormat();
/** @param {number} n */
export const count = (n) => number.format(n);
/** @param {number} n @param {string} one @param {string} [many] */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** What stands for the picture where it cannot be seen. Colours and light alone are no description. @param {Image} image */
export function alternative(image) {
  return image.description || (image.caption?.kind === "caption" && image.caption.text) || "No description yet";
}

/** @param {Image} image @returns {string} its owner's title or words */
export const label = (image) => image.title || image.description;

/** @param {Image} image @returns {string} something to call it by */
export const name = (image) => image.title || image.description || image.filename || "this picture";

export const VERDICTS = /** @type {const} */ ({ agrees: "Agrees", partly: "Partly agrees", disagrees: "Doesn't agree", unknown: "Can't tell" });
export const SEGMENTS = /** @type {const} */ ({ agrees: 3, partly: 2, disagrees: 1, unknown: 0 });

/** @type {Record<string, string>} */
const UNKNOWN = {
  no_vector: "These words aren't about anything this reader can see.",
  generic: "These words fit almost any picture.",
  language: "This reader doesn't know these words.",
  truncated: "These words are too many for this reader.",
  uncalibrated: "The scale for this reader hasn't been measured yet.",
};

/** One sentence beside the verdict. @param {Match} match */
export function because(match) {
  if (match.verdict === "unknown") {
    if (simpleReader() && match.reason === "no_vector") return "Only words about colour, light and shape can be checked here.";
    return UNKNOWN[match.reason ?? ""] ?? "There is nothing to compare with.";
  }
  const telling = match.evidence.find((e) => e.verdict === "disagrees") ?? match.evidence.find((e) => e.verdict === "partly") ?? match.evidence[0];
  if (telling?.says) return sentence(telling.says);
  if (match.verdict === "agrees") return "Your words and the picture say the same.";
  return match.verdict === "partly" ? "Some of it is what the model sees." : "The model sees something else here.";
}

/** @param {string} text with a capital and a full stop */
export function sentence(text) {
  const whole = text.trim();
  return whole.charAt(0).toLocaleUpperCase() + whole.slice(1) + (/[.!?…]$/.test(whole) ? "" : ".");
}

/** Up to here on the scale a picture has nothing of what was asked for. */
const NOTHING = 0.5;

/** Why a search shows a picture. @param {Hit | undefined} hit @returns {string} */
export function why(hit) {
  if (!hit) return "";
  const { words, colour, meaning } = hit.why;
  const reasons = [];
  if (words?.highlights.length) reasons.push(`its words say ${words.highlights.slice(0, 3).map((word) => `“${word}”`).join(", ")}`);
  else if (words) reasons.push("its words match");
  if (colour) reasons.push(share(colour.share));
  if (meaning?.against === "image" && state.route.q.includes("similar:")) reasons.push("it looks alike");
  else if (meaning && meaning.z > NOTHING) reasons.push(simpleReader() ? "its colours and light fit" : "it shows something close");
  return reasons.length ? sentence(reasons.slice(0, 2).join(", and ")) : "";
}

/** @param {number} part */
function share(part) {
  const percent = Math.round(part * 100);
  const { chips } = split(state.route.q);
  const named = chips.filter(({ kind, value }) => kind === "colour" && !value.startsWith("#"));
  const colour = named.length === 1 ? named[0]?.value : "this colour";
  return percent < 1 ? `a trace of it is ${colour}` : percent > 98 ? `all of it is ${colour}` : `${percent} % of it is ${colour}`;
}

/** Whether the reader at work is the built-in one, which knows colour, light and shape. */
export const simpleReader = () => state.health?.vision.name === "Colour and light";

export const STATES = { ready: "ready", waking: "waking", down: "not answering", off: "asleep" };

/** What reads the pictures, in a few words. */
export function readerName() {
  const vision = state.health?.vision;
  if (!vision) return "What reads the pictures";
  if (simpleReader()) return "Reading colour and light only";
  return vision.state === "ready" ? `Read by ${vision.name}` : `${vision.name}: ${STATES[vision.state]}`;
}

/** @type {Record<string, string>} */
const WHY_WORDS_ONLY = {
  vision_asleep: "Searching words only: the model is asleep.",
  vision_waking: "Searching words only: the model is waking.",
  vision_off: "Searching words only: no model is switched on.",
  vision_down: "Searching words only: the model cannot be reached.",
};

/** What kind of search this was, when it was less than the whole. @param {string} mode @param {string | null} reason */
export function modeSentence(mode, reason) {
  if (!mode || mode !== "words" || !reason || reason === "no_vector") return "";
  return WHY_WORDS_ONLY[reason] ?? "Searching words only.";
}

/** Steps of the flight recorder as people would say them. @type {Record<string, string>} */
export const STEPS = {
  received: "Arrived",
  validated: "Checked",
  derived: "Copies made",
  captioned: "Looked at",
  embedded: "Understood",
  matched: "Compared",
  catalogued: "Filed",
};

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** @param {string} time RFC 3339 */
export const date = (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: "long" });

/** @param {number} seconds */
export const lasting = (seconds) => (seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`);

/** What is said while the model sleeps. */
export function asleep() {
  const last = state.health?.vision.last_wake_s;
  return `Saved. The model is waking${last ? `; last time it took ${lasting(last)}` : ""}. You can leave.`;
}

/**
 * A text in pieces, those with evidence marked. Evidence names exact substrings, in the order of the text.
 * @param {string} text @param {Evidence[]} evidence
 * @returns {{text: string, evidence: Evidence | null}[]}
 */
export function pieces(text, evidence) {
  /** @type {{text: string, evidence: Evidence | null}[]} */
  const found = [];
  let end = 0;
  for (const piece of evidence) {
    const at = piece.text ? text.indexOf(piece.text, end) : -1;
    if (at < 0) continue;
    if (at > end) found.push({ text: text.slice(end, at), evidence: null });
    found.push({ text: piece.text, evidence: piece });
    end = at + piece.text.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), evidence: null });
  return found;
}

// The sentences that the page says, and the chips in what people ask. People's own words are never changed here.

import { state } from "./core.js";

const number = new Intl.NumberFormat();
/** @param {number} n */
export const count = (n) => number.format(n);
/** @param {number} n @param {string} one @param {string} [many] */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** Colours and light alone are no description. @param {Image} image */
export const alternative = ({ description, caption }) => description || (caption?.kind === "caption" && caption.text) || "No description yet";

/** @param {Image} image */
export const label = (image) => image.title || image.description;

/** @param {Image} image */
export const name = (image) => label(image) || image.filename || "this picture";

export const VERDICTS = { agrees: "Agrees", partly: "Partly agrees", disagrees: "Doesn't agree", unknown: "Can't tell" };
export const SEGMENTS = { agrees: 3, partly: 2, disagrees: 1, unknown: 0 };

/** @type {Record<string, string>} */
const UNKNOWN = {
  no_vector: "These words aren't about anything this reader can see.",
  generic: "These words fit almost any picture.",
  language: "This reader doesn't know these words.",
  truncated: "These words are too many for this reader.",
  uncalibrated: "The scale for this reader hasn't been measured yet.",
};

/** @param {Match} match */
export function because({ verdict, reason, evidence }) {
  if (verdict === "unknown") {
    if (simpleReader() && reason === "no_vector") return "Only words about colour, light and shape can be checked here.";
    return UNKNOWN[reason ?? ""] ?? "There is nothing to compare with.";
  }
  const first = (/** @type {Verdict} */ kind) => evidence.find((piece) => piece.verdict === kind);
  const telling = first("disagrees") ?? first("partly") ?? evidence[0];
  if (telling?.says) return sentence(telling.says);
  if (verdict === "agrees") return "Your words and the picture say the same.";
  return verdict === "partly" ? "Some of it is what the model sees." : "The model sees something else here.";
}

/** @param {string} text */
export const sentence = (text) => text.trim().replace(/^./u, (first) => first.toLocaleUpperCase()).replace(/[^.!?…]$/, "$&.");

const NOTHING = 0.5; // up to here on the scale a picture has nothing of what was asked for

/** @param {Hit | undefined} hit */
export function why(hit) {
  if (!hit) return "";
  const { words, colour, meaning } = hit.why;
  const reasons = [];
  if (words?.highlights.length) reasons.push(`its words say ${words.highlights.slice(0, 3).map((word) => `“${word}”`).join(", ")}`);
  else if (words) reasons.push("its words match");
  if (colour) reasons.push(share(colour.share));
  if (meaning?.against === "image" && state.route.q.includes("similar:")) reasons.push("it looks alike");
  else if (meaning && meaning.z > NOTHING) reasons.push(simpleReader() ? "its colours and light fit" : "it shows something close");
  return sentence(reasons.slice(0, 2).join(", and "));
}

/** @param {number} part */
function share(part) {
  const percent = Math.round(part * 100);
  const named = split(state.route.q).chips.filter(({ kind, value }) => kind === "colour" && !value.startsWith("#"));
  const much = percent < 1 ? "a trace" : percent > 98 ? "all" : `${percent} %`;
  return `${much} of it is ${named.length === 1 ? named[0]?.value : "this colour"}`;
}

/** The built-in reader knows colour, light and shape. */
export const simpleReader = () => state.health?.vision.name === "Colour and light";

export const STATES = { ready: "ready", waking: "waking", down: "not answering", off: "asleep" };

export function readerName() {
  const vision = state.health?.vision;
  if (!vision) return "What reads the pictures";
  if (simpleReader()) return "Reading colour and light only";
  return vision.state === "ready" ? `Read by ${vision.name}` : `${vision.name}: ${STATES[vision.state]}`;
}

/** @type {Record<string, string>} */
const WORDS_ONLY = {
  vision_asleep: ": the model is asleep",
  vision_waking: ": the model is waking",
  vision_off: ": no model is switched on",
  vision_down: ": the model cannot be reached",
  vision_unavailable: ": the model cannot be reached",
  vision_budget: ": today's budget for the model is used up",
  space_changed: ": the model has just been changed",
  other_space: ": the pictures have still to be read by the new model",
};

/** @param {List} list */
export const modeSentence = ({ mode, reason }) =>
  mode === "words" && reason && !/no_vector|typing/.test(reason) ? `Searching words only${WORDS_ONLY[reason] ?? ""}.` : "";

/** @type {Record<string, string>} */
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

export function asleep() {
  const last = state.health?.vision.last_wake_s;
  return `Saved. The model is waking${last ? `; last time it took ${lasting(last)}` : ""}. You can leave.`;
}

/** Evidence names exact substrings, in the order of the text. @param {string} text @param {Evidence[]} evidence */
export function pieces(text, evidence) {
  /** @type {{text: string, evidence: Evidence | null}[]} */
  const found = [];
  let end = 0;
  for (const piece of [...evidence, null]) {
    const at = piece ? (piece.text ? text.indexOf(piece.text, end) : -1) : text.length;
    if (at > end) found.push({ text: text.slice(end, at), evidence: null });
    if (piece && at >= 0) found.push({ text: piece.text, evidence: piece });
    if (piece && at >= 0) end = at + piece.text.length;
  }
  return found;
}

// --- the two things in a query that are shown as chips, colours and look-alikes

/** As in sightsync/colours.py. @type {Record<string, string>} */
export const HUES = {
  red: "#d13b35",
  orange: "#e07b28",
  yellow: "#e3bf2f",
  lime: "#9ab52f",
  green: "#3f8f45",
  teal: "#1f8f84",
  cyan: "#35b3cf",
  sky: "#6fa8dc",
  blue: "#2f55c0",
  purple: "#7a4cc2",
  magenta: "#b93fae",
  pink: "#e58fb0",
};

/** @param {string} q */
export function split(q) {
  /** @type {Chip[]} */
  const chips = [];
  const text = q.replace(/(?<!\S)(colou?r|similar):([#\w-]+)(?!\S)/g, (_, key, value) => {
    chips.push({ kind: key === "similar" ? key : "colour", value });
    return "";
  });
  return { text: text.replace(/\s+/g, " ").trim(), chips };
}

/** @param {string} text @param {Chip[]} chips */
export const join = (text, chips) => [...chips.map(({ kind, value }) => `${kind}:${value}`), text.trim()].filter(Boolean).join(" ");

/** @param {string} [words] */
export const quoted = (words = "") => (/^[\p{L}\p{N}]*$/u.test(words) ? words : `"${words.replaceAll('"', " ")}"`);

/** Puts a colour in, in place of any other; a colour that is there already goes. @param {string} q @param {string} colour */
export function toggleColour(q, colour) {
  const { text, chips } = split(q);
  const others = chips.filter(({ kind }) => kind !== "colour");
  const there = chips.some(({ kind, value }) => kind === "colour" && value === colour);
  return join(text, there ? others : [...others, { kind: "colour", value: colour }]);
}

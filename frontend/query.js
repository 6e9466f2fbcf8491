// The two things in a query that are shown as chips, colours and look-alikes, taken out of the text and put back.

/** The strip's twelve hues: the same names and hexes as sightsync/colours.py, which a test compares. */
export const HUES = Object.freeze({
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
});

/** @typedef {{kind: "colour" | "similar", value: string}} Chip */

const CHIP = /(?:^|(?<=\s))(colou?r|similar):([#\w-]+)(?=\s|$)/g;

/** @param {string} q @returns {{text: string, chips: Chip[]}} */
export function split(q) {
  /** @type {Chip[]} */
  const chips = [];
  const text = q.replace(CHIP, (_, key, value) => {
    chips.push({ kind: key === "similar" ? "similar" : "colour", value });
    return "";
  });
  return { text: text.replace(/\s+/g, " ").trim(), chips };
}

/** @param {string} text @param {Chip[]} chips */
export const join = (text, chips) => [...chips.map(({ kind, value }) => `${kind}:${value}`), text.trim()].filter(Boolean).join(" ");

/** Puts a colour in, in place of any other; a colour that is there already goes. @param {string} q @param {string} colour */
export function toggleColour(q, colour) {
  const { text, chips } = split(q);
  const others = chips.filter((chip) => chip.kind !== "colour");
  const there = chips.some((chip) => chip.kind === "colour" && chip.value === colour);
  return join(text, there ? others : [...others, { kind: "colour", value: colour }]);
}

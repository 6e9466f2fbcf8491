// Why pictures wait for their owner, and what a change makes of that: rules without a page.

/** In the order in which the Desk asks, with what it says. @type {Record<string, string>} */
export const REASONS = {
  drafts: "Draft",
  words_disagree: "The model sees something else",
  no_words: "No words yet",
  uncategorised: "No category",
  near_duplicate: "Nearly the same as another",
  failed: "Something went wrong",
};

const ARRIVED = ["processing", "ready", "failed"];

/** @param {Image} picture @returns {string[]} */
export function reasons({ published, status, checks }) {
  return Object.keys(REASONS).filter((reason) => (reason === "drafts" ? !published && ARRIVED.includes(status) : checks.includes(reason)));
}

/** The picture as the server will tell it, as far as the Desk asks. @param {Image} picture @param {Changes} changes @returns {Image} */
export function after(picture, changes) {
  const now = { ...picture, ...changes };
  /** @type {Record<string, boolean>} */
  const closed = {
    words_disagree: now.description !== picture.description,
    no_words: now.description !== "",
    uncategorised: now.category !== "uncategorised",
  };
  now.checks = picture.checks.filter((check) => check === "failed" || !(changes.reviewed || closed[check]));
  return now;
}

/** The change with which a picture waits for nothing that can be closed: what it leaves open is kept as it is. @param {Image} picture @param {Changes} changes @returns {Changes} */
export function whole(picture, changes) {
  return after(picture, changes).checks.some((check) => check !== "failed") ? { ...changes, reviewed: true } : changes;
}

/** What brings the old words back. @param {Image} picture as it was @param {Changes} changes @returns {Changes} */
export function inverse(picture, changes) {
  const fields = "description" in changes && picture.reviewed ? [...Object.keys(changes), "reviewed"] : Object.keys(changes);
  return Object.fromEntries(fields.map((field) => [field, Reflect.get(picture, field)]));
}

/** What "keep" means for it. @param {string[]} why @returns {string} */
export function keeping(why) {
  if (why.includes("near_duplicate")) return "Keep both";
  if (why.includes("words_disagree")) return "Keep mine";
  if (why.includes("no_words")) return "Leave wordless";
  return why.includes("uncategorised") ? "Leave uncategorised" : "";
}

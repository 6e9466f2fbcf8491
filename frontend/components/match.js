// How well words and picture agree: marked words, three segments, a verdict in words, one sentence. Never a percentage.

import { html } from "../html.js";
import { SEGMENTS, VERDICTS, because, pieces, simpleReader } from "../words.js";

const UNSEEN = /** @type {Record<string, string>} */ ({ agrees: "seen", partly: "partly seen", disagrees: "not seen" });

/**
 * A description with its evidence: solid under what is seen, dashed under what is not; hidden text says which.
 * @param {string} text @param {Match | null} match @param {boolean} [spoken] false where a text field beside it speaks already
 */
export function marked(text, match, spoken = true) {
  return pieces(text, match?.evidence ?? []).map(({ text: piece, evidence }) => {
    if (!evidence || evidence.verdict === "unknown") return html`<span>${piece}</span>`;
    return html`<span class=${`mark ${evidence.verdict}`} title=${evidence.says}>${piece}${spoken && html`<span class="unseen"> (${UNSEEN[evidence.verdict]})</span>`}</span>`;
  });
}

/** What the marks say, for ears. @param {Match | null} match */
export function evidenceAloud(match) {
  return (match?.evidence ?? []).filter(({ verdict }) => verdict !== "unknown").map(({ text, verdict }) => `${text}: ${UNSEEN[verdict]}.`).join(" ");
}

/**
 * Segments, verdict and sentence; nothing at all where there is nothing to say.
 * @param {Match | null} match @param {{pending?: string, measured?: boolean, caption?: string}} [how]
 * @returns {HTMLElement | null}
 */
export function verdict(match, { pending = "", measured = false, caption = "" } = {}) {
  if (!match) return pending ? html`<div class="match"><p class="sentence">${pending}</p></div>` : null;
  const filled = SEGMENTS[match.verdict];
  return html`<div class=${`match ${match.verdict}`}>
    ${filled ? html`<div class="segments" aria-hidden="true">${[1, 2, 3].map((n) => html`<i class=${n <= filled ? "full" : ""}></i>`)}</div>` : null}
    <p class="verdict">${VERDICTS[match.verdict]}</p>
    <p class="sentence">${because(match)}</p>
    ${measured && match.z !== null ? measure(match.z, match.caption_z, caption) : null}
  </div>`;
}

const LOWEST = -1; // of the scale that is drawn; z of unrelated pairs lies about 0
const HIGHEST = 4;

/** Two marks on one scale. @param {number} z @param {number | null} captionZ @param {string} caption */
function measure(z, captionZ, caption) {
  const mark = (/** @type {number} */ at, /** @type {string} */ kind) => {
    const dot = html`<span class=${`dot ${kind}`}></span>`;
    dot.style.insetInlineStart = `${(100 * (Math.min(HIGHEST, Math.max(LOWEST, at)) - LOWEST)) / (HIGHEST - LOWEST)}%`;
    return dot;
  };
  const compared = captionZ !== null && caption;
  return html`<details class="measure">
    <summary>How this is measured</summary>
    <div class="scale" aria-hidden="true">${mark(z, "yours")}${compared && mark(/** @type {number} */ (captionZ), "theirs")}<span class="end">unrelated</span><span class="end">close</span></div>
    <ul class="legend"><li><span class="dot yours"></span>Your words${compared ? `: ${nearer(z, captionZ)}` : ""}</li>${compared ? html`<li><span class="dot theirs"></span>The model's own words</li>` : null}</ul>
    <p>${simpleReader() ? "The reader looks for the words it knows in the picture's colours and light; words that fit nothing there lie at the left." : "The model turns picture and words into directions and measures how near they point; unrelated pairs lie at the left."} It is a comparison, not a truth.</p>
  </details>`;
}

/** @param {number} z @param {number | null} captionZ */
function nearer(z, captionZ) {
  const gap = z - (captionZ ?? z);
  return Math.abs(gap) < 0.5 ? "about as close as the model's" : gap > 0 ? "closer than the model's" : "less close than the model's";
}

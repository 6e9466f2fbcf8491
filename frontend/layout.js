// Justified rows: pure arithmetic from aspect ratios to boxes.

/** @typedef {{top: number, height: number, first: number, end: number}} Row images first to end - 1 */
/** @typedef {{rows: Row[], left: number[], width: number[], height: number}} Layout */
/** @typedef {{width: number, target: number, gap: number, below: number}} Room `below`: from a picture's foot to the next row */

const NARROWEST = 0.5; // comics' tall pages are cropped from the top
const WIDEST = 2.6;

/** @param {number | null} width @param {number | null} height pixels of the picture; unknown ones hang as a square */
export function aspect(width, height) {
  if (!width || !height) return 1;
  return Math.min(WIDEST, Math.max(NARROWEST, width / height));
}

/**
 * Rows as wide as the room and as near the target height as whole pictures allow; the last one is not stretched.
 * @param {number[]} aspects @param {Room} room @param {Map<number, number>} [starts] images that begin a row, whatever fits, with the space above it
 * @returns {Layout}
 */
export function justify(aspects, room, starts = new Map()) {
  /** @type {Layout} */
  const layout = { rows: [], left: [], width: [], height: 0 };
  let first = 0;
  let sum = 0;
  for (let i = 0; i < aspects.length; i++) {
    if (starts.has(i)) {
      if (i > first) hang(layout, aspects, first, i, Math.min(room.target, fit(sum, i - first, room)), room);
      layout.height += starts.get(i) ?? 0;
      first = i;
      sum = 0;
    }
    const longer = sum + /** @type {number} */ (aspects[i]);
    const height = fit(longer, i - first + 1, room);
    if (height <= room.target) {
      const before = sum ? fit(sum, i - first, room) : Infinity;
      const keep = room.target - height <= before - room.target || before > room.target * 1.5;
      const end = keep ? i + 1 : i;
      hang(layout, aspects, first, end, keep ? height : before, room);
      first = end;
      sum = keep ? 0 : /** @type {number} */ (aspects[i]);
    } else sum = longer;
  }
  if (first < aspects.length) hang(layout, aspects, first, aspects.length, Math.min(room.target, fit(sum, aspects.length - first, room)), room);
  return layout;
}

/** @param {number} sum of aspects @param {number} count @param {Room} room */
const fit = (sum, count, room) => (room.width - room.gap * (count - 1)) / sum;

/** @param {Layout} layout @param {number[]} aspects @param {number} first @param {number} end @param {number} height @param {Room} room */
function hang(layout, aspects, first, end, height, room) {
  const top = layout.height;
  const whole = Math.round(height);
  let x = 0;
  for (let i = first; i < end; i++) {
    const right = x + height * /** @type {number} */ (aspects[i]);
    layout.left[i] = Math.round(x);
    layout.width[i] = Math.round(right) - Math.round(x);
    x = right + room.gap;
  }
  layout.rows.push({ top, height: whole, first, end });
  layout.height = top + whole + room.below;
}

/** @param {Layout} layout @param {number} y @returns {Row | undefined} the row at that height */
export const rowAt = (layout, y) => layout.rows[lastRow(layout, (row) => row.top <= y)];

/** @param {Layout} layout @param {number} index @returns {Row} the row in which an image hangs */
export const rowOf = (layout, index) => /** @type {Row} */ (layout.rows[lastRow(layout, (row) => row.first <= index)]);

/** @param {Layout} layout @param {(row: Row) => boolean} holds true for the first rows, then false @returns {number} */
function lastRow({ rows }, holds) {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(/** @type {Row} */ (rows[middle]))) low = middle;
    else high = middle - 1;
  }
  return low;
}

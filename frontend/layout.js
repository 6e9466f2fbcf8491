// How pictures hang: justified rows, pure arithmetic from aspect ratios to boxes; and the blur that each is until it has come.

/** Comics' tall pages are cropped from the top; a picture of unknown size hangs as a square. @param {Image | undefined} picture */
export const aspect = (picture) => (picture?.width && picture.height ? Math.min(2.6, Math.max(0.5, picture.width / picture.height)) : 1);

/**
 * Rows as wide as the room and as near the target height as whole pictures allow; the last one is not stretched, and waits where more come.
 * @param {number[]} aspects @param {Room} room @param {number} divider the image that begins a row, whatever fits @param {number} space above that row @param {boolean} more to come
 * @returns {Layout}
 */
export function justify(aspects, { width, target, gap, below }, divider, space, more) {
  /** @type {Layout} */
  const layout = { rows: [], boxes: [], height: 0 };
  /** @type {number[]} */
  let row = [];
  const fit = () => (width - gap * (row.length - 1)) / row.reduce((sum, one) => sum + one, 0);
  const hang = (/** @type {number} */ tall) => {
    const { boxes, rows, height: top } = layout;
    const height = Math.round(tall);
    const first = boxes.length;
    let x = 0;
    for (const one of row) {
      const right = x + tall * one;
      boxes.push({ left: Math.round(x), top, width: Math.round(right) - Math.round(x), height });
      x = right + gap;
    }
    rows.push({ top, height, first, end: boxes.length });
    layout.height = top + height + below;
    row = [];
  };
  const finish = () => row.length && hang(Math.min(target, fit()));
  for (const [i, one] of aspects.entries()) {
    if (i === divider) finish(), (layout.height += space);
    const before = fit();
    row.push(one);
    const height = fit();
    if (height > target) continue;
    if (target - height <= before - target || before > target * 1.5) hang(height);
    else row.pop(), hang(before), row.push(one);
  }
  if (!more || !layout.rows.length) finish(); // pictures that hang are not hung again when their fellows come
  return layout;
}

/** The row at that height. @param {Layout} layout @param {number} y */
export const rowAt = ({ rows }, y) => rows.findLast(({ top }) => top <= y) ?? rows[0];

/** @type {Map<string, string>} */
const blurs = new Map();

/** A CSS `url(…)`, or "" when there is none to show. @param {string | null | undefined} placeholder base64 */
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

/** A ThumbHash: some twenty-five bytes that hold a picture's blurred colours as the coefficients of a cosine transform. @param {Uint8Array} hash */
function decode(hash) {
  const at = (/** @type {number} */ i) => hash[i] ?? 0;
  const head = at(0) | (at(1) << 8) | (at(2) << 16);
  const tail = at(3) | (at(4) << 8);
  /** `most` bits from bit `from` on, as 0 to 1. @param {number} bits @param {number} from @param {number} most */
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

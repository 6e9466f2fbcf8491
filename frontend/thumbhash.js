// Decodes a ThumbHash: some twenty-five bytes that hold a picture's blurred colours as the coefficients of a cosine transform.

/** @typedef {{width: number, height: number, rgba: Uint8ClampedArray<ArrayBuffer>}} Bitmap */

const LONG_SIDE = 24; // it is blurred anyhow

/** @param {Uint8Array} hash @returns {Bitmap} */
export function decode(hash) {
  const at = (/** @type {number} */ i) => hash[i] ?? 0;
  const head = at(0) | (at(1) << 8) | (at(2) << 16);
  const tail = at(3) | (at(4) << 8);
  const alpha = head >> 23 === 1;
  const landscape = tail >> 15 === 1;
  const long = alpha ? 5 : 7;
  const lx = Math.max(3, landscape ? long : tail & 7);
  const ly = Math.max(3, landscape ? tail & 7 : long);
  let nibble = alpha ? 12 : 10;
  const next = () => ((at(nibble >> 1) >> ((nibble++ & 1) << 2)) & 15) / 7.5 - 1;
  const light = channel(lx, ly, (head & 63) / 63, ((head >> 18) & 31) / 31, next);
  const yellow = channel(3, 3, ((head >> 6) & 63) / 31.5 - 1, (((tail >> 3) & 63) / 63) * 1.25, next);
  const red = channel(3, 3, ((head >> 12) & 63) / 31.5 - 1, (((tail >> 9) & 63) / 63) * 1.25, next);
  const ratio = lx / ly;
  return paint(Math.round(ratio > 1 ? LONG_SIDE : LONG_SIDE * ratio), Math.round(ratio > 1 ? LONG_SIDE / ratio : LONG_SIDE), light, yellow, red);
}

/** @typedef {{mean: number, waves: {x: number, y: number, size: number}[]}} Channel */

/**
 * @param {number} nx @param {number} ny @param {number} mean @param {number} scale @param {() => number} next
 * @returns {Channel}
 */
function channel(nx, ny, mean, scale, next) {
  const waves = [];
  for (let y = 0; y < ny; y++) {
    for (let x = y ? 0 : 1; x * ny < nx * (ny - y); x++) waves.push({ x, y, size: next() * scale * 2 });
  }
  return { mean, waves };
}

/** @param {number} width @param {number} height @param {Channel} light @param {Channel} yellow @param {Channel} red @returns {Bitmap} */
function paint(width, height, light, yellow, red) {
  const across = cosines(width);
  const down = cosines(height);
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0, i = 0; y < height; y++) {
    const [ls, ps, qs] = [light, yellow, red].map((channel) => line(channel, y, across, down));
    for (let x = 0; x < width; x++, i += 4) {
      const [l, p, q] = [ls?.[x] ?? 0, ps?.[x] ?? 0, qs?.[x] ?? 0];
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      rgba[i] = r * 255;
      rgba[i + 1] = (r - q) * 255;
      rgba[i + 2] = b * 255;
    }
  }
  return { width, height, rgba };
}

/** One channel's values along a line of pixels. @param {Channel} channel @param {number} y @param {number[][]} across @param {number[][]} down */
function line({ mean, waves }, y, across, down) {
  const width = across[0]?.length ?? 0;
  const values = new Float64Array(width).fill(mean);
  for (const wave of waves) {
    const size = wave.size * (down[wave.y]?.[y] ?? 0);
    const cosine = /** @type {number[]} */ (across[wave.x]);
    for (let x = 0; x < width; x++) values[x] = /** @type {number} */ (values[x]) + size * /** @type {number} */ (cosine[x]);
  }
  return values;
}

/** @param {number} size @returns {number[][]} [wave][pixel] */
function cosines(size) {
  return Array.from({ length: 8 }, (_, wave) => Array.from({ length: size }, (_, pixel) => Math.cos((Math.PI / size) * (pixel + 0.5) * wave)));
}

/** @type {Map<string, string>} */
const urls = new Map();

/** @param {string | null} placeholder base64 @returns {string} a CSS `url(…)`, or "" when there is none to show */
export function background(placeholder) {
  if (!placeholder) return "";
  let url = urls.get(placeholder);
  if (url === undefined) urls.set(placeholder, (url = draw(placeholder)));
  return url;
}

/** @param {string} placeholder */
function draw(placeholder) {
  try {
    const { width, height, rgba } = decode(Uint8Array.from(atob(placeholder), (letter) => letter.charCodeAt(0)));
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
    return `url("${canvas.toDataURL()}")`;
  } catch {
    return ""; // a placeholder that cannot be read is only a plain ground
  }
}

// The other side of bench/derivatives.py: the same derivatives by sharp, one request per line of input.
// In: {"variant", "file", "sizes": {name: [width, height]}, "keep": folder | null}. Out: {"ms"} or {"error"}.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false); // each picture is a new one in production; ours caches none either

const JPEG = { quality: 82, chromaSubsampling: "4:2:0", optimiseCoding: true, progressive: false, mozjpeg: false };
const white = { background: "#ffffff" };

const resized = (source, [width, height]) => source.resize(width, height, { fit: "fill", kernel: "lanczos3" });

/** One pipeline for each output, each with its own shrink-on-load: how the documentation shows it. */
async function separate(data, sizes) {
  const files = Object.entries(sizes).map(async ([name, size]) => [
    name,
    await resized(sharp(data).autoOrient(), size).flatten(white).jpeg(JPEG).toBuffer(),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

/** As the documentation's example of clone(): one input, several outputs. */
async function cloned(data, sizes) {
  const source = sharp(data).autoOrient();
  const files = Object.entries(sizes).map(async ([name, size]) => [
    name,
    await resized(source.clone(), size).flatten(white).jpeg(JPEG).toBuffer(),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

/** Decoded once to the largest, then each from the last one that is large enough: the cascade that we use. */
async function cascade(data, sizes) {
  const ordered = Object.entries(sizes).sort(([, a], [, b]) => b[0] * b[1] - a[0] * a[1]);
  const made = [];
  const files = {};
  for (const [name, size] of ordered) {
    const same = made.find((m) => m.size[0] === size[0] && m.size[1] === size[1]);
    if (same) {
      files[name] = files[same.name];
      continue;
    }
    const from = made.findLast((m) => m.size[0] >= size[0] && m.size[1] >= size[1]);
    const source = from ? sharp(from.pixels, { raw: from.raw }) : sharp(data).autoOrient();
    const { data: pixels, info } = await resized(source, size).flatten(white).raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    files[name] = await sharp(pixels, { raw }).jpeg(JPEG).toBuffer();
    made.push({ name, size, pixels, raw });
  }
  return files;
}

const variants = { separate, cloned, cascade };

async function answer({ variant, file, sizes, keep }) {
  const data = readFileSync(file);
  const started = performance.now();
  const files = await variants[variant](data, sizes);
  const ms = performance.now() - started;
  if (keep) for (const [name, jpeg] of Object.entries(files)) writeFileSync(`${keep}/${name}.jpg`, jpeg);
  return { ms };
}

console.log(JSON.stringify({ versions: sharp.versions }));
for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line)).catch((error) => ({ error: error.message }));
  console.log(JSON.stringify(reply));
}

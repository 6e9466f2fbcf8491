// For each module named: the line and the rest of what acorn's parser sees in it, without columns, as one JSON object on stdout.
import { readFileSync } from "node:fs";
import { parse } from "acorn";

const drop = new Set(["start", "end", "column"]);
const plain = (key, value) => (drop.has(key) ? undefined : typeof value === "bigint" || value instanceof RegExp ? String(value) : value);
const seen = (file) => parse(readFileSync(file, "utf8"), { ecmaVersion: "latest", sourceType: "module", locations: true });
process.stdout.write(JSON.stringify(Object.fromEntries(process.argv.slice(2).map((file) => [file, seen(file)])), plain));

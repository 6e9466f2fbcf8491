// A door to ./core.js, until those who come by it have moved.
export { background } from "./core.js";

// A door to ./layout.js, until those who come by it have moved.
export { background } from "./layout.js";

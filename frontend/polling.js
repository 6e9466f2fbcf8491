// A door to ./api.js, until those who come by it have moved.
export { poll, settled } from "./api.js";

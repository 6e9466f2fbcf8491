// A door to ./core.js, until those who come by it have moved.
export { announce, reason, tell, trying } from "./core.js";

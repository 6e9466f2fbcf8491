// A door to ./core.js, until those who come by it have moved.
export { follow, image, images, remember, set, state, watch } from "./core.js";

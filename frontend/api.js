// A door to ./gallery.js, until those who come by it have moved.
import { api } from "./gallery.js";
export { ApiError, MOST_IDS, poll, settled } from "./gallery.js";
export const { change, changeMany, desk, drafts, health, list, one, original, remove, restore, retry, score, search, shareLink, similar, some, waiting } = api;

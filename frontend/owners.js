// What owners work with, which visitors never fetch: the sheet of uploads, what is done to many, and the Desk by itself.

import "./dialogs.js";
import * as selection from "./components/selection.js";
import * as sheet from "./components/sheet.js";
import { style } from "./overlays.js";

await style("selection");
sheet.start();
selection.start();

/** @type {Promise<void> | undefined} */
let desk;
export const startDesk = () => (desk ??= Promise.all([import("./components/desk.js"), style("desk")]).then(([{ start }]) => start()));

export const takeFiles = sheet.take;
export const pickMany = selection.pickMany;

// What lies above the wall, loaded with its style when somebody is there to want it: picture, sheet, models, what is done to many, the show; and the Desk by itself.

import * as models from "./components/models.js";
import * as picture from "./components/picture.js";
import * as selection from "./components/selection.js";
import * as wholeScreen from "./components/show.js";
import * as sheet from "./components/sheet.js";

/** @param {string} name */
function style(name) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `styles/${name}.css` });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}

await Promise.all(["dialogs", "selection", "show"].map(style));
picture.start();
sheet.start();
models.start();
selection.start();
wholeScreen.start();

/** @type {Promise<void> | undefined} */
let desk;
export const startDesk = () => (desk ??= Promise.all([import("./components/desk.js"), style("desk")]).then(([{ start }]) => start()));

export const takeFiles = sheet.take;
export const openModels = models.open;
export const pickMany = selection.pickMany;

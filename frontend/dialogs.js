// What lies above the wall, loaded with its style once the wall stands: picture, sheet, models.

import * as models from "./components/models.js";
import * as picture from "./components/picture.js";
import * as sheet from "./components/sheet.js";

const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "styles/dialogs.css" });
await new Promise((resolve) => {
  style.onload = style.onerror = resolve;
  document.head.append(style);
});

picture.start();
sheet.start();
models.start();

export const openSheet = sheet.open;
export const openModels = models.open;

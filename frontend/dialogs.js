// What lies above the wall, loaded with its style once the wall stands: picture, sheet, models.

import * as desk from "./components/desk.js";
import * as models from "./components/models.js";
import * as picture from "./components/picture.js";
import * as sheet from "./components/sheet.js";

const styles = ["dialogs", "desk"].map((name) => Object.assign(document.createElement("link"), { rel: "stylesheet", href: `styles/${name}.css` }));
const loaded = styles.map((style) => new Promise((resolve) => (style.onload = style.onerror = resolve)));
document.head.append(...styles);
await Promise.all(loaded);

picture.start();
sheet.start();
models.start();
desk.start();

export const takeFiles = sheet.take;
export const openModels = models.open;

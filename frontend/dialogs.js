// What lies above the wall for everybody, loaded with its style when somebody is there to want it: picture, models, the show.

import * as models from "./components/models.js";
import * as picture from "./components/picture.js";
import * as wholeScreen from "./components/show.js";
import { style } from "./overlays.js";

await Promise.all(["dialogs", "show"].map(style));
picture.start();
models.start();
wholeScreen.start();

export const openModels = models.open;

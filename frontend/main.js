// Wires the page together: the wall first; dialogs and uploads when it stands, or as soon as they are wanted.

import { listen } from "./api.js";
import * as around from "./components/around.js";
import * as wall from "./components/wall.js";
import { followAddress, go, listKey, need, onPlain, state, tell, watch } from "./core.js";
import * as focus from "./focus.js";
import { recount, refresh, show } from "./gallery.js";
import { count, readerName } from "./words.js";

/** A part of the page that comes when it is wanted. A failure is forgotten, so that the next wish tries again. @template T @param {() => Promise<T>} load */
function part(load) {
  /** @type {Promise<T> | undefined} */
  let there;
  const fetch = () => {
    there ??= load();
    there.catch(() => (there = undefined));
    return there;
  };
  const lost = () => tell("This part of the page could not be fetched.", "Reload the page", () => location.reload());
  return { ahead: () => void fetch().catch(() => {}), use: (/** @type {(part: T) => unknown} */ act) => void fetch().then(act, lost) };
}
const dialogs = part(() => import("./dialogs.js"));
const owners = part(() => import("./owners.js"));

followAddress();
show(state.route);
void recount();
around.start((files) => owners.use(({ takeFiles }) => takeFiles(files)));
wall.start();
focus.start();
listen(() => void Promise.all([state.list?.ids.length ? refresh() : show(state.route), recount()]));

watch(["route"], () => {
  if (state.list && state.list.key !== listKey(state.route)) show(state.route);
  if (state.route.image) dialogs.use(() => {});
});
watch(["route", "signedIn"], () => {
  if (!state.route.desk) return;
  if (state.signedIn) owners.use(({ startDesk }) => startDesk());
  else go({ desk: "" }, { replace: true });
});

/** The first sign of somebody is early enough to have it all there when it is wanted. */
function ahead() {
  dialogs.ahead();
  if (state.signedIn) owners.ahead();
}
for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"]) addEventListener(sign, ahead, { once: true, passive: true });

watch(["health"], () => (need("#models-button").textContent = readerName()));

watch(["desk", "signedIn"], () => {
  const waiting = state.desk?.total ?? 0;
  for (const spot of document.querySelectorAll(".desk-count")) spot.textContent = waiting ? count(waiting) : "";
  for (const part of document.querySelectorAll(".for-owners")) part.hidden = !state.signedIn;
});

/** @param {string} selector @param {(event: MouseEvent) => void} act */
const press = (selector, act) => document.querySelectorAll(selector).forEach((one) => one.addEventListener("click", act));
press(".add", () => need("#files").click());
press("button.desk", () => go({ desk: "1" }, { opened: true }));
press("#models-button", () => dialogs.use(({ openModels }) => openModels()));
press(".pick-many", () => owners.use(({ pickMany }) => pickMany()));
press("#to-search", around.enter);
press("#to-wall", () => {
  around.leave();
  if (state.route.q || state.route.category) go({ q: "", category: "", image: "" });
  else scrollTo({ top: 0, behavior: "smooth" });
});
press(".wordmark", onPlain(() => go({ q: "", category: "", image: "", sort: "", seed: "" })));

// Wires the page together: the wall first; dialogs and uploads when it stands, or as soon as they are wanted.

import { isPlain } from "./components/controls.js";
import * as search from "./components/search.js";
import * as states from "./components/states.js";
import * as tabs from "./components/tabs.js";
import * as wall from "./components/wall.js";
import * as connection from "./connection.js";
import * as focus from "./focus.js";
import { recount, refresh, show } from "./gallery.js";
import { need } from "./html.js";
import * as incoming from "./incoming.js";
import * as router from "./router.js";
import { state, watch } from "./store.js";
import { listKey } from "./urlstate.js";
import { tell } from "./voice.js";
import { count, readerName } from "./words.js";

/**
 * A part of the page that comes when it is wanted. A failure is forgotten, so that the next wish tries again.
 * @template T @param {() => Promise<T>} load
 */
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

router.start();
show(state.route);
void recount();
tabs.start();
search.start();
wall.start();
states.start();
incoming.start((files) => owners.use(({ takeFiles }) => takeFiles(files)));
focus.start();
connection.start(() => void Promise.all([state.list?.ids.length ? refresh() : show(state.route), recount()]));

watch(["route"], () => {
  if (state.list && state.list.key !== listKey(state.route)) show(state.route);
  if (state.route.image) dialogs.use(() => {});
  if (state.route.desk) owners.use(({ startDesk }) => startDesk());
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
  for (const button of document.querySelectorAll(".for-owners")) button.toggleAttribute("hidden", !state.signedIn);
});

for (const button of document.querySelectorAll(".add")) {
  button.addEventListener("click", () => need("#files").click());
}
for (const button of document.querySelectorAll(".desk")) button.addEventListener("click", () => router.go({ desk: "1" }, { opened: true }));
need("#models-button").addEventListener("click", () => dialogs.use(({ openModels }) => openModels()));
need(".pick-many").addEventListener("click", () => owners.use(({ pickMany }) => pickMany()));
need("#to-search").addEventListener("click", search.enter);
need("#to-wall").addEventListener("click", () => {
  search.leave();
  if (state.route.q || state.route.category) router.go({ q: "", category: "", image: "" });
  else scrollTo({ top: 0, behavior: "smooth" });
});
need(".wordmark").addEventListener("click", (event) => {
  if (!isPlain(/** @type {MouseEvent} */ (event))) return;
  event.preventDefault();
  router.go({ q: "", category: "", image: "", sort: "" });
});

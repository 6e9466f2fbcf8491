// Wires the page together.

import * as models from "./components/models.js";
import * as picture from "./components/picture.js";
import * as search from "./components/search.js";
import * as sheet from "./components/sheet.js";
import * as states from "./components/states.js";
import * as tabs from "./components/tabs.js";
import * as wall from "./components/wall.js";
import * as connection from "./connection.js";
import { recount, refresh, show } from "./gallery.js";
import { need } from "./html.js";
import * as router from "./router.js";
import { state, watch } from "./store.js";
import { listKey } from "./urlstate.js";
import { count } from "./words.js";

router.start();
show(state.route);
tabs.start();
search.start();
wall.start();
picture.start();
sheet.start();
states.start();
models.start();
connection.start(() => void Promise.all([state.list?.ids.length ? refresh() : show(state.route), recount()]));
void recount();

watch(["route"], () => {
  if (state.list && state.list.key !== listKey(state.route)) show(state.route);
});

watch(["desk", "signedIn"], () => {
  const drafts = state.desk?.drafts ?? 0;
  for (const spot of document.querySelectorAll(".desk-count")) spot.textContent = drafts ? count(drafts) : "";
  for (const button of document.querySelectorAll(".for-owners")) button.toggleAttribute("hidden", !state.signedIn);
});

for (const button of document.querySelectorAll(".add")) button.addEventListener("click", sheet.choose);
for (const button of document.querySelectorAll(".desk")) button.addEventListener("click", () => void sheet.open());
need("#to-search").addEventListener("click", search.enter);
need("#to-wall").addEventListener("click", () => {
  search.leave();
  if (state.route.q || state.route.category) router.go({ q: "", category: "", image: "" });
  else scrollTo({ top: 0, behavior: "smooth" });
});
need(".wordmark").addEventListener("click", (event) => {
  if (!router.isPlain(/** @type {MouseEvent} */ (event))) return;
  event.preventDefault();
  router.go({ q: "", category: "", image: "", sort: "" });
});

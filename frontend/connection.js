// Notices that the gallery is away, says so under the header, and finds it again by itself.

import * as api from "./api.js";
import { need } from "./html.js";
import { set, state, watch } from "./store.js";
import { announce } from "./voice.js";

const WAITS_MS = [1000, 2000, 4000, 8000, 15000];
const CALM_MS = 60000; // how often the models' state is looked at while all is well
let tries = 0;
let timer = 0;

async function ask() {
  try {
    set({ health: await api.health() });
  } catch {
    // state.online has been set by the call itself
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  tries = state.online ? 0 : tries + 1;
  timer = setTimeout(ask, state.online ? CALM_MS : (WAITS_MS[tries - 1] ?? 15000));
}

/** @param {() => void} recover what to read again when the gallery is back */
export function start(recover) {
  let was = true;
  watch(["online"], () => {
    need("#offline").hidden = state.online;
    if (state.online === was) return;
    was = state.online;
    announce(was ? "The gallery is back." : "The gallery can't be reached. What you see stays.");
    if (was) recover();
    else schedule();
  });
  addEventListener("online", () => void ask());
  addEventListener("offline", () => set({ online: false }));
  need("#offline button").addEventListener("click", () => void ask());
  void ask();
}

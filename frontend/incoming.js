// Files that come in: chosen, dropped anywhere on the page, or pasted.

import { need } from "./html.js";
import { state } from "./store.js";

/** @param {(files: File[]) => void} take */
export function start(take) {
  const input = /** @type {HTMLInputElement} */ (need("#files"));
  const give = (/** @type {FileList | undefined | null} */ files) => {
    if (files?.length && state.signedIn) take([...files]);
  };
  input.addEventListener("change", () => {
    give(input.files);
    input.value = "";
  });
  addEventListener("paste", (event) => give(event.clipboardData?.files));
  watchDrops(give);
}

/** @param {(files: FileList | undefined) => void} give */
function watchDrops(give) {
  let depth = 0; // of the elements that the files are being held over
  /** @param {"dragenter" | "dragleave" | "dragover" | "drop"} name @param {(event: DragEvent) => void} act */
  const on = (name, act) =>
    addEventListener(name, (event) => {
      if (!state.signedIn || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      act(event);
      document.documentElement.classList.toggle("dropping", depth > 0);
    });
  on("dragenter", () => (depth += 1));
  on("dragleave", () => (depth = Math.max(0, depth - 1)));
  on("dragover", () => {});
  on("drop", (event) => {
    depth = 0;
    give(event.dataTransfer?.files);
  });
}

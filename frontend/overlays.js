export * from "./dialogs.js";

export * from "../facts.js";

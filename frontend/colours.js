// The twelve hues of the strip: the same names and hexes as sightsync/colours.py, which a test compares.

export const HUES = Object.freeze({
  red: "#d13b35",
  orange: "#e07b28",
  yellow: "#e3bf2f",
  lime: "#9ab52f",
  green: "#3f8f45",
  teal: "#1f8f84",
  cyan: "#35b3cf",
  sky: "#6fa8dc",
  blue: "#2f55c0",
  purple: "#7a4cc2",
  magenta: "#b93fae",
  pink: "#e58fb0",
});

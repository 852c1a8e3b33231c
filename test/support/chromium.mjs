import { findBrowser } from "./find-browser.mjs";

/** Where Chromium is on this machine, or nothing. `CHROMIUM` names one that is not on the path. */
export function findChromium(env = process.env) {
  return findBrowser("chromium", env);
}

/** For a new profile that neither shows a first-run page nor calls home. Root needs `--no-sandbox`. */
export const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

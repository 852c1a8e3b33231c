import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The engines, each with the programs of which it needs one of every row, and a variable that names the first. */
const engines = {
  chromium: { variable: "CHROMIUM", programs: [["chromium", "chromium-browser", "google-chrome"]] },
  firefox: { variable: "FIREFOX", programs: [["firefox-esr", "firefox"]] },
  // MiniBrowser, which the driver starts, shows itself on a display.
  webkit: { variable: "WEBKIT_DRIVER", programs: [["WebKitWebDriver"], ["Xvfb"]] },
};

/** The engines that pages are tried in. */
export const engineNames = Object.keys(engines);

/** The program to start for a browser of this engine, or nothing when this machine has none. */
export function findBrowser(engine, env = process.env) {
  const { variable, programs } = engines[engine];
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const [first, ...rest] = programs.map((names) =>
    names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable),
  );
  return rest.every(Boolean) ? env[variable] || first : undefined;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

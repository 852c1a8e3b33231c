// What the commands of package.json need before they can start. Only Node's own modules are imported here:
// on a fresh clone nothing else exists yet.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a command in the repository, output passed through; a failure ends this process with its code. */
export function runOrExit(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal ? 1 : 127));
}

/**
 * What `npm ci` would change: the first package that is missing or has another version than the lock file
 * says. Compared by content, since a checkout touches times without changing anything.
 */
export function firstDifference(lock, installed) {
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "") continue;
    const found = installed.packages[path];
    if (!found) {
      if (!entry.optional) return path;
    } else if (found.version !== entry.version || found.integrity !== entry.integrity) return path;
  }
  return undefined;
}

export function ensureInstalled() {
  const installed = join(root, "node_modules/.package-lock.json");
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const why = existsSync(installed)
    ? firstDifference(read(join(root, "package-lock.json")), read(installed))
    : "node_modules";
  if (!why) return;
  console.log(`installing packages (${why} is missing or out of date)`);
  runOrExit("npm", ["ci", "--no-audit", "--no-fund"]);
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const built = ["index", "json-schema", "loopback", "oauth", "shared"].flatMap((name) =>
  ["js", "cjs", "d.ts", "d.cts"].map((end) => `${name}.${end}`),
);
built.push("mcp-rivulet.global.js", "mcp-rivulet.mjs");

/** Builds unless every file of `dist` is younger than everything it is made from. */
export function ensureBuilt() {
  const sources = ["src", "package.json", "tsup.config.ts", "tsconfig.json", "tsconfig.src.json"];
  const changed = Math.max(...sources.map((path) => newest(join(root, path))));
  const outputs = built.map((name) => newest(join(root, "dist", name)));
  if (Math.min(...outputs) > changed) return;
  console.log("building");
  runOrExit("npm", ["run", "--silent", "build", "--", "--silent"]);
}

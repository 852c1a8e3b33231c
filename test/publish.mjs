// What a release would publish, without publishing it: to npm, and to JSR, whose rules include that every
// exported type is written out. Both without a network but for npm's registry.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, root } from "./support/set-up.mjs";
import { run, runTool } from "./support/tools.mjs";

ensureInstalled();
ensureBuilt();
const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const { version, license, exports, private: kept } = read("package.json");
const { compilerOptions } = read("tsconfig.json");
const jsr = read("jsr.json");

// JSR publishes the source of the same entries.
const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
const sources = entries.map((entry) => [
  entry,
  compilerOptions.paths[entry.replace(/^\./, "mcp-rivulet")][0],
]);
const same = (what, actual, expected) => {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  console.error(`jsr.json: ${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  process.exitCode = 1;
};
same("version", jsr.version, version);
same("license", jsr.license, license);
same("exports", Object.entries(jsr.exports).sort(), sources.sort());
// What the dry run would let pass.
if (kept) {
  console.error("package.json: what is private is not published");
  process.exitCode = 1;
}

const dry = ["--dry-run", "--ignore-scripts", "--tag", "next", "--loglevel", "notice"];
report(
  "npm",
  await run("npm", ["publish", ...dry], { cwd: root }),
  // It mends what is wrong with package.json by itself, and publishes something else.
  /npm warn (package-json|publish (?!This command requires you to be logged in))/i,
);
// `npm run check` has compiled the source; Deno's own types of CryptoKey are not those of oauth4webapi.
const flags = ["--dry-run", "--allow-dirty", "--no-check", "--no-provenance"];
report(
  "JSR",
  await runTool("deno", ["publish", ...flags], { cwd: root, env: { ...process.env, NO_COLOR: "1" } }),
  /warning: (?!Aborting)/i,
);

function report(where, { status, output }, wrong) {
  if (status === 0 && !wrong.test(output)) return console.log(`ready for ${where}`);
  console.error(`not ready for ${where}:\n${output}`);
  process.exitCode = 1;
}

// What `npm test` runs, on a fresh clone with no other command before it. Arguments go to vitest:
// `npm test -- test/core`, `npm test -- --project client -t "cancels"`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { engineNames, findBrowser } from "./support/find-browser.mjs";
import { ensureBuilt, ensureInstalled, root, runOrExit } from "./support/set-up.mjs";
import { wants } from "./support/wants.mjs";

const args = process.argv.slice(2);
const isOn = (value) => !["", "0", "false", undefined].includes(value);
/** On a machine that is there to check everything, a skipped test is a failed one. */
const requireAll = isOn(process.env.REQUIRE_ALL) || isOn(process.env.CI);

/** What first installs a gigabyte of compilers, bundlers and runtimes: for CI, and for who asks. */
const heavy = ["artifact", "runtimes"];
if (!requireAll && args.length === 0) {
  args.push(...heavy.map((project) => `--project=!${project}`));
  for (const each of heavy)
    skip(`tests of ${each}`, `they install much; run them with npm test -- --project ${each}`);
}

ensureInstalled();
if (["package", "artifact", "runtimes", "browsers"].some((project) => wants(args, project))) ensureBuilt();
if (wants(args, "interop")) setUpPython();
if (wants(args, "browsers") || wants(args, "oauth")) {
  for (const engine of engineNames) {
    if (!findBrowser(engine)) skip(`tests in ${engine}`, "it is not installed");
  }
}

const noSkips = join(root, "test/support/no-skips.mjs");
// Arguments select tests, and vitest reports the others as skipped.
const reporters = requireAll && args.length === 0 ? ["--reporter=default", `--reporter=${noSkips}`] : [];
runOrExit(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...args]);

/** The environments of the Python servers; the tests ask for them again and skip what is not there. */
function setUpPython() {
  const script = join(root, "demo/fastapi/setup.mjs");
  if (!existsSync(script)) return skip("tests of Python servers", "demo/fastapi: setup.mjs is missing");
  console.log("preparing the Python servers of demo/fastapi");
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status === 0) return;
  const lines = stdout?.split("\n").filter((line) => line.trim() !== "" && !line.endsWith(": ready")) ?? [];
  if (lines.length === 0) lines.push(`demo/fastapi: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
  skip("tests of Python servers", lines.join("; "));
}

function skip(what, why) {
  if (requireAll) {
    console.error(`error: ${what} cannot run: ${why} (nothing may be skipped: CI or REQUIRE_ALL is set)`);
    process.exit(1);
  }
  console.log(`skipped: ${what}: ${why}`);
}

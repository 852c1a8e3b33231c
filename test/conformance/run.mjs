// Runs the official suite strictly: one scenario at a time on each revision's wire, because only then do its
// warnings, timeouts and exit codes count.
//   npm run conformance                           every scenario
//   npm run conformance -- tools_call auth/dpop   those whose name contains a word
//   npm run conformance -- --driver other.mjs     another program as the client under test
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ensureBuilt, ensureInstalled, root } from "../support/set-up.mjs";
import { node22 } from "./node22.mjs";
import { requirementSets, scenarios } from "./scenarios.mjs";
import { count, judge, objections, parseList, parseRequirements, tableFaults } from "./verdict.mjs";

const cache = join(root, ".cache");
const results = join(cache, "conformance");
const suite = join(root, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const timeout = 20_000;
const atOnce = 2;

const words = process.argv.slice(2);
const option = words.indexOf("--driver");
const given = option < 0 ? undefined : words.splice(option, 2)[1];

ensureInstalled();
if (!given) ensureBuilt();
const node = node22(cache);
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const driver = given ?? (await bundleDriver());

const faults = await compareWithSuite();
for (const fault of faults) console.log(`FAIL     ${fault}`);

const queue = [];
for (const [name, { on }] of Object.entries(scenarios)) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  for (const revision of Object.keys(on)) queue.push({ name, revision });
}
if (queue.length === 0) faults.push(`no scenario is called ${words.join(" or ")}`);

const tally = { passed: 0, failed: faults.length, notYet: 0 };
await Promise.all(Array.from({ length: atOnce }, worker));
if (tally.notYet > 0) console.log(`${tally.notYet} listed as not yet`);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;

async function worker() {
  for (let next = queue.shift(); next; next = queue.shift()) report(next, await runScenario(next));
}

function report({ name, revision }, run) {
  const { on, successes, refusal } = scenarios[name];
  const found = objections(run, { successes, refusal });
  const { label, fails, why } = judge(on[revision], found);
  if (fails) tally.failed++;
  else if (label === "pass") tally.passed++;
  else tally.notYet++;
  const { ok, failed, warnings, skipped } = count(run.checks ?? []);
  const counts = `${ok} ok, ${failed} failed, ${warnings} warnings, ${skipped} skipped`;
  const reason = why ?? found.join("; ");
  console.log(`${label.padEnd(8)} ${revision}  ${name.padEnd(42)} ${counts}${reason ? ` (${reason})` : ""}`);
  if (!fails || why) return;
  for (const check of run.checks ?? []) {
    if (!["FAILURE", "WARNING"].includes(check.status)) continue;
    console.log(`         ${check.status} ${check.id}: ${check.errorMessage ?? check.description}`);
  }
  for (const line of `${run.stdout}${run.stderr}`.split("\n").filter(Boolean).slice(-12))
    console.log(`         | ${line}`);
  console.log(`         see ${relative(root, run.folder)}`);
}

async function runScenario({ name, revision }) {
  const out = join(results, revision, name.replaceAll("/", "-"));
  // A shell runs the command: exec, so that the suite's timeout ends the driver and not just the shell.
  const command = `exec ${quote(process.execPath)} ${quote(driver)}`;
  const flags = ["--command", command, "--scenario", name, "--spec-version", revision, "--force"];
  const { exit, output } = await runSuite(["client", ...flags, "--timeout", String(timeout), "-o", out]);
  const folder = findResult(out);
  const read = (file) =>
    folder && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
  return {
    exit,
    timedOut: /^Client timed out/m.test(output),
    driverExit: Number(/^Client exited with code (-?\d+)/m.exec(output)?.[1] ?? 0),
    checks: parseChecks(read("checks.json")),
    stdout: read("stdout.txt"),
    stderr: read("stderr.txt") || (folder ? "" : output),
    folder: folder ?? out,
  };
}

/** Below the folder given with -o, the suite names its own after the scenario and the time. */
function findResult(out) {
  if (!existsSync(out)) return undefined;
  const path = readdirSync(out, { recursive: true }).find((each) => basename(each) === "checks.json");
  return path && dirname(join(out, path));
}

function parseChecks(text) {
  try {
    const checks = JSON.parse(text);
    return Array.isArray(checks) ? checks : undefined;
  } catch {
    return undefined;
  }
}

/** In double quotes, for the shell that the suite hands the command to. */
function quote(path) {
  return `"${path.replace(/["\\$`]/g, "\\$&")}"`;
}

function runSuite(args) {
  return new Promise((resolve) => {
    const child = spawn(node, [suite, ...args], { cwd: results, stdio: ["ignore", "pipe", "pipe"] });
    const deadline = setTimeout(() => child.kill("SIGKILL"), timeout + 15_000);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
      });
    }
    child.on("close", (exit) => {
      clearTimeout(deadline);
      resolve({ exit, output });
    });
  });
}

async function compareWithSuite() {
  const known = parseList((await runSuite(["list", "--client"])).output);
  const required = {};
  for (const revision of requirementSets) {
    required[revision] = parseRequirements((await runSuite(["list", "--requirements", revision])).output);
  }
  return tableFaults(scenarios, known, required);
}

/** The driver with the built package inside: what users install is what is tested. */
async function bundleDriver() {
  const { build } = await import("esbuild");
  const outfile = join(results, "driver.mjs");
  await build({
    entryPoints: [join(root, "test/conformance/driver.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
    // Without the repository's paths, "mcp-rivulet" is what package.json exports.
    tsconfigRaw: {},
  });
  return outfile;
}

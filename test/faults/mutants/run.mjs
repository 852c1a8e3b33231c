// Takes one piece of behaviour away at a time, and sees whether the test that is named for it fails.
// node test/faults/mutants/run.mjs [word …]: only those whose rule or description has one of the words.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants as all } from "./list.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Longer than any of the tests takes that are named: a mutant may also stop the event loop. */
const STUCK_MS = 90_000;

const words = process.argv.slice(2);
const mutants = all.filter(
  ({ rule, takes }) => words.length === 0 || words.some((word) => `${rule}: ${takes}`.includes(word)),
);

/** A copy of the sources and tests, in which a file may be broken without anybody noticing. */
function copyOfTree() {
  const copy = mkdtempSync(join(tmpdir(), "mutants-"));
  for (const name of ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** "faults/resume: retry is respected" is a test of test/faults/resume.test.ts whose name has those words. */
function named(seen) {
  const [, file, name] = /^([\w/-]+): (.*)$/.exec(seen);
  return { file: `test/${file}.test.ts`, name };
}

/** Runs the tests that `wanted` name; what became of each that ran, by file and name. */
async function run(copy, wanted) {
  const tests = wanted.map(named);
  const pattern = `(${tests.map(({ name }) => name.replace(/[^\w\s]/g, "\\$&")).join("|")})`;
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const args = [
    "run",
    ...new Set(tests.map(({ file }) => file)),
    `--testNamePattern=${pattern}`,
    "--reporter=json",
    `--outputFile=${report}`,
  ];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: copy,
    detached: true,
    stdio: "ignore",
    env: { ...process.env, FAULTS_ONLY: pattern, FAULTS_DEADLINE: "5000" },
  });
  let stuck = false;
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // All have ended.
    }
  };
  const timer = setTimeout(
    () => {
      stuck = true;
      end();
    },
    STUCK_MS * (wanted.length > 1 ? 20 : 1),
  );
  const code = await new Promise((done) => child.on("exit", done));
  clearTimeout(timer);
  end();
  if (stuck) return { stuck };
  const results = JSON.parse(readFileSync(report, "utf8")).testResults.flatMap(
    ({ name, message, assertionResults }) => {
      const file = name.slice(name.lastIndexOf("/test/") + 1);
      if (assertionResults.length === 0) return [{ file, name: "", status: "broken", message }];
      return assertionResults.map(({ fullName, status }) => ({ file, name: fullName, status }));
    },
  );
  return { code, results };
}

function judge({ stuck, code, results }) {
  if (stuck) return "killed (stuck)";
  const { message } = results.find(({ status }) => status === "broken") ?? {};
  if (message !== undefined) return `BROKEN: ${message}`;
  // A rejection that nobody handles fails the run, but no test of it.
  return code !== 0 ? "killed" : "SURVIVED";
}

const started = Date.now();
const copies = Array.from({ length: Math.min(4, availableParallelism()) }, copyOfTree);
process.on("exit", () => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

// Without a mutant all of them pass, and there is at least one of each name.
const whole = await run(copies[0], [...new Set(mutants.map(({ seen }) => seen))]);
const bad = [];
for (const { takes, seen } of mutants) {
  const { file, name } = named(seen);
  const own = whole.results.filter(
    (one) => one.file === file && one.name.includes(name) && one.status !== "skipped",
  );
  if (own.length === 0) bad.push(`${takes}: no test is called "${seen}"`);
  else if (own.some(({ status }) => status !== "passed")) bad.push(`${takes}: "${seen}" fails without it`);
}
console.log(`${mutants.length} mutants; their tests took ${Math.round((Date.now() - started) / 1000)} s`);

const queue = [...mutants];
await Promise.all(
  copies.map(async (copy) => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const { rule, takes, file, find, put, seen } = mutant;
      const path = join(copy, "src", file);
      const source = readFileSync(path, "utf8");
      const begun = Date.now();
      let verdict = "STALE: the text to replace is not in the file exactly once";
      if (source.split(find).length === 2) {
        writeFileSync(
          path,
          source.replace(find, () => put),
        );
        verdict = judge(await run(copy, [seen]));
        writeFileSync(path, source);
      }
      const line = `${rule}: ${takes} (${seen}): ${verdict}, ${Date.now() - begun} ms`;
      console.log(line);
      if (!verdict.startsWith("killed")) bad.push(line);
    }
  }),
);
console.log(`${Math.round((Date.now() - started) / 1000)} s; ${bad.length} to look at`);
for (const line of bad) console.log(`- ${line}`);
process.exitCode = bad.length > 0 ? 1 : 0;

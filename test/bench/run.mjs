// What the client costs, beside what is in use today and beside the least that is possible: `npm run bench`.
// `--quick` takes fewer rounds, `--write` puts the tables into README.md and docs. `--check` is another, short run:
// see check.mjs.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ensureBuilt, ensureInstalled, root } from "../support/set-up.mjs";
import { tool } from "../support/tools.mjs";
import { chart } from "./chart.mjs";
import { check } from "./check.mjs";
import { contenders } from "./clients.mjs";
import { bounded, PATIENCE, quantile, takeTurns } from "./measure.mjs";
import { rows } from "./rows.mjs";
import { fetchFromMemory } from "./wire.mjs";

const args = new Set(process.argv.slice(2));
const quick = args.has("--quick");
const here = (/** @type {string} */ file) => join(root, "test/bench", file);
const names = contenders.map(({ name }) => name);
const [base = "", ours = ""] = names;

ensureInstalled();
ensureBuilt();
if (args.has("--check")) {
  const failures = await check();
  for (const failure of failures) console.error(`error: ${failure}`);
  process.exit(failures.length > 0 ? 1 : 0);
}
await tool("peers");

const server = spawn(process.execPath, [here("server.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
const [line] = await bounded(once(server.stdout, "data"));
const origin = String(line).trim();
const folder = mkdtempSync(join(tmpdir(), "rivulet-bench-"));

/** @typedef {{ name: string, figures: Map<string, import("./measure.mjs").Figures>, failed: Set<string> }} Line */
/** @type {Map<string, Line[]>} */
const tables = new Map();
try {
  for (const revision of ["2026-07-28", "2025-11-25", "2024-11-05"]) {
    for (const way of /** @type {const} */ (["memory", "network"])) {
      const title = `${revision}, ${way === "memory" ? "fetch answered from memory" : "over loopback"}`;
      console.log(`\n${title}`);
      tables.set(title, await measure(revision, way));
    }
  }
  console.log();
  tables.set("a fresh process, a thousand clients, a bundle", [
    await each("import, ms", (contender) => inChild("import", contender.module, contender.name)),
    await each("import of its bundle, ms", (contender) =>
      inChild("import", bundleOf(contender), contender.name),
    ),
    await each("heap of one client of 1 000, kB", (contender) =>
      inChild("heap", contender.module, contender.name),
    ),
    await each("bundle, minified and gzipped, kB", async ({ source }) =>
      source === undefined ? undefined : gzipSync(await bundled(source), { level: 9 }).length / 1000,
    ),
  ]);
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
if (args.has("--write")) write();
process.exit(0);

/**
 * @param {string} revision
 * @param {"memory" | "network"} way
 */
async function measure(revision, way) {
  /** @type {Map<string, import("./clients.mjs").Session>} */
  const sessions = new Map();
  /** @type {Set<string>} those that do not even connect */
  const out = new Set();
  for (const { name, revisions, connect } of contenders) {
    if (!revisions.includes(revision)) continue;
    const [to, fetch] = way === "memory" ? ["http://127.0.0.1", fetchFromMemory()] : [origin];
    try {
      sessions.set(name, await bounded(connect(to, revision, fetch)));
    } catch (error) {
      fails(out, name, error);
    }
  }
  /** @type {Line[]} */
  const lines = [];
  // From memory a round is over at once, and the first ones are those of a program that has only begun to run.
  const usual = way === "memory" ? 61 : 21;
  for (const { name, block, rounds = usual, only } of rows) {
    if (only && only !== way) continue;
    /** @type {Map<string, () => Promise<number>>} */
    const blocks = new Map();
    for (const [contender, session] of sessions) {
      const one = block(session);
      if (one) blocks.set(contender, one);
    }
    const failed = new Set(out);
    const figures = await takeTurns(blocks, quick ? Math.ceil(rounds / 3) : rounds, (contender, error) =>
      fails(failed, contender, error),
    );
    lines.push(show({ name, figures, failed }));
  }
  for (const [name, session] of sessions)
    await bounded(Promise.resolve(session.close?.())).catch((error) => fails(out, name, error));
  return lines;
}

/**
 * A contender that cannot do something is said to, and the others go on. Without the floor nothing can be told.
 *
 * @param {Set<string>} failed
 * @param {string} name
 * @param {unknown} error
 */
function fails(failed, name, error) {
  if (name === base) throw new Error(`${name} cannot be measured`, { cause: error });
  failed.add(name);
  console.log(`  ${name} fails: ${String(error instanceof Error ? error.message : error).split("\n")[0]}`);
}

/**
 * One number of each contender, where there are no rounds to take turns in.
 *
 * @param {string} name
 * @param {(contender: import("./clients.mjs").Contender) => Promise<number | undefined>} cost
 */
async function each(name, cost) {
  /** @type {Line["figures"]} */
  const figures = new Map();
  const failed = new Set();
  let least;
  for (const contender of contenders) {
    try {
      const value = await cost(contender);
      if (value === undefined) continue;
      least ??= value;
      const ratio = value / least;
      figures.set(contender.name, { cost: value, ratio, spread: [ratio, ratio] });
    } catch (error) {
      fails(failed, contender.name, error);
    }
  }
  return show({ name, figures, failed });
}

/** @param {Line} line */
function show(line) {
  const cells = [...line.figures].map(([name, { cost, ratio, spread }]) => {
    const [low, high] = spread.map((each) => each.toFixed(1));
    return `${name} ${cost.toPrecision(3)} = ${ratio.toFixed(2)}×${low === high ? "" : ` (${low}–${high})`}`;
  });
  console.log(`  ${line.name}: ${cells.join(", ")}`);
  return line;
}

/**
 * @param {"import" | "heap"} what
 * @param {(() => Promise<string>) | undefined} module
 * @param {string} name
 */
async function inChild(what, module, name) {
  if (!module) return undefined;
  const target = what === "import" ? [await module()] : [name, "2025-11-25"];
  const times = what === "import" ? 9 : 3;
  const costs = [];
  for (let i = 0; i < (quick ? times / 3 : times); i++) {
    const output = execFileSync(process.execPath, ["--expose-gc", here("child.mjs"), what, ...target], {
      encoding: "utf8",
      timeout: PATIENCE * 1000,
    });
    costs.push(Number.parseFloat(output));
  }
  return quantile(costs, 0.5) / (what === "heap" ? 1000 : 1);
}

/**
 * What a page loads of a contender, in a file of its own.
 *
 * @param {import("./clients.mjs").Contender} contender
 */
function bundleOf({ name, names }) {
  if (names === undefined) return undefined;
  return async () => {
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.mjs`);
    writeFileSync(file, await bundled(names));
    return file;
  };
}

/** @param {string} source */
async function bundled(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(dirname(await tool("peers")), "../..") },
    alias: { "mcp-rivulet": join(root, "dist/index.js") },
    nodePaths: [join(root, "node_modules")],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    logLevel: "silent",
  });
  return /** @type {Uint8Array} */ (outputFiles[0]?.contents);
}

function write() {
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}`;
  const table = (/** @type {readonly Line[]} */ lines) => {
    const columns = names.filter((name) =>
      lines.some(({ figures, failed }) => figures.has(name) || failed.has(name)),
    );
    const head = ["", ...columns.map((name) => (name === base ? name : `\`${name}\``))];
    const body = lines.map(({ name, figures, failed }) => [
      name,
      ...columns.map((column) => {
        const one = figures.get(column);
        if (!one) return failed.has(column) ? "fails" : "–";
        if (column === base || !name.match(/call|event|result|list|latency/)) return one.cost.toPrecision(3);
        const [low, high] = one.spread.map((ratio) => ratio.toPrecision(2));
        return `${one.ratio.toPrecision(2)}× (${low}–${high})`;
      }),
    ]);
    const widths = head.map((_, i) => Math.max(...[head, ...body].map((cells) => cells[i]?.length ?? 0)));
    const rule = widths.map((width) => "-".repeat(width));
    return [head, rule, ...body]
      .map((cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`)
      .join("\n");
  };
  const all = [...tables].map(([title, lines]) => `## ${title}\n\n${table(lines)}\n`);
  writeFileSync(
    join(root, "docs/benchmark.md"),
    `# Benchmark

What \`npm run bench -- --write\` measured on ${machine}. The floor is bare \`fetch\`, a split at blank lines and
\`JSON.parse\` (test/bench/floor.mjs), in microseconds; the others are what they cost more, as the median of the
rounds' ratios with their quartiles. What a block leaves over is collected before the next one's clock runs. With
\`fetch\` answered from memory only a client's own work is left. A dash: the client does not hand on what a tool
streams, or does not speak the revision. Fails: it threw, or took more than ${PATIENCE} seconds.

${all.join("\n")}`,
  );
  const path = join(root, "README.md");
  const pick = [
    ...(tables.get("2025-11-25, fetch answered from memory") ?? []),
    ...(tables.get("2025-11-25, over loopback") ?? []).filter(({ name }) => name.startsWith("latency")),
    ...(tables.get("a fresh process, a thousand clients, a bundle") ?? []),
  ];
  const text = readFileSync(path, "utf8").replace(
    /(<!-- bench -->\n)[\s\S]*?(\n<!-- \/bench -->)/,
    (_, open, close) => `${open}${table(pick)}${close}`,
  );
  writeFileSync(path, text);
  const drawn = pick.filter(({ name }) =>
    /^(one call|an event of|an event alone|latency|import|heap)/.test(name),
  );
  writeFileSync(join(root, "docs/benchmark.svg"), chart(drawn, ours));
}

// What the client costs, beside what is in use today and beside the least that is possible: `npm run bench`.
// `--quick` takes fewer rounds, `--check` fails when a ratio is beyond its ceiling, `--write` puts the tables
// into README.md and docs.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ensureBuilt, ensureInstalled, root } from "../support/set-up.mjs";
import { tool } from "../support/tools.mjs";
import { chart } from "./chart.mjs";
import { contenders } from "./clients.mjs";
import { quantile, takeTurns } from "./measure.mjs";
import { rows } from "./rows.mjs";
import { fetchFromMemory } from "./wire.mjs";

const args = new Set(process.argv.slice(2));
const quick = args.has("--quick");
const here = (/** @type {string} */ file) => join(root, "test/bench", file);
const names = contenders.map(({ name }) => name);
const [, ours = ""] = names;

ensureInstalled();
ensureBuilt();
await tool("peers");

const server = spawn(process.execPath, [here("server.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
const [line] = await once(server.stdout, "data");
const origin = String(line).trim();

/** @typedef {{ name: string, figures: Map<string, import("./measure.mjs").Figures>, ceiling?: number }} Line */
/** @type {Map<string, Line[]>} */
const tables = new Map();
try {
  for (const revision of ["2026-07-28", "2025-11-25", "2024-11-05"]) {
    for (const way of /** @type {const} */ (["memory", "network"])) {
      const title = `${revision}, ${way === "memory" ? "fetch answered from memory" : "over loopback"}`;
      console.log(`\n${title}`);
      const sessions = [];
      for (const each of contenders) {
        if (!each.revisions.includes(revision)) continue;
        const session = await each.connect(
          way === "memory" ? "http://127.0.0.1" : origin,
          revision,
          way === "memory" ? fetchFromMemory() : undefined,
        );
        sessions.push({ name: each.name, session });
      }
      tables.set(title, await measure(sessions, way));
      for (const { session } of sessions) await session.close?.();
    }
  }
  tables.set("a fresh process, a thousand clients, a bundle", [
    await each("import, ms", (name) => inChild(name, ["import"], quick ? 3 : 9)),
    await each("heap of one client of 1 000, kB", (name) => inChild(name, ["heap"], quick ? 1 : 3)),
    await each("bundle, minified and gzipped, kB", bundled),
  ]);
} finally {
  server.kill();
}

const failures = check();
if (args.has("--write")) write();
for (const failure of failures) console.error(`error: ${failure}`);
process.exit(args.has("--check") && failures.length > 0 ? 1 : 0);

/**
 * @param {readonly { name: string, session: import("./clients.mjs").Session }[]} sessions
 * @param {"memory" | "network"} way
 */
async function measure(sessions, way) {
  /** @type {Line[]} */
  const lines = [];
  for (const { name, block, rounds = 21, only, ceiling } of rows) {
    if (only && only !== way) continue;
    /** @type {Map<string, () => Promise<number>>} */
    const blocks = new Map();
    for (const { name, session } of sessions) {
      const one = block(session);
      if (one) blocks.set(name, one);
    }
    const figures = await takeTurns(blocks, quick ? Math.ceil(rounds / 3) : rounds);
    lines.push(show({ name, figures, ceiling: way === "memory" ? ceiling : undefined }));
  }
  return lines;
}

/**
 * One number of each contender, where there are no rounds to take turns in.
 *
 * @param {string} name
 * @param {(contender: string) => Promise<number | undefined>} cost
 */
async function each(name, cost) {
  /** @type {Line["figures"]} */
  const figures = new Map();
  let base;
  for (const contender of names) {
    const value = await cost(contender);
    if (value === undefined) continue;
    base ??= value;
    const ratio = value / base;
    figures.set(contender, { cost: value, ratio, spread: [ratio, ratio], best: ratio });
  }
  return show({ name, figures });
}

/** @param {Line} line */
function show(line) {
  const cells = [...line.figures].map(
    ([
      name,
      {
        cost,
        ratio,
        spread: [low, high],
      },
    ]) => {
      const spread = low === high ? "" : ` (${low.toFixed(1)}–${high.toFixed(1)})`;
      return `${name} ${cost.toPrecision(3)} = ${ratio.toFixed(2)}×${spread}`;
    },
  );
  console.log(`  ${line.name}: ${cells.join(", ")}`);
  return line;
}

/**
 * @param {string} name
 * @param {readonly string[]} what
 * @param {number} times
 */
async function inChild(name, [what = ""], times) {
  const contender = contenders.find((one) => one.name === name);
  if (!contender?.module) return undefined;
  const target = what === "import" ? [await contender.module()] : [name, "2025-11-25"];
  const costs = [];
  for (let i = 0; i < times; i++) {
    const output = execFileSync(process.execPath, ["--expose-gc", here("child.mjs"), what, ...target], {
      encoding: "utf8",
    });
    costs.push(Number.parseFloat(output));
  }
  return quantile(costs, 0.5) / (what === "heap" ? 1000 : 1);
}

/** @param {string} name */
async function bundled(name) {
  const source = contenders.find((one) => one.name === name)?.source;
  if (!source) return undefined;
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
  return gzipSync(/** @type {Uint8Array} */ (outputFiles[0]?.contents), { level: 9 }).length / 1000;
}

/** What is beyond its ceiling. Of a noisy run, the least costs say most. */
function check() {
  const beyond = [];
  for (const [title, lines] of tables) {
    for (const { name, figures, ceiling } of lines) {
      const { best = 0 } = figures.get(ours) ?? {};
      // One stream for all: its floor does not even tell answers apart.
      if (ceiling && !title.startsWith("2024") && best > ceiling)
        beyond.push(`${title}: ${name} costs ${best.toFixed(2)}× the floor, more than ${ceiling}×`);
    }
  }
  return beyond;
}

function write() {
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}`;
  const table = (/** @type {readonly Line[]} */ lines) => {
    const columns = names.filter((name) => lines.some(({ figures }) => figures.has(name)));
    const head = `| | ${columns.map((name) => `\`${name}\``.replace("`floor`", "floor")).join(" | ")} |`;
    const body = lines.map(({ name, figures }) => {
      const cells = columns.map((column) => {
        const one = figures.get(column);
        if (!one) return "–";
        if (column === columns[0] || !name.match(/call|event|result|list|latency/))
          return one.cost.toPrecision(3);
        const [low, high] = one.spread.map((ratio) => ratio.toPrecision(2));
        return `${one.ratio.toPrecision(2)}× (${low}–${high})`;
      });
      return `| ${name} | ${cells.join(" | ")} |`;
    });
    return [head, `|${" --- |".repeat(columns.length + 1)}`, ...body].join("\n");
  };
  const all = [...tables].map(([title, lines]) => `## ${title}\n\n${table(lines)}\n`);
  writeFileSync(
    join(root, "docs/benchmark.md"),
    `# Benchmark

What \`npm run bench -- --write\` measured on ${machine}. The floor is bare \`fetch\`, a split at blank lines and
\`JSON.parse\` (test/bench/floor.mjs), in microseconds; the others are what they cost more, as the median of the
rounds' ratios with their quartiles. With \`fetch\` answered from memory only a client's own work is left. A dash:
the client does not hand on what a tool streams, or does not speak the revision.

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

// Programs that only some checks need, each too heavy, or too bound to a platform, for package-lock.json to ask
// every contributor for it. They come from npm, at exactly these versions, when a check first asks.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./set-up.mjs";

const { platform, arch } = process;
const deno = {
  "linux-x64": "linux-x64-glibc",
  "linux-arm64": "linux-arm64-glibc",
  "win32-x64": "win32-x64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
}[`${platform}-${arch}`];
const cpu = arch === "arm64" ? "aarch64" : arch;
const exe = platform === "win32" ? ".exe" : "";
const node = `node-${platform === "win32" ? "win" : platform}-${arch}`;

/** Name of a tool → the package that holds it, and the file to run. */
export const tools = {
  attw: ["@arethetypeswrong/cli@0.18.5", "dist/index.js"],
  bun: [`@oven/bun-${platform === "win32" ? "windows" : platform}-${cpu}@1.4.5`, `bin/bun${exe}`],
  deno: [`@deno/${deno}@2.9.6`, `deno${exe}`],
  knip: ["knip@6.44.2", "bin/knip.js"],
  node20: [`${node}@20.20.2`, `bin/node${exe}`],
  node22: [`${node}@22.23.3`, `bin/node${exe}`],
  node24: [`${node}@24.21.0`, `bin/node${exe}`],
  node26: [`${node}@26.10.0`, `bin/node${exe}`],
  // What the bench compares with.
  peers: [
    "@modelcontextprotocol/client@2.4.0 @modelcontextprotocol/sdk@1.32.2 @ai-sdk/mcp@1.0.101",
    "package.json",
  ],
  publint: ["publint@0.3.25", "src/cli.js"],
  react: ["react@19.3.1 react-dom@19.3.1", "index.js"],
  // What makes proxies of objects in pages written with Vue.
  reactivity: ["@vue/reactivity@3.5.45", "index.js"],
  rollup: ["rollup@4.68.7 @rollup/plugin-node-resolve@16.0.3", "dist/bin/rollup"],
  typedoc: ["typedoc@0.28.20", "bin/typedoc"],
  "typescript-5.4": ["typescript@5.4.5", "bin/tsc"],
  "typescript-5.5": ["typescript@5.5.4", "bin/tsc"],
  "typescript-5.6": ["typescript@5.6.3", "bin/tsc"],
  "typescript-5.7": ["typescript@5.7.3", "bin/tsc"],
  "typescript-5.8": ["typescript@5.8.3", "bin/tsc"],
  "typescript-5.9": ["typescript@5.9.3", "bin/tsc"],
  "typescript-6.0": ["typescript@6.0.3", "bin/tsc"],
  "typescript-7.0": ["typescript@7.0.2", "bin/tsc"],
  vite: ["vite@8.3.8", "bin/vite.js"],
  webpack: ["webpack@5.112.2", "lib/index.js"],
  workerd: [
    `@cloudflare/workerd-${platform === "win32" ? "windows" : platform}-${arch === "x64" ? 64 : arch}@1.20261117.1`,
    `bin/workerd${exe}`,
  ],
};

const cache = join(root, ".cache/tools");
/** What the packages above depend on is taken as it was on this day. */
const before = "2026-11-21";
const flags = [
  "--no-save",
  "--no-package-lock",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  `--before=${before}`,
];

/** @type {Map<string, Promise<string>>} */
const asked = new Map();

/**
 * The file to run, installed below `.cache/tools` unless it is there.
 *
 * @param {keyof typeof tools} name
 */
export function tool(name) {
  const known = asked.get(name) ?? find(name);
  asked.set(name, known);
  return known;
}

/** @param {keyof typeof tools} name */
async function find(name) {
  const [specs, file] = tools[name];
  const [spec] = specs.split(" ");
  const folder = join(cache, specs.replaceAll("/", "+").replaceAll(" ", "_"));
  const path = join(folder, "node_modules", spec.slice(0, spec.lastIndexOf("@")), file);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  // In a folder of its own, which gets its name when it is complete: others may install the same at the same time.
  const own = mkdtempSync(join(cache, "new-"));
  const { status, output } = await run("npm", ["install", "--prefix", own, ...flags, ...specs.split(" ")]);
  try {
    if (status !== 0) throw new Error(`${specs} could not be installed:\n${output}`);
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  }
  if (!existsSync(path)) throw new Error(`${specs} does not hold ${file}`);
  return path;
}

/**
 * Runs a tool; its scripts with this Node.
 *
 * @param {keyof typeof tools} name
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export async function runTool(name, args, options) {
  const path = await tool(name);
  const isProgram = /^(bun|deno|node|workerd)/.test(name);
  return isProgram ? run(path, args, options) : run(process.execPath, [path, ...args], options);
}

/**
 * Runs a program without input to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ status: number | null, stdout: string, output: string }>} `output` is all it printed
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("error", reject);
    child.once("close", (status, signal) =>
      resolve({ status, stdout, output: signal ? `${output}(ended by ${signal})` : output }),
    );
  });
}

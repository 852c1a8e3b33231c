import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { modules } from "../artifact/consumers.ts";
import { installPacked, type Packed } from "../artifact/packed.ts";
import { root } from "../package/bundle.ts";
import { type Outcome, run, runTool } from "../support/tools.mjs";
import { type Gate, startGate } from "./gate.ts";

const streamable = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"];

let packed: Packed;
let server: DemoServer;
let gate: Gate;
/** What the body is told, as JSON. */
let world: string;

beforeAll(async () => {
  packed = await installPacked();
  packed.write("modules.mjs", modules);
  for (const name of ["body", "node", "deno", "bun", "workerd"])
    copyFileSync(join(root, `test/runtimes/${name}.mjs`), join(packed.project, `${name}.mjs`));
  gate = await startGate();
  server = await startServer({ chat: { baseUrl: gate.url } });
  const servers = streamable.map((protocolVersion) => ({ url: `${server.url}/mcp`, protocolVersion }));
  servers.push({ url: `${server.url}/sse`, protocolVersion: "2024-11-05" });
  world = JSON.stringify({ servers, gate: gate.url });
});

afterAll(async () => {
  await server?.close();
  await gate?.close();
  packed?.remove();
});

/** A process that has closed its client ends by itself; one that does not is ended, which is a failure. */
const options = () => ({ cwd: packed.project, timeout: 60_000 });

function ended({ status, stdout, output }: Outcome): void {
  expect({ status, output }).toEqual({ status: 0, output: stdout });
  expect(stdout).toBe("done\n");
}

it("runs in the Node that runs this", async () => {
  ended(await run(process.execPath, ["node.mjs", world], options()));
});

it.each(["node20", "node22", "node24", "node26"] as const)("runs in %s", async (name) => {
  ended(await runTool(name, ["node.mjs", world], options()));
});

it("runs in Deno", async () => {
  const permissions = ["--no-prompt", "--allow-net=127.0.0.1", "--node-modules-dir=manual", "--cached-only"];
  ended(await runTool("deno", ["run", "--quiet", ...permissions, "deno.mjs", world], options()));
});

it("runs in Bun", async () => {
  ended(await runTool("bun", ["bun.mjs", world], options()));
});

it("runs in workerd", async () => {
  // A worker is one file: what a deployment does with its bundler.
  await build({
    absWorkingDir: packed.project,
    entryPoints: ["workerd.mjs"],
    outfile: join(packed.project, "worker.mjs"),
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker"],
    target: "es2022",
    logLevel: "silent",
  });
  packed.write(
    "config.capnp",
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["local"]))],
     );
     const worker :Workerd.Worker = (
       modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
       bindings = [(name = "WORLD", text = ${JSON.stringify(world)})],
       # Before workers had any of Node's globals.
       compatibilityDate = "2024-11-11",
     );`,
  );
  const { status, output } = await runTool("workerd", ["test", "config.capnp"], options());
  expect(output).toContain("[ PASS ]");
  expect(output).not.toMatch(/error|exception/i);
  expect(status).toBe(0);
});

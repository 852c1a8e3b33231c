import { copyFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { modules } from "../artifact/consumers.ts";
import { installPacked, type Packed } from "../artifact/packed.ts";
import { signInAs } from "../oauth/person.ts";
import { type Site, startSite } from "../oauth/provider.ts";
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
  for (const name of ["less", "body", "node", "bare", "whole", "deno", "bun", "workerd"])
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

it("runs without what Safari, Firefox ESR or React Native lack", async () => {
  ended(await run(process.execPath, ["bare.mjs", world], options()));
});

it("does with React Native’s fetch what can be done, and says what cannot", async () => {
  ended(await run(process.execPath, ["whole.mjs", world], options()));
});

it("runs in Deno", async () => {
  const permissions = ["--no-prompt", "--allow-net=127.0.0.1", "--node-modules-dir=manual", "--cached-only"];
  ended(await runTool("deno", ["run", "--quiet", ...permissions, "deno.mjs", world], options()));
});

it("runs in Bun", async () => {
  ended(await runTool("bun", ["bun.mjs", world], options()));
});

describe("a program of the command line signs in", () => {
  let site: Site;
  let person: Server;
  beforeAll(async () => {
    copyFileSync(join(root, "test/runtimes/sign-in.mjs"), join(packed.project, "sign-in.mjs"));
    site = await startSite("");
    // The program's browser: takes the person to the URL of the query.
    person = createServer((request, response) => {
      response.end();
      void signInAs("ada", decodeURIComponent(request.url?.split("?")[1] ?? ""));
    });
    await new Promise<void>((resolve) => person.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    person?.close();
    await site?.close();
  });

  const args = (): string[] => {
    const { port } = person.address() as AddressInfo;
    return ["sign-in.mjs", site.mcp, `http://127.0.0.1:${port}/`];
  };
  const signedIn = (outcome: Outcome): void =>
    expect(outcome).toMatchObject({ status: 0, stdout: "ada\n", output: "ada\n" });

  it.each(["node20", "node22", "node24", "node26", "bun"] as const)("in %s", async (name) => {
    signedIn(await runTool(name, args(), options()));
  });

  it("in Deno", async () => {
    const permissions = ["--no-prompt", "--allow-net=127.0.0.1,localhost", "--node-modules-dir=manual"];
    signedIn(
      await runTool("deno", ["run", "--quiet", "--cached-only", ...permissions, ...args()], options()),
    );
  });
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

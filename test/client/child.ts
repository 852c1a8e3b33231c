import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the code of a child finds ready. */
const PRELUDE = `
  import { createClient, memory } from "mcp-rivulet";
  import { setTimeout as sleep } from "node:timers/promises";
  const tick = () => new Promise(setImmediate);
  /** A client over memory, connected to a server that answers tools/call with \`call\`. */
  async function meet(call = () => {}, options = {}) {
    const [transport, server] = memory();
    server.onmessage = ({ id, method, params }) => {
      const reply = (more) => server.send({ jsonrpc: "2.0", id, ...more });
      if (method === "server/discover") {
        reply({ result: { supportedVersions: ["2026-07-28"], capabilities: {} } });
      } else if (method === "tools/call") call(reply, params, server);
    };
    const client = createClient({ transport, ...options });
    await client.connect();
    return { client, server };
  }
`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a module that uses the library in a process of its own, and says how that ended. */
export async function runInChild(code: string, flags: readonly string[] = []): Promise<Ended> {
  const { outputFiles } = await build({
    stdin: { contents: PRELUDE + code, resolveDir: root, loader: "js" },
    alias: { "mcp-rivulet": `${root}src/index.ts` },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  const child = spawn(process.execPath, [...flags, "--input-type=module", "-"], { stdio: "pipe" });
  const stopped = setTimeout(() => child.kill("SIGKILL"), 20_000);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(outputFiles[0]?.text);
  const ended = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(stopped);
  return { code: ended, stdout, stderr };
}

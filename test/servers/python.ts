import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Environment, setup } from "../../demo/fastapi/setup.mjs";
import { startChild } from "./child.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "demo", "fastapi");

export interface PythonServer {
  readonly origin: string;
  /** The Streamable HTTP mount. */
  readonly http: string;
  close(): Promise<void>;
}

/** The server, or one line on why this machine cannot run it. */
export type PythonStart<Server> =
  | { readonly server: Server; readonly reason?: undefined }
  | { readonly server?: undefined; readonly reason: string };

/** demo/fastapi/fastapi_server.py: `fastapi-mcp` with both its mounts. */
export async function startFastapiMcp(): Promise<PythonStart<PythonServer & { readonly sse: string }>> {
  const started = await start("fastapi-mcp", "fastapi_server.py");
  if (!started.server) return started;
  return { server: { ...started.server, sse: `${started.server.origin}/sse` } };
}

/** demo/fastapi/fastmcp_server.py: `fastmcp` with progress and logs. */
export async function startFastMcp(): Promise<PythonStart<PythonServer>> {
  return start("fastmcp", "fastmcp_server.py");
}

async function start(environment: Environment, script: string): Promise<PythonStart<PythonServer>> {
  const { python, reason } = await setup(environment);
  if (python === undefined) return { reason };
  const child = startChild(python, [join(folder, script), "0"], { cwd: folder });
  const origin = await child.until((output) => /^listening on (\S+)/m.exec(output)?.[1]);
  return { server: { origin, http: `${origin}/mcp`, close: () => child.stop() } };
}

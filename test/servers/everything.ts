import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort, startChild } from "./child.ts";
import type { TestServer } from "./http.ts";

/** `@modelcontextprotocol/server-everything` in a process of its own. */
export async function startEverything(mode: "streamableHttp" | "sse"): Promise<TestServer> {
  const manifest = createRequire(import.meta.url).resolve(
    "@modelcontextprotocol/server-everything/package.json",
  );
  const port = await freePort();
  const child = startChild(process.execPath, [join(dirname(manifest), "dist", "index.js"), mode], {
    env: { ...process.env, PORT: String(port) },
  });
  await child.until((output) => (/ on port \d+/.test(output) ? true : undefined));
  const origin = `http://127.0.0.1:${port}`;
  return { origin, url: `${origin}/${mode === "sse" ? "sse" : "mcp"}`, close: () => child.stop() };
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Pages of one origin, each with the whole library as `window.rivulet`, and nothing else. */
export async function startSite(): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import * as rivulet from "./src/index.ts"; window.rivulet = rivulet;`,
      resolveDir: root,
      loader: "ts",
    },
    bundle: true,
    format: "iife",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const script = outputFiles[0]?.contents;
  const server = createServer((req, res) => {
    const isScript = req.url === "/rivulet.js";
    res.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    res.end(isScript ? script : '<!doctype html><title>Page</title><script src="/rivulet.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    // Not the address of the servers: a page of another site than they are.
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

import type { RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { serve } from "../support/serve.ts";

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
  // Not at the address of the servers: a page of another site than they are.
  const handler: RequestListener = (req, res) => {
    const isScript = req.url === "/rivulet.js";
    res.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    res.end(isScript ? script : '<!doctype html><title>Page</title><script src="/rivulet.js"></script>');
  };
  return serve(handler, "localhost");
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

/** What pages load without a bundler: the script tag, and the ES module of the same names. */
const cdn = ["mcp-rivulet.global.js", "mcp-rivulet.mjs"];

/** For `integrity`, so that a page runs this very build or nothing. */
function printHashes(): void {
  for (const name of cdn) {
    const hash = createHash("sha384")
      .update(readFileSync(`dist/${name}`))
      .digest("base64");
    console.log(`integrity of ${name}: sha384-${hash}`);
  }
}

export default defineConfig([
  {
    entry: { index: "src/index.ts" },
    format: ["esm", "cjs"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    clean: true,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  // By itself: together, the declarations of both would share a file with a hash for a name.
  {
    entry: { oauth: "src/oauth/index.ts" },
    format: ["esm", "cjs"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  {
    entry: { "mcp-rivulet": "src/cdn.ts" },
    format: ["iife", "esm"],
    outExtension: ({ format }) => ({ js: format === "esm" ? ".mjs" : ".global.js" }),
    onSuccess: async () => printHashes(),
    globalName: "McpRivulet",
    target: "es2022",
    platform: "browser",
    minify: true,
    noExternal: [/.*/],
    sourcemap: true,
  },
]);

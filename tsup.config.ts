import { defineConfig } from "tsup";

export default defineConfig([
  {
    entry: { index: "src/index.ts" },
    format: ["esm", "cjs"],
    target: "es2022",
    platform: "neutral",
    // `AsyncDisposable` is in no target's own library, and an application need not know that it is used here.
    dts: { banner: '/// <reference lib="esnext.disposable" />' },
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
    format: ["iife"],
    globalName: "McpRivulet",
    target: "es2022",
    platform: "browser",
    minify: true,
    noExternal: [/.*/],
    sourcemap: true,
  },
]);

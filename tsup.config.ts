import { defineConfig } from "tsup";

export default defineConfig([
  {
    entry: { index: "src/index.ts" },
    format: ["esm"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    clean: true,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  {
    entry: { index: "src/index.ts" },
    format: ["cjs"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    treeshake: false,
    splitting: false,
    sourcemap: true,
    // It is an ES module, which Node below 20.19 cannot require.
    noExternal: ["url-template"],
    banner: {
      js: "/*! Includes url-template, © Bram Stein, BSD-3-Clause: https://github.com/bramstein/url-template */",
    },
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
    entry: { "json-schema": "src/json-schema/index.ts" },
    format: ["esm", "cjs"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  {
    entry: { shared: "src/shared/index.ts" },
    format: ["esm", "cjs"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    // It runs the client that the application has already.
    external: ["mcp-rivulet"],
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

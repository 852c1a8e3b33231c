import { defineConfig, type Options } from "tsup";

const common: Options = { target: "es2022", treeshake: false, splitting: false, sourcemap: true };

/** An entry of the package. Built by itself: together, the declarations of several would share a hashed file. */
const entry = (name: string, source: string, more: Options = {}): Options => ({
  ...common,
  entry: { [name]: source },
  format: ["esm", "cjs"],
  platform: "neutral",
  dts: true,
  ...more,
});

export default defineConfig([
  entry("index", "src/index.ts", { format: ["esm"], clean: true }),
  entry("index", "src/index.ts", {
    format: ["cjs"],
    // It is an ES module, which Node below 20.19 cannot require.
    noExternal: ["url-template"],
    banner: {
      js: "/*! Includes url-template, © Bram Stein, BSD-3-Clause: https://github.com/bramstein/url-template */",
    },
  }),
  entry("oauth", "src/oauth/index.ts"),
  entry("json-schema", "src/json-schema/index.ts"),
  // It runs the client that the application has already.
  entry("shared", "src/shared/index.ts", { external: ["mcp-rivulet"] }),
  {
    ...common,
    entry: { "mcp-rivulet": "src/cdn.ts" },
    format: ["iife"],
    globalName: "McpRivulet",
    platform: "browser",
    minify: true,
    noExternal: [/.*/],
  },
]);

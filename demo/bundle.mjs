import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Builds the script of `page/bundled.html`, with the package inside, as an application's bundler would, and what the
 * page from the script tag has beside that.
 */
export async function bundlePage() {
  await build({
    entryPoints: {
      bundled: join(here, "page/main-bundled.mjs"),
      extensions: join(here, "page/extensions.mjs"),
    },
    outdir: join(here, "page/dist"),
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "warning",
    // Without the repository's paths, "mcp-rivulet" is what package.json exports: the build in dist.
    tsconfigRaw: {},
  });
}

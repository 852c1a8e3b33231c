import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The package by its name is its source: sizes of a stale build say nothing. */
const packageSource: Plugin = {
  name: "package-source",
  setup(build) {
    build.onResolve({ filter: /^mcp-rivulet$/ }, () => ({ path: `${root}src/index.ts` }));
    build.onResolve({ filter: /^mcp-rivulet\/(json-schema|loopback|oauth|shared)$/ }, ({ path }) => ({
      path: `${root}src/${path.slice(12)}/index.ts`,
    }));
  },
};

/** Everything below src counts as if it had side effects, so that what stays is what really runs on import. */
export const countSideEffects: Plugin = {
  name: "count-side-effects",
  setup(build) {
    build.onResolve({ filter: /^\.|^mcp-rivulet$/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === "resolved") return undefined;
      if (path === "mcp-rivulet") return { path: `${root}src/index.ts`, sideEffects: true };
      const resolved = await build.resolve(path, { ...options, pluginData: "resolved" });
      return { ...resolved, sideEffects: true };
    });
  },
};

export interface Bundle {
  readonly code: string;
  readonly gzip: number;
  /** The modules whose code is in the bundle, the heaviest first. */
  readonly inputs: readonly string[];
}

/** As an application's bundler makes it, minified, with gzip -9. */
export async function bundle(code: string, options: BuildOptions = {}): Promise<Bundle> {
  const result = await build({
    stdin: { contents: code, resolveDir: root, sourcefile: "fixture.ts", loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
    // The repository's tsconfig is about checking types; an application bundles without it.
    tsconfigRaw: {},
    plugins: [packageSource],
    absWorkingDir: root,
    ...options,
  });
  const text = result.outputFiles?.[0]?.text ?? "";
  const [output] = Object.values(result.metafile?.outputs ?? {});
  const inputs = Object.entries(output?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .map(([path, { bytesInOutput }]) => `${path} ${bytesInOutput}`);
  return { code: text, gzip: gzipSync(text, { level: 9 }).length, inputs };
}

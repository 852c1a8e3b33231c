// An application's web site: pages with the built package, under a strict policy.
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type BuildOptions, build } from "esbuild";
import { corsHeaders } from "mcp-rivulet";
import { root } from "../package/bundle.ts";
import type { Before } from "../servers/http.ts";
import { watch } from "../support/browser.ts";

const globalScript = `${root}dist/mcp-rivulet.global.js`;
const html = "text/html; charset=utf-8";
const javascript = "text/javascript; charset=utf-8";

export interface Pages {
  /** Serves the pages, and answers nothing else. */
  readonly serve: Before;
  /** What browsers reported to have been against the policy. */
  readonly reports: string[];
}

/** The files for pages without a bundler, as a CDN has them. */
export const serveCdn: Before = (req, res) => {
  const file = req.url?.match(/^\/(mcp-rivulet\.(global\.js|mjs))$/)?.[1];
  if (!file) return false;
  res.setHeader("content-type", javascript).setHeader("access-control-allow-origin", "*");
  createReadStream(`${root}dist/${file}`).pipe(res);
  return true;
};

const hash = (algorithm: string, content: string | Buffer): string =>
  `${algorithm}-${createHash(algorithm).update(content).digest("base64")}`;

/** How a page names one of those, with the hash that the build prints; or that of something else. */
async function pinned(cdn: string, file: string, other: boolean): Promise<string> {
  const url = `${cdn}/${file}`;
  const integrity = hash("sha384", other ? "" : await readFile(`${root}dist/${file}`));
  return file.endsWith(".mjs")
    ? JSON.stringify({ imports: { "mcp-rivulet": url }, integrity: { [url]: integrity } })
    : `<script src="${url}" integrity="${integrity}" crossorigin="anonymous"></script>`;
}

/**
 * `/script-tag` has the script of a CDN, `/module` the package through a bundler; `/cdn-script` and `/cdn-module` get
 * theirs from `cdn`, or do not where they end in `-other`. `connect` is whom they may call.
 */
export async function createPages(connect: () => readonly string[], cdn = ""): Promise<Pages> {
  if (!existsSync(globalScript)) throw new Error("dist is missing: run `npm run build` first");
  const reports: string[] = [];
  const page = (scripts: string) =>
    `<!doctype html><meta charset="utf-8"><title>A page</title><body><script src="/watch.js"></script>${scripts}<script src="/page.js" type="module"></script>`;
  const bundle = async (options: BuildOptions) => {
    const { outputFiles = [] } = await build({
      ...options,
      bundle: true,
      write: false,
      format: "esm",
      // Without the repository's paths, "mcp-rivulet" is what package.json exports: the build in dist.
      tsconfigRaw: {},
    });
    return outputFiles[0]?.text ?? "";
  };
  const cdnScript = async (other = false): Promise<readonly [string, string]> => [
    html,
    page(`${await pinned(cdn, "mcp-rivulet.global.js", other)}<script src="/global.js"></script>`),
  ];
  const maps: string[] = [];
  const cdnModule = async (other = false): Promise<readonly [string, string]> => {
    const map = await pinned(cdn, "mcp-rivulet.mjs", other);
    maps.push(`'${hash("sha256", map)}'`);
    const scripts = `<script type="importmap">${map}</script><script src="/cdn-module.js" type="module"></script>`;
    return [html, page(scripts)];
  };
  const files: { readonly [path: string]: readonly [type: string, body: string] } = {
    "/script-tag": [
      html,
      page('<script src="/mcp-rivulet.global.js"></script><script src="/global.js"></script>'),
    ],
    "/cdn-script": await cdnScript(),
    "/cdn-script-other": await cdnScript(true),
    "/cdn-module": await cdnModule(),
    "/cdn-module-other": await cdnModule(true),
    "/cdn-module.js": [javascript, 'import * as rivulet from "mcp-rivulet"; window.rivulet = rivulet;'],
    "/module": [html, page('<script src="/module.js" type="module"></script>')],
    "/watch.js": [javascript, watch],
    "/mcp-rivulet.global.js": [javascript, await readFile(globalScript, "utf8")],
    "/global.js": [javascript, "window.rivulet = McpRivulet;"],
    "/module.js": [
      javascript,
      await bundle({
        stdin: {
          contents: 'import * as rivulet from "mcp-rivulet"; window.rivulet = rivulet;',
          resolveDir: root,
        },
      }),
    ],
    "/page.js": [javascript, await bundle({ entryPoints: [`${root}test/browsers/page.ts`] })],
    "/favicon.ico": ["image/x-icon", ""],
  };

  return {
    reports,
    serve(req, res) {
      const path = req.url?.split("?")[0] ?? "";
      if (path === "/reports") {
        let text = "";
        req.on("data", (chunk) => (text += chunk)).on("end", () => reports.push(text));
        res.writeHead(204).end();
        return true;
      }
      const [type, body] = files[path] ?? [];
      if (type === undefined) return false;
      const policy = [
        "default-src 'self'",
        ["script-src 'self'", cdn, ...(path.startsWith("/cdn-module") ? maps : [])].join(" "),
        `connect-src ${connect().join(" ") || "'none'"}`,
        "require-trusted-types-for 'script'",
        "report-uri /reports",
      ];
      res.setHeader("content-type", type);
      if (type === html) res.setHeader("content-security-policy", policy.join("; "));
      res.end(body);
      return true;
    },
  };
}

export interface CorsRules {
  /** `Access-Control-Allow-Origin`. */
  readonly origin?: string;
  readonly allow?: readonly string[];
  readonly expose?: readonly string[];
}

/** Sends exactly these headers, and answers preflights with them. By default what the library asks servers for. */
export function cors({
  origin = "*",
  allow = corsHeaders.allow,
  expose = corsHeaders.expose,
}: CorsRules = {}): Before {
  return (req, res) => {
    res.setHeader("access-control-allow-origin", origin);
    if (expose.length > 0) res.setHeader("access-control-expose-headers", expose.join(", "));
    if (req.method !== "OPTIONS") return false;
    res.setHeader("access-control-allow-methods", "GET, POST, DELETE");
    res.setHeader("access-control-allow-headers", allow.join(", "));
    res.writeHead(204).end();
    return true;
  };
}

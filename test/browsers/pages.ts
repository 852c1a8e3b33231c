// An application's web site: pages with the built package, under a strict policy.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type BuildOptions, build } from "esbuild";
import { corsHeaders } from "mcp-rivulet";
import { root } from "../package/bundle.ts";
import type { Before } from "../servers/http.ts";
import { watch } from "../support/browser.ts";

const globalScript = `${root}dist/mcp-rivulet.global.js`;

export interface Pages {
  /** Serves the pages, and answers nothing else. */
  readonly serve: Before;
  /** What browsers reported to have been against the policy. */
  readonly reports: string[];
}

/** `/script-tag` has the script of a CDN, `/module` the package through a bundler; `connect` is whom they may call. */
export async function createPages(connect: () => readonly string[]): Promise<Pages> {
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
  const html = "text/html; charset=utf-8";
  const javascript = "text/javascript; charset=utf-8";
  const files: { readonly [path: string]: readonly [type: string, body: string] } = {
    "/script-tag": [
      html,
      page('<script src="/mcp-rivulet.global.js"></script><script src="/global.js"></script>'),
    ],
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
        "script-src 'self'",
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

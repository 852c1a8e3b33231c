import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { refuse } from "./http.mjs";

/** @type {Record<string, string>} */
const contentTypes = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * What pages may do: run and style themselves with files of this server, call any MCP server, show pictures
 * that tools return, and never make code of text.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src *",
  "img-src 'self' data:",
  "require-trusted-types-for 'script'",
].join("; ");

/**
 * Serves one file of a folder, and nothing outside it.
 *
 * @param {import("./http.mjs").Request} req
 * @param {import("./http.mjs").Response} res
 * @param {string} root
 * @param {string} path as it stands in the URL
 */
export async function serveFile(req, res, root, path) {
  if (req.method !== "GET" && req.method !== "HEAD") {
    return refuse(res, 405, "Method not allowed", { allow: "GET, HEAD" });
  }
  const file = await locate(root, path);
  if (!file) return refuse(res, 404, "Not found");
  const extension = extname(file.path);
  res.writeHead(200, {
    "content-type": contentTypes[extension] ?? "application/octet-stream",
    "content-length": file.size,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    ...(extension === ".html" && { "content-security-policy": pagePolicy }),
  });
  if (req.method === "HEAD") return res.end();
  // A reader that leaves half-way is not an error of the server.
  await pipeline(createReadStream(file.path), res).catch(() => {});
}

/**
 * @param {string} root
 * @param {string} path
 */
async function locate(root, path) {
  try {
    const folder = await realpath(root);
    const file = await realpath(join(folder, decodeURIComponent(path)));
    const info = await stat(file);
    return file.startsWith(folder + sep) && info.isFile() ? { path: file, size: info.size } : undefined;
  } catch {
    return undefined;
  }
}

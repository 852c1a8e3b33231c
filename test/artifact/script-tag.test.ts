import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { type Served, serve } from "../support/serve.ts";
import { installPacked, manifest, type Packed } from "./packed.ts";

const executablePath = findChromium();
let packed: Packed;
let server: DemoServer;
let site: Served;
let browser: Browser;

/** The script of the tarball, in a page of another origin than the server's. */
beforeAll(async () => {
  if (!executablePath) return;
  packed = await installPacked();
  server = await startServer();
  const script = readFileSync(join(packed.installed, manifest.unpkg));
  site = await serve((req, res) => {
    if (req.url === "/script.js") res.setHeader("content-type", "text/javascript").end(script);
    else if (req.url !== "/") res.writeHead(404).end();
    else
      res
        .setHeader("content-type", "text/html")
        .setHeader(
          "content-security-policy",
          "default-src 'none'; script-src 'self'; connect-src *; img-src data:",
        )
        .end('<!doctype html><link rel="icon" href="data:,"><script src="/script.js"></script>');
  });
  browser = await chromium.launch({ executablePath, args: chromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await site?.close();
  packed?.remove();
});

it("works from a bare script tag", async ({ skip }) => {
  skip(!executablePath, "Chromium is not installed");
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(site.origin);
  const outcome = await page.evaluate(async (url) => {
    const { connect } = (globalThis as unknown as { McpRivulet: typeof import("mcp-rivulet") }).McpRivulet;
    const client = await connect(url);
    const { text } = await client.callTool("echo", { message: "Hello" });
    const parts: string[] = [];
    for await (const event of client.callTool("generate_numbers", { count: 2, delayMs: 0 }))
      parts.push(event.type);
    await client.close();
    return { text, parts };
  }, `${server.url}/mcp`);
  expect(outcome).toEqual({ text: "Hello", parts: ["progress", "progress", "text", "result"] });
  expect(complaints).toEqual([]);
});

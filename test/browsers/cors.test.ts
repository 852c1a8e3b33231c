import type * as Rivulet from "mcp-rivulet";
import { corsHeaders } from "mcp-rivulet";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Revision, startGated } from "../servers/gated.ts";
import { startSdkV1 } from "../servers/sdk-v1.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { type PageProxy, type Rules, startProxy } from "./proxy.ts";
import { startSite } from "./site.ts";

declare global {
  interface Window {
    rivulet: typeof Rivulet;
  }
}

const executablePath = findChromium();
const { allow, expose } = corsHeaders;
const without = (list: readonly string[], ...names: readonly string[]) =>
  list.filter((name) => !names.some((other) => other.toLowerCase() === name.toLowerCase()));

let browser: Browser;
let site: Awaited<ReturnType<typeof startSite>>;
let page: Page;
const owned: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  if (!executablePath) return;
  site = await startSite();
  browser = await chromium.launch({ executablePath, args: chromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async ({ skip }) => {
  skip(!executablePath, "Chromium is not installed");
  page = await browser.newPage();
  await page.goto(site.origin);
});
afterEach(async () => {
  await page?.close();
  for (const one of owned.splice(0).reverse()) await one.close();
});

function own<T extends { close(): Promise<unknown> }>(one: T): T {
  owned.push(one);
  return one;
}

/** A server of this revision, and in front of it what pages meet. */
async function serve(revision: Revision, rules: Rules): Promise<{ url: string; proxy: PageProxy }> {
  const { url, origin } = own(await startGated(revision));
  const proxy = own(await startProxy(origin, rules));
  return { url: url.replace(origin, proxy.origin), proxy };
}

interface Outcome {
  readonly text?: string;
  readonly version?: string;
  readonly code?: string;
  readonly message?: string;
  readonly url?: string;
}

/** What a page comes to that connects and calls a tool. */
const call = (url: string, options: object = {}): Promise<Outcome> =>
  page.evaluate(
    async ([url, options]) => {
      try {
        const client = await window.rivulet.connect(url, options);
        const { text } = await client.callTool("echo", { message: "hello" });
        const version = client.server?.protocolVersion;
        await client.close();
        return { text, version };
      } catch (error) {
        const { code, message, url } = error as Rivulet.McpError;
        return { code, message, url };
      }
    },
    [url, options] as const,
  );

describe("a page of another origin, at a server that", () => {
  it.each(["2026-07-28", "2025-11-25", "2025-03-26", "2024-11-05"] as const)(
    "allows what it should calls tools on %s",
    async (revision) => {
      const { url } = await serve(revision, { allow, expose });
      expect(await call(url)).toEqual({ text: "hello", version: revision });
    },
  );

  it("allows no headers of 2026-07-28 is spoken to as of before", async () => {
    const { url } = await serve("2025-11-25", { allow: without(allow, "Mcp-Method", "Mcp-Name"), expose });
    expect(await call(url)).toEqual({ text: "hello", version: "2025-11-25" });
  });

  it("allows no MCP-Protocol-Version is spoken to as of when there was none", async () => {
    const refused = ["Mcp-Method", "Mcp-Name", "MCP-Protocol-Version"];
    const rules = { allow: without(allow, ...refused), expose };
    // One that speaks several revisions, and one that does not.
    const { origin } = own(await startSdkV1({ sessions: true }));
    const proxy = own(await startProxy(origin, rules));
    expect(await call(`${proxy.origin}/mcp`)).toEqual({ text: "hello", version: "2025-03-26" });
    const { url } = await serve("2025-11-25", rules);
    const { code, message } = await call(url);
    expect(code).toBe("cors_blocked");
    expect(message).toContain(
      "notifications/initialized over streamable-http: [cors_blocked] " +
        `${url} is blocked by the browser: the server must send to OPTIONS ` +
        '"Access-Control-Allow-Headers: mcp-protocol-version, mcp-session-id"',
    );
  });

  it("allows no Mcp-Session-Id is told the line it has to send", async () => {
    const { url, proxy } = await serve("2025-11-25", { allow: without(allow, "Mcp-Session-Id"), expose });
    const outcome = await call(url, { transport: "streamable-http", protocolVersion: "2025-11-25" });
    expect(outcome).toMatchObject({ code: "cors_blocked", url: `${proxy.origin}/mcp` });
    expect(outcome.message).toMatch(/"Access-Control-Allow-Headers: [^"]*mcp-session-id[^"]*"/);
    expect(outcome.message).not.toContain("Allow-Origin");
  });

  it("exposes no Mcp-Session-Id is told the line it has to send", async () => {
    const { url } = await serve("2025-11-25", { allow, expose: without(expose, "Mcp-Session-Id") });
    const outcome = await call(url);
    expect(outcome).toMatchObject({ code: "cors_blocked", url });
    expect(outcome.message).toContain('"Access-Control-Expose-Headers: Mcp-Session-Id"');
  });

  it("knows nothing of pages is told the line it has to send", async () => {
    const { url } = await serve("2025-11-25", { origin: false });
    const outcome = await call(url);
    expect(outcome).toMatchObject({ code: "cors_blocked", url });
    expect(outcome.message).toContain(`"Access-Control-Allow-Origin: ${site.origin}"`);
  });

  it("is not there is connect_failed", async () => {
    const { url, proxy } = await serve("2025-11-25", { allow, expose });
    proxy.down = true;
    expect(await call(url)).toMatchObject({ code: "connect_failed", url });
  });

  it("breaks a request off that it had allowed is connect_failed", async () => {
    const { url, proxy } = await serve("2025-11-25", { allow, expose });
    proxy.rules = { ...proxy.rules, cut: "ticket" };
    const outcome = page.evaluate(async (url) => {
      const client = await window.rivulet.connect(url);
      await client.callTool("echo", { message: "hello" });
      return client.callTool("echo", { message: "ticket" }).then(
        () => "answered",
        ({ code }) => code,
      );
    }, url);
    expect(await outcome).toBe("connect_failed");
  });
});

describe("a page whose server redirects", () => {
  it.each([
    ["to the path with a slash", "/mcp", "/mcp/"],
    ["to the path without", "/mcp/", "/mcp"],
  ])("%s finds it, and goes there from then on", async (_, from, to) => {
    const { proxy } = await serve("2026-07-28", { allow, expose, redirect: { from, to } });
    const outcome = await call(proxy.origin + from, { transport: "streamable-http" });
    const paths = proxy.requests.map(({ path }) => path);
    expect(paths.filter((path) => path === from)).toHaveLength(1);
    expect(paths.slice(1).every((path) => path === to)).toBe(true);
    expect(outcome).toMatchObject({ text: "hello" });
  });

  it("elsewhere is told so by name, and nothing goes there", async () => {
    const other = own(await startProxy("http://127.0.0.1:9", { allow, expose }));
    const { proxy } = await serve("2026-07-28", { allow, expose });
    proxy.rules = { allow, expose, redirect: { from: "/mcp", to: `${other.origin}/mcp` } };
    const outcome = await call(`${proxy.origin}/mcp`, { transport: "streamable-http" });
    expect(outcome).toMatchObject({ code: "redirect_refused" });
    expect(other.requests).toEqual([]);
    expect(new Set(proxy.requests.map(({ path }) => path))).toEqual(new Set(["/mcp", "/mcp/"]));
  });
});

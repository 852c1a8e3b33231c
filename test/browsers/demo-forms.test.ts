// The demo page before a server that is not the demo's own: its forms, what it keeps of a flood, and how it looks.
import type { ServerResponse } from "node:http";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { bundlePage } from "../../demo/bundle.mjs";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { type HttpListener, listen, refuse } from "../servers/http.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { cors } from "./pages.ts";

const executablePath = findChromium();
const inputSchema = {
  type: "object",
  required: ["name", "place", "colours"],
  $defs: {
    range: { type: "object", required: ["from"], properties: { from: { type: "integer" } } },
    again: { anyOf: [{ $ref: "#/$defs/again" }, { type: "null" }] },
  },
  properties: {
    name: { type: "string", description: "Of whom" },
    place: {
      type: "object",
      required: ["city"],
      properties: { city: { type: "string" }, sunny: { type: "boolean" } },
    },
    range: { $ref: "#/$defs/range" },
    until: { $ref: "#/$defs/range" },
    nick: { type: ["string", "null"], default: null },
    colours: {
      type: "array",
      maxItems: 1,
      items: {
        anyOf: [
          { const: "r", title: "Red" },
          { const: "g", title: "Green" },
        ],
      },
    },
    size: { enum: [1, 2] },
    again: { $ref: "#/$defs/again" },
    rest: { type: "object" },
  },
};

let browser: Browser;
let server: DemoServer;
let other: HttpListener;
/** The arguments of the last call. */
let given: unknown;

beforeAll(async () => {
  if (!executablePath) return;
  await bundlePage();
  server = await startServer();
  browser = await chromium.launch({ executablePath, args: chromiumArgs });
  other = await listen((_req, res, body) => answer(res, body as Asked), cors());
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await other?.close();
});
beforeEach(({ skip }) => skip(!executablePath, "Chromium is not installed"));
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
});

interface Asked {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: unknown;
    readonly _meta?: { readonly progressToken?: string };
  };
}

function answer(res: ServerResponse, { id, method, params }: Asked): void {
  const message = (result: object) => JSON.stringify({ jsonrpc: "2.0", id, result });
  const end = (result: object) => res.setHeader("content-type", "application/json").end(message(result));
  if (method === "initialize") {
    const serverInfo = { name: "other", version: "1" };
    end({ protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo });
  } else if (method === "tools/list") {
    end({
      tools: [
        { name: "fill", inputSchema },
        { name: "flood", inputSchema: { type: "object" } },
      ],
    });
  } else if (method === "tools/call" && params?.name === "fill") {
    given = params.arguments;
    end({ content: [] });
  } else if (method === "tools/call") {
    res.setHeader("content-type", "text/event-stream");
    const progressToken = params?._meta?.progressToken;
    for (let progress = 1; progress <= 1000; progress++) {
      const told = { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress } };
      res.write(`data: ${JSON.stringify(told)}\n\n`);
    }
    res.end(`data: ${message({ content: [] })}\n\n`);
  } else refuse(res, id === undefined ? 202 : 400, -32601, "Not found");
}

async function open(tool: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${server.url}/#tools`);
  await page.getByRole("combobox", { name: "Server" }).selectOption("other");
  await page.getByRole("textbox", { name: "URL" }).fill(`${other.origin}/mcp`);
  await page.getByRole("button", { name: "Connect" }).click();
  await page.locator(".status", { hasText: "ready · 2025-06-18" }).waitFor();
  await page.locator(".tool > summary", { hasText: tool }).click();
  return page;
}

const called = (page: Page, tool: string) => page.locator(".note", { hasText: `${tool} is done.` }).waitFor();
const call = (page: Page) => page.locator(".tool[open]").getByRole("button", { name: "Call" }).click();

it("a form says beside each field what it lacks, and calls nothing before", async () => {
  given = "nothing";
  const page = await open("fill");
  await call(page);
  const faults = page.locator(".fault:visible");
  expect(await faults.allTextContents()).toEqual([
    "Fill in this field.",
    "Fill in this field.",
    "Choose 1 or more.",
  ]);
  const name = page.getByLabel("name", { exact: true });
  expect(await name.evaluate((input) => input === document.activeElement)).toBe(true);
  expect(await name.getAttribute("aria-invalid")).toBe("true");
  const described = await name.evaluate((input) =>
    (input.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent),
  );
  expect(described).toEqual(["Of whom", "Fill in this field."]);
  await name.fill("Ada");
  expect(await faults.count(), "what is being corrected is not told any longer").toBe(2);
  expect(await name.getAttribute("aria-invalid")).toBeNull();
  await page.getByLabel("Red").check();
  await page.getByLabel("Green").check();
  await call(page);
  expect(await faults.allTextContents()).toEqual(["Fill in this field.", "Choose no more than 1."]);
  expect(given).toBe("nothing");
});

it("a form has fields for objects within, references, several choices, and what may be null", async () => {
  const page = await open("fill");
  await page.getByLabel("name", { exact: true }).fill("Ada");
  await page.getByLabel("city").fill("Bath");
  await page.getByLabel("Green").check();
  await page.getByRole("group", { name: "until" }).getByLabel("from").fill("7");
  await page.getByLabel("nick").fill("A");
  await page.getByLabel("size").selectOption("2");
  await page.getByLabel("rest").fill('{"a":1}');
  await call(page);
  await called(page, "fill");
  expect(given).toEqual({
    name: "Ada",
    place: { city: "Bath", sunny: false },
    until: { from: 7 },
    nick: "A",
    colours: ["g"],
    size: 2,
    rest: { a: 1 },
  });
});

it("a flood of events leaves a page of a size that stays, which says what it left out", async () => {
  const page = await open("flood");
  await call(page);
  await called(page, "flood");
  expect(await page.locator(".events > li").count()).toBe(200);
  expect(await page.getByText("801 earlier events are not shown.").isVisible()).toBe(true);
  const group = page.locator(".group > summary");
  await group.first().click();
  await page.getByText("702 messages after the first are not kept.").waitFor();
  expect(await group.last().textContent(), "a question that the server did not know").toContain("refused");
});

it("the current view can be told from the others where the system chooses the colours", async () => {
  const page = await (await browser.newContext({ forcedColors: "active" })).newPage();
  await page.goto(server.url);
  await page.locator("nav a[aria-current]").waitFor();
  const line = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((link) => getComputedStyle(link).borderBottomColor);
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(await line("nav a:not([aria-current])")).toBe(paper);
  expect(await line("nav a[aria-current]")).not.toBe(paper);
});

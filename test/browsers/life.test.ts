import type * as Rivulet from "mcp-rivulet";
import { corsHeaders } from "mcp-rivulet";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatedOptions, type GatedServer, type Revision, startGated } from "../servers/gated.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { type PageProxy, startProxy } from "./proxy.ts";
import { startSite } from "./site.ts";

interface Globals {
  rivulet: typeof Rivulet;
  client: Rivulet.Client;
  /** What came of things, in order. */
  heard: unknown[];
}

const executablePath = findChromium();

let browser: Browser;
let site: Awaited<ReturnType<typeof startSite>>;
let context: BrowserContext;
let page: Page;
let cdp: CDPSession;
const owned: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  if (!executablePath) return;
  site = await startSite();
  browser = await chromium.launch({
    executablePath,
    // A name that is not this machine's own, which is reached without a network.
    args: [...chromiumArgs, "--host-resolver-rules=MAP mcp.test 127.0.0.1"],
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async ({ skip }) => {
  skip(!executablePath, "Chromium is not installed");
  context = await browser.newContext();
  page = await context.newPage();
  cdp = await context.newCDPSession(page);
  await page.goto(site.origin);
});
afterEach(async () => {
  await context?.close();
  for (const one of owned.splice(0).reverse()) await one.close();
});

function own<T extends { close(): Promise<unknown> }>(one: T): T {
  owned.push(one);
  return one;
}

/** A server, and a page that is connected to it and remembers what it hears. */
async function meet(
  revision: Revision,
  options: Rivulet.ConnectOptions = {},
  serverOptions: GatedOptions = {},
): Promise<{ server: GatedServer; proxy: PageProxy }> {
  const server = own(await startGated(revision, serverOptions));
  const proxy = own(await startProxy(server.origin, corsHeaders));
  const url = server.url.replace(server.origin, proxy.origin.replace("127.0.0.1", "mcp.test"));
  await page.evaluate(
    async ([url, options]) => {
      const here = window as unknown as Globals;
      here.heard = [];
      here.client = await here.rivulet.connect(url, options);
      addEventListener("pageshow", ({ persisted }) => here.heard.push(persisted ? "kept" : "anew"));
    },
    [url, { reconnect: { delay: 20, attempts: 3 }, ...options } as object] as const,
  );
  return { server, proxy };
}

const heard = () => page.evaluate(() => (window as unknown as Globals).heard);
const listen = () =>
  page.evaluate(async () => {
    const { rivulet, client, heard } = window as unknown as Globals;
    const changes = rivulet.listen(client, { toolsListChanged: true }, { reconnect: { delay: 20 } });
    await changes.ready;
    (async () => {
      for await (const { type } of changes) heard.push(type);
    })().catch(({ code }) => heard.push(code));
  });
const echo = () =>
  page.evaluate(async () => {
    const { client } = window as unknown as Globals;
    return (await client.callTool("echo", { message: "hello" })).text;
  });
const call = () =>
  page.evaluate(() => {
    const { client, heard } = window as unknown as Globals;
    const call = client.callTool("gated");
    (async () => {
      for await (const event of call) if (event.type === "progress") heard.push(event.progress);
      heard.push((await call).text);
    })().catch(({ code }) => heard.push(code));
  });
/** Nobody sees the page, or somebody does. Headless browsers show every page. */
const show = (state: "hidden" | "visible") =>
  page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, state);
const count = ({ requests }: PageProxy, method: string) =>
  requests.filter((request) => request.method === method).length;

describe("a page that nobody sees", () => {
  it("gives its GET stream back, and on being shown takes it again and says that it could not hear", async () => {
    const { proxy } = await meet("2025-11-25");
    await listen();
    expect(count(proxy, "GET")).toBe(1);
    await show("hidden");
    await proxy.freed("GET");
    expect(await heard()).toEqual([]);
    await show("visible");
    await expect.poll(heard).toEqual(["resync"]);
    expect(count(proxy, "GET")).toBe(2);
  });

  it("keeps it while a call is under way", async () => {
    const { server, proxy } = await meet("2025-11-25");
    await listen();
    await call();
    const gated = await server.nextCall();
    await show("hidden");
    await server.toolsChanged();
    await expect.poll(heard).toEqual(["toolsChanged"]);
    gated.finish("done");
    await expect.poll(heard).toEqual(["toolsChanged", "done"]);
    await proxy.freed("GET");
    expect(count(proxy, "GET")).toBe(1);
  });
});

describe("a page without a network", () => {
  it.each(["2024-11-05", "2025-11-25", "2026-07-28"] as const)(
    "tries nothing in vain, and once there is one again listens at once on %s",
    async (revision) => {
      const { server, proxy } = await meet(revision);
      await listen();
      await context.setOffline(true);
      proxy.down = true;
      // Longer than all attempts take that are allowed.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
      proxy.down = false;
      expect(await heard()).toEqual([]);
      await context.setOffline(false);
      await expect.poll(heard).toEqual(["resync"]);
      await server.toolsChanged();
      await expect.poll(heard).toEqual(["resync", "toolsChanged"]);
      expect(await echo()).toBe("hello");
    },
  );
});

describe("a page that was frozen", () => {
  const state = (state: "frozen" | "active") => cdp.send("Page.setWebLifecycleState", { state });

  it("finds that deadlines have passed", async () => {
    const { server } = await meet("2026-07-28", { timeout: 3000 });
    await call();
    await server.nextCall();
    await state("frozen");
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await state("active");
    await expect.poll(heard, { timeout: 2500 }).toEqual(["timeout"]);
  });

  it("reads what came meanwhile before it gives up", async () => {
    const { server } = await meet("2026-07-28", { timeout: 3000 });
    await call();
    const gated = await server.nextCall();
    await state("frozen");
    gated.finish("in time");
    await new Promise((resolve) => setTimeout(resolve, 6000));
    await state("active");
    await expect.poll(heard).toEqual(["in time"]);
  });
});

describe("a page that is left and come back to", () => {
  const leave = () => page.goto(`${site.origin}/elsewhere`);
  const back = async () => {
    // Playwright takes the page's two lives for one: what it waits for across the change may never settle.
    await cdp.send("Page.enable");
    const shown = new Promise((resolve) => cdp.once("Page.frameNavigated", ({ type }) => resolve(type)));
    await page.goBack({ waitUntil: "commit" });
    expect(await shown).toBe("BackForwardCacheRestore");
  };

  it.each(["2024-11-05", "2025-11-25", "2026-07-28"] as const)(
    "closes its streams and opens them again on %s",
    async (revision) => {
      const { server, proxy } = await meet(revision);
      await listen();
      const stream = revision === "2026-07-28" ? "POST" : "GET";
      await leave();
      await proxy.freed(stream);
      await back();
      await expect.poll(heard).toEqual(expect.arrayContaining(["kept", "resync"]));
      await server.toolsChanged();
      await expect.poll(heard).toContain("toolsChanged");
      expect(await echo()).toBe("hello");
    },
  );

  it("takes a call up where it broke off", async () => {
    const { server } = await meet("2025-11-25", {}, { eventStore: true });
    await call();
    const gated = await server.nextCall();
    // What it takes up is a stream of which it has read an event.
    await gated.progress(1);
    await expect.poll(heard).toEqual([1]);
    await leave();
    gated.finish("meanwhile");
    await back();
    await expect.poll(heard).toEqual(expect.arrayContaining(["kept", "meanwhile"]));
  });

  it("has lost a call that cannot be taken up", async () => {
    const { server } = await meet("2026-07-28");
    await call();
    const gated = await server.nextCall();
    await gated.progress(1);
    await leave();
    await gated.aborted;
    await back();
    await expect.poll(heard).toEqual(expect.arrayContaining(["kept", "connection_lost"]));
    expect(await echo()).toBe("hello");
  });

  it("ends its session when it will not come back", async () => {
    const { proxy } = await meet("2025-11-25");
    await page.close();
    await expect.poll(() => count(proxy, "DELETE")).toBe(1);
  });
});

describe("the browser's own EventSource", () => {
  it("carries HTTP+SSE", async () => {
    const server = own(await startGated("2024-11-05"));
    const proxy = own(await startProxy(server.origin, corsHeaders));
    const outcome = page.evaluate(
      async (url) => {
        const { rivulet } = window as unknown as Globals;
        const opened: string[] = [];
        class Counting extends EventSource {
          constructor(url: string, options: EventSourceInit) {
            super(url, options);
            opened.push(url);
          }
        }
        const client = await rivulet.connect(url, { EventSource: Counting, transport: "http-sse" });
        const { text } = await client.callTool("echo", { message: "first\nsecond" });
        await client.close();
        return [text, opened];
      },
      server.url.replace(server.origin, proxy.origin),
    );
    expect(await outcome).toEqual(["first\nsecond", [`${proxy.origin}/sse`]]);
    await proxy.freed("GET");
  });
});

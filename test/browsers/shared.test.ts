import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startHandMade } from "../interop/support.ts";
import { startEverything } from "../servers/everything.ts";
import { type GatedServer, type Revision, revisions, startGated } from "../servers/gated.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { type Site, startSite } from "./shared-site.ts";

const executablePath = findChromium();

interface Outcome {
  readonly value?: string;
  readonly code?: string;
  readonly message?: string;
  readonly rpcCode?: number;
  readonly data?: unknown;
}

interface Win {
  readonly client: {
    readonly status: string;
    readonly server: { protocolVersion: string };
    on(event: string, listener: () => void): void;
    close(): Promise<void>;
    ping(): Promise<void>;
    request(method: string, params: object): Promise<unknown>;
  };
  readonly texts: string[];
  readonly changes: string[];
  readonly questions: string[];
  start(path: string, options?: object): Promise<{ protocolVersion: string; transport: string }>;
  call(name: string, args?: object): Promise<Outcome>;
  stream(name: string): Promise<Outcome>;
  first(name: string): Promise<string>;
  crawl(name: string): Promise<void>;
  hurry(): Promise<number>;
  listen(): Promise<void>;
  settle(promise: Promise<unknown>): Promise<Outcome>;
  said: unknown[];
  restored?: boolean;
  own?: Promise<Outcome>;
}
declare const window: Win & typeof globalThis;

/** Has a page keep what it says on channels. */
function record(): void {
  const said: unknown[] = [];
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (data) {
    said.push(data);
    postMessage.call(this, data);
  };
  Object.assign(window, { said });
}

describe.skipIf(!executablePath)("in Chromium, the tabs of an origin share one client:", () => {
  let browser: Browser;
  let context: BrowserContext;
  let site: Site;
  let server: GatedServer;
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: chromiumArgs,
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    });
  });
  beforeEach(async () => {
    context = await browser.newContext();
    complaints = [];
    context.on("weberror", (error) => complaints.push(String(error.error())));
    context.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await context.close();
    await site.close();
    await server?.close();
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser?.close());

  async function serve(revision: Revision): Promise<string> {
    server = await startGated(revision);
    site = await startSite(server.origin);
    return new URL(server.url).pathname;
  }

  async function tab(path: string, options?: object): Promise<Page> {
    const page = await context.newPage();
    await page.goto(site.url);
    await page.evaluate(([path, options]) => window.start(path, options), [path, options] as const);
    return page;
  }

  async function tabs(count: number, path: string, options?: object): Promise<Page[]> {
    const pages: Page[] = [];
    for (let i = 0; i < count; i++) pages.push(await tab(path, options));
    return pages;
  }

  /** Keeps the page busy for so long. */
  const standStill = (page: Page, ms: number) =>
    page.evaluate((ms) => {
      console.log("stands still");
      for (const end = performance.now() + ms; performance.now() < end; );
    }, ms);

  /** Has the next tab lead, as one does that takes the first for stuck. */
  const relieve = (page: Page) =>
    page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      const names = held.map(({ name = "" }) => name).sort((a, b) => a.length - b.length);
      await navigator.locks.request(names[0] as string, { steal: true }, () => {});
    });

  const call = (page: Page, name: string, args?: object): Promise<Outcome> =>
    page.evaluate(([name, args]) => window.call(name, args), [name, args] as const);

  /** Resolves once a tab goes on. What it calls before it notices that another leads may be cut off. */
  const follows = (page: Page) =>
    expect
      .poll(() => call(page, "echo", { message: "follows" }), { timeout: 10_000 })
      .toEqual({ value: "follows" });

  /** The sessions that were opened at the server. */
  const sessions = (): number =>
    server.requests.filter(({ method, path }) => method === "initialize" && path !== "/sse").length;

  /** Resolves once `page` has seen as many texts. */
  const seen = (page: Page, count: number) =>
    page.waitForFunction((count) => window.texts.length === count, count);

  it("ten of them on one HTTP+SSE session over HTTP/1.1 all call at once", async () => {
    const path = await serve("2024-11-05");
    const pages = await tabs(10, path);
    const echoed = await Promise.all(pages.map((page, i) => call(page, "echo", { message: `from ${i}` })));
    expect(echoed).toEqual(pages.map((_, i) => ({ value: `from ${i}` })));

    const outcomes = pages.map((page, i) => call(page, "gated", { i }));
    const calls = [];
    for (const _ of pages) calls.push(await server.nextCall());
    for (const each of calls) each.finish(`for ${each.arguments.i}`);
    expect(await Promise.all(outcomes)).toEqual(pages.map((_, i) => ({ value: `for ${i}` })));
    expect(sessions()).toBe(1);
    expect(server.requests.filter(({ http }) => http === "GET")).toHaveLength(1);
  });

  it.each(revisions)(
    "on %s each streams its own, and what one leaves ends at the server",
    async (revision) => {
      const path = await serve(revision);
      const pages = await tabs(3, path);
      const [, one, other] = pages as [Page, Page, Page];
      const streamed = [
        one.evaluate(() => window.stream("gated")),
        other.evaluate(() => window.stream("other")),
      ];
      const calls = [await server.nextCall(), await server.nextCall()] as const;
      for (const token of ["a", "b"])
        for (const [i, each] of calls.entries()) await each.text(`${token}${i} `);
      await Promise.all([seen(one, 2), seen(other, 2)]);
      const texts = [one, other].map((page) => page.evaluate(() => window.texts));
      expect((await Promise.all(texts)).sort()).toEqual([
        ["a0 ", "b0 "],
        ["a1 ", "b1 "],
      ]);
      for (const each of calls) each.finish();
      expect(await Promise.all(streamed)).toEqual([{}, {}]);

      const first = one.evaluate(() => window.first("gated"));
      const left = await server.nextCall();
      await left.text("only");
      expect(await first).toBe("only");
      await left.aborted;

      const known = await Promise.all(pages.map((page) => page.evaluate(() => window.client.server)));
      expect(known.map(({ protocolVersion }) => protocolVersion)).toEqual(Array(3).fill(revision));
      expect(sessions()).toBe(revision === "2026-07-28" ? 0 : 1);
    },
  );

  it("on a stream that all share none takes the output of a call of the same tool in another", async () => {
    const [one, other] = (await tabs(2, await serve("2024-11-05"))) as [Page, Page];
    const streamed = [one, other].map((page) => page.evaluate(() => window.stream("gated")));
    const calls = [await server.nextCall(), await server.nextCall()];
    await calls[0]?.text("whose?");
    for (const each of calls) each.finish("mine");
    expect(await Promise.all(streamed)).toEqual([{}, {}]);
    for (const page of [one, other]) expect(await page.evaluate(() => window.texts)).toEqual(["mine"]);
  });

  it.each(revisions)("on %s all hear that the list of tools changed", async (revision) => {
    const pages = await tabs(3, await serve(revision));
    await Promise.all(pages.map((page) => page.evaluate(() => window.listen())));
    await server.toolsChanged();
    for (const page of pages) await page.waitForFunction(() => window.changes.includes("toolsChanged"));
  });

  it.each(["2024-11-05", "2025-11-25", "2026-07-28"] as const)(
    "on %s a tab that is closed while its call streams ends the call at the server",
    async (revision) => {
      const path = await serve(revision);
      const [lead, page] = (await tabs(2, path)) as [Page, Page];
      page.evaluate(() => window.stream("gated")).catch(() => {});
      const streaming = await server.nextCall();
      await streaming.text("a");
      await seen(page, 1);
      await page.close();
      await streaming.aborted;
      expect(await call(lead, "echo", { message: "still" })).toEqual({ value: "still" });
    },
  );

  it.each(revisions)(
    "on %s the tab that leads is closed: what it sent is settled, the rest goes on",
    async (revision) => {
      const path = await serve(revision);
      const [lead, ...rest] = (await tabs(4, path)) as [Page, Page, Page, Page];
      const pending = rest.map((page) => call(page, "gated"));
      const calls = [];
      for (const _ of rest) calls.push(await server.nextCall());
      await lead.close();
      for (const outcome of await Promise.all(pending))
        expect(outcome).toMatchObject({ code: "connection_lost" });
      await Promise.all(calls.map(({ disconnected }) => disconnected));
      const echoed = await Promise.all(rest.map((page, i) => call(page, "echo", { message: `${i}` })));
      expect(echoed).toEqual(rest.map((_, i) => ({ value: `${i}` })));
      expect(sessions()).toBe(revision === "2026-07-28" ? 0 : 2);
      expect(server.calls).toHaveLength(3);
    },
  );

  it("the tab that leads crashes: what it sent is settled, the rest goes on", async () => {
    const path = await serve("2025-11-25");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const pending = call(page, "gated");
    await server.nextCall();
    const crashed = lead.waitForEvent("crash");
    lead.goto("chrome://crash").catch(() => {});
    await crashed;
    expect(await pending).toMatchObject({ code: "connection_lost" });
    expect(await call(page, "echo", { message: "led" })).toEqual({ value: "led" });
    expect(sessions()).toBe(2);
  });

  it("a session that is gone is opened again once, for all tabs", async () => {
    const path = await serve("2025-11-25");
    const pages = await tabs(4, path);
    await server.forgetSessions();
    const echoed = await Promise.all(pages.map((page, i) => call(page, "echo", { message: `${i}` })));
    expect(echoed).toEqual(pages.map((_, i) => ({ value: `${i}` })));
    expect(sessions()).toBe(2);
  });

  it("all are told once the server can be heard again", async () => {
    const path = await serve("2025-11-25");
    const pages = await tabs(2, path);
    for (const page of pages) {
      await page.evaluate(() => void window.client.on("resync", () => window.changes.push("resync")));
    }
    await expect.poll(() => server.requests.filter(({ http }) => http === "GET").length).toBe(1);
    const [opened] = server.requests.filter(({ http }) => http === "GET");
    site.cut("GET");
    await opened?.ended;
    for (const page of pages) await page.waitForFunction(() => window.changes.includes("resync"));
    expect(server.requests.filter(({ http }) => http === "GET")).toHaveLength(2);
    expect(sessions()).toBe(1);
  });

  it("a URL that is none is refused at once", async () => {
    await serve("2025-11-25");
    const page = await context.newPage();
    await page.goto(site.url);
    const refused = await page.evaluate(() => window.settle(window.start("http://[")));
    expect(refused.message).toMatch(/^\[connect_failed\] .* is not an http\(s\) URL/);
  });

  it("failures are the same as without sharing, whichever tab they happen in", async () => {
    const path = await serve("2025-11-25");
    for (const page of await tabs(2, path)) {
      const outcome = call(page, "gated");
      (await server.nextCall()).fail(-32050, "No such luck", { luck: 0 });
      expect(await outcome).toMatchObject({ code: "rpc_error", rpcCode: -32050, data: { luck: 0 } });
    }
    const others = [await context.newPage(), await context.newPage()];
    for (const page of others) await page.goto(site.url);
    const refused = others.map((page) => page.evaluate(() => window.settle(window.start("/nowhere"))));
    for (const outcome of await Promise.all(refused)) expect(outcome.code).toBe("negotiation_failed");
  });

  it("a tab that reads slowly has a bounded number of events sent to it, and misses none", async () => {
    const events = 2000;
    const flood = await startHandMade("2025-11-25", ({ params, res, event, token, json }) => {
      if (params.name !== "flood") return json({ result: { content: [{ type: "text", text: "beside" }] } });
      res.writeHead(200, { "content-type": "text/event-stream" });
      for (let progress = 0; progress < events; progress++)
        res.write(event({ method: "notifications/progress", params: { progressToken: token, progress } }));
      res.end(event({ result: { content: [] } }));
    });
    site = await startSite(flood.origin);
    try {
      await context.addInitScript(record);
      const [lead, page] = (await tabs(2, "/mcp", { limits: { queuedEvents: 16 } })) as [Page, Page];
      await page.evaluate(() => window.crawl("flood"));
      const said = () => lead.evaluate(() => window.said.length);
      await expect.poll(said, { timeout: 10_000 }).toBeGreaterThan(64);
      // Whatever the tab that leads had in hand by now, it went no further.
      expect(await call(page, "other")).toEqual({ value: "beside" });
      expect(await call(lead, "other")).toEqual({ value: "beside" });
      expect(await said()).toBeLessThan(100);
      expect(await page.evaluate(() => window.hurry())).toBe(events);
    } finally {
      await flood.close();
    }
  });

  it("nothing secret is said on the channels", async () => {
    const path = await serve("2025-11-25");
    await context.addInitScript(record);
    const pages = await tabs(2, path, { auth: "s3cret" });
    for (const page of pages) await call(page, "echo", { message: "said" });
    const said = JSON.stringify(await Promise.all(pages.map((page) => page.evaluate(() => window.said))));
    const ids = server.requests.flatMap(({ headers }) => headers["mcp-session-id"] ?? []);
    expect(server.requests.every(({ headers }) => headers.authorization === "Bearer s3cret")).toBe(true);
    expect(ids.length).toBeGreaterThan(1);
    expect(said, "all that is said is recorded").toContain("said");
    for (const secret of ["s3cret", ...ids]) expect(said).not.toContain(secret);
  });

  it("ping asks the server", async () => {
    const path = await serve("2026-07-28");
    const pages = await tabs(2, path);
    for (const page of pages) await page.evaluate(() => window.client.ping());
    expect(server.requests.map(({ method }) => method)).toEqual(Array(3).fill("server/discover"));
  });

  it("a shared worker leads where the tabs leave that to it", async () => {
    const path = await serve("2025-11-25");
    const pages = [];
    for (let i = 0; i < 2; i++) {
      const page = await context.newPage();
      await page.goto(site.url);
      await page.evaluate((path) => {
        Object.assign(window, { worker: new SharedWorker(`/worker.js#${path}`) });
        return window.start(path, { lead: false });
      }, path);
      pages.push(page);
    }
    for (const [i, page] of pages.entries())
      expect(await call(page, "echo", { message: `${i}` })).toEqual({ value: `${i}` });
    const [one, other] = pages as [Page, Page];
    await one.close();
    expect(await call(other, "echo", { message: "still" })).toEqual({ value: "still" });
    expect(sessions()).toBe(1);
  });

  it("calls that wait for a session outlive the tab that was opening it, and run once", async () => {
    const path = await serve("2024-11-05");
    const [lead, ...rest] = (await tabs(4, path)) as [Page, Page, Page, Page];
    const held = site.hold();
    await server.forgetSessions();
    await held.kept;
    const waiting = rest.map((page, i) => call(page, "echo", { message: `${i}` }));
    await lead.close();
    held.release();
    expect(await Promise.all(waiting)).toEqual(rest.map((_, i) => ({ value: `${i}` })));
    expect(server.requests.filter(({ method }) => method === "tools/call")).toHaveLength(3);
  });

  it.each(["sse", "streamableHttp"] as const)(
    "over %s a question of the server is put to the tab whose call brought it about",
    async (mode) => {
      const everything = await startEverything(mode);
      site = await startSite(everything.origin);
      try {
        const path = new URL(everything.url).pathname;
        const options = { answer: { action: "accept", content: { name: "Ada" } } };
        const pages = (await tabs(3, path, options)) as [Page, Page, Page];
        const [, busy, asking] = pages;
        // Under way before the other begins.
        await busy.evaluate(() => {
          window.own = window.call("trigger-long-running-operation", { duration: 2, steps: 2 });
        });
        const outcome = await call(asking, "trigger-elicitation-request");
        expect(outcome.value).toContain("Ada");
        const questions = await Promise.all(
          pages.map((page) => page.evaluate(() => window.questions.length)),
        );
        expect(questions).toEqual([0, 0, 1]);
        expect((await busy.evaluate(() => window.own))?.value).toContain("completed");
      } finally {
        await everything.close();
      }
    },
  );

  it("a tab that leads and is left hands over, is kept for going back, and shares again after that", async () => {
    const path = await serve("2025-11-25");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const pending = call(page, "gated");
    await server.nextCall();
    const own = lead.evaluate(() => Object.assign(window, { own: window.call("gated") }) && undefined);
    await server.nextCall();
    await own;
    await lead.goto(`${site.url}/other`);
    expect(await pending).toMatchObject({ code: "connection_lost" });
    expect(await call(page, "echo", { message: "led" })).toEqual({ value: "led" });

    const back = lead.waitForEvent("framenavigated");
    await lead.evaluate(() => history.back());
    await back;
    expect(await lead.evaluate(() => window.restored), "kept by the browser").toBe(true);
    expect(await lead.evaluate(() => window.own)).toMatchObject({ code: "connection_lost" });
    expect(await call(lead, "echo", { message: "back" })).toEqual({ value: "back" });
    expect(sessions()).toBe(2);
  });

  it("a tab that leads and is to be frozen hands over, and shares again when it is thawed", async () => {
    const path = await serve("2024-11-05");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    // A browser without a window has no page that it would freeze; these are the events it would send.
    await lead.evaluate(() => document.dispatchEvent(new Event("freeze")));
    expect(await call(page, "echo", { message: "led" })).toEqual({ value: "led" });
    await lead.evaluate(() => document.dispatchEvent(new Event("resume")));
    expect(await call(lead, "echo", { message: "back" })).toEqual({ value: "back" });
    expect(sessions()).toBe(2);
  });

  it("a tab that leads and is stuck is relieved, and runs nothing that it was to send", async () => {
    const path = await serve("2026-07-28");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const stuck = standStill(lead, 14_000);
    expect(await call(page, "echo", { message: "relieved" })).toEqual({ value: "relieved" });
    await stuck;
    await follows(lead);
    const messages = server.requests.filter(({ method }) => method === "tools/call").map(({ body }) => body);
    expect(JSON.stringify(messages).match(/relieved/g)).toHaveLength(1);
  });

  it("a tab that leads and stood still for less goes on, and sends what waited for it", async () => {
    const path = await serve("2025-11-25");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const stuck = standStill(lead, 6500);
    expect(await call(page, "echo", { message: "waited" })).toEqual({ value: "waited" });
    await stuck;
    expect(sessions()).toBe(1);
    expect(server.requests.filter(({ method }) => method === "tools/call")).toHaveLength(1);
  });

  it("a tab is as patient with a message that it sends long after another", async () => {
    const path = await serve("2025-11-25");
    const lead = await tab(path);
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(site.url);
    await page.evaluate((path) => window.start(path), path);
    await page.clock.fastForward(7000);
    const still = lead.waitForEvent("console");
    const stuck = standStill(lead, 2000);
    await still;
    const outcome = call(page, "echo", { message: "waited" });
    await page.clock.fastForward(1000);
    expect(await outcome).toEqual({ value: "waited" });
    await stuck;
    expect(sessions()).toBe(1);
  });

  it("a tab that is opened beside one that leads and is stuck takes over", async () => {
    const path = await serve("2025-11-25");
    const lead = await tab(path);
    const stuck = standStill(lead, 14_000).then(() => "the other went on");
    const page = tab(path).then(() => "connected");
    expect(await Promise.race([page, stuck])).toBe("connected");
    await stuck;
    await follows(lead);
  });

  it("what a tab gave to one that stands still is run by that or by the next, not by both", async () => {
    const path = await serve("2026-07-28");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const stuck = standStill(lead, 2000);
    const outcome = call(page, "echo", { message: "once" });
    await relieve(page);
    await stuck;
    await outcome;
    for (const each of [page, lead]) await follows(each);
    const bodies = server.requests.filter(({ method }) => method === "tools/call").map(({ body }) => body);
    expect(JSON.stringify(bodies).match(/once/g)).toHaveLength(1);
  });

  it("what waited for a tab that stands still is answered to the next on the stream that all share", async () => {
    const path = await serve("2024-11-05");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const still = lead.waitForEvent("console");
    const stuck = standStill(lead, 8000);
    await still;
    const outcome = call(page, "echo", { message: "waited" });
    await relieve(page);
    expect(await outcome).toEqual({ value: "waited" });
    await stuck;
  });

  it("a tab that led, stood still and woke up is not followed again", async () => {
    const path = await serve("2026-07-28");
    const [lead, next] = (await tabs(2, path)) as [Page, Page];
    const still = lead.waitForEvent("console");
    const stuck = standStill(lead, 3000);
    await still;
    // Says hello to the one that does not hear it yet.
    const joining = tab(path);
    await relieve(next);
    const page = await joining;
    const outcome = call(page, "gated");
    const gated = await server.nextCall();
    await stuck;
    await follows(lead);
    gated.finish("mine");
    expect(await outcome).toEqual({ value: "mine" });
  });

  it("a tab that leads unseen listens for one that is seen, until none is", async () => {
    const path = await serve("2025-11-25");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    await page.evaluate(() => window.listen());
    const show = (page: Page, value: string) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "visibilityState", { value, configurable: true });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      }, value);
    await show(lead, "hidden");
    expect(await call(lead, "echo", { message: "unseen" })).toEqual({ value: "unseen" });
    await server.toolsChanged();
    await page.waitForFunction(() => window.changes.includes("toolsChanged"));
    const streams = server.requests.filter(({ http }) => http === "GET");
    expect(streams).toHaveLength(1);
    await show(page, "hidden");
    await streams[0]?.ended;
    await show(page, "visible");
    await page.waitForFunction(() => window.changes.includes("resync"));
  });

  it("a resource that one tab no longer subscribes to stays subscribed for another", async () => {
    const asked: unknown[] = [];
    const shelf = await startHandMade("2025-11-25", ({ method, params, json }) => {
      asked.push([method, params.uri]);
      json({ result: {} });
    });
    site = await startSite(shelf.origin);
    try {
      const pages = (await tabs(2, "/mcp")) as [Page, Page];
      const ask = (page: Page, method: string) =>
        page.evaluate((method) => window.client.request(method, { uri: "a:1" }), method);
      for (const page of pages) await ask(page, "resources/subscribe");
      expect(await ask(pages[0], "resources/unsubscribe")).toEqual({});
      expect(asked).toEqual(Array(2).fill(["resources/subscribe", "a:1"]));
      await ask(pages[1], "resources/unsubscribe");
      expect(asked.slice(2)).toEqual([["resources/unsubscribe", "a:1"]]);
    } finally {
      await shelf.close();
    }
  });

  it("a key is one of a server: tabs of two servers do not share by the same", async () => {
    const path = await serve("2025-11-25");
    await tabs(2, path, { key: "ada" });
    expect(sessions()).toBe(1);
    const page = await context.newPage();
    await page.goto(site.url);
    const other = await page.evaluate(() => window.settle(window.start("/nowhere", { key: "ada" })));
    expect(other.code).toBe("negotiation_failed");
  });

  it("what other scripts say on its channels is ignored", async () => {
    const path = await serve("2025-11-25");
    const [lead, page] = (await tabs(2, path)) as [Page, Page];
    const posted = await page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      const junk = [null, 1, "bye", {}, [], { type: "hello" }, { type: "hello", from: 7 }, { type: "bye" }];
      for (const { name = "" } of held) {
        const channel = new BroadcastChannel(name);
        const [from, to] = ["somebody", name.split(" ").at(-1)];
        for (const data of junk) channel.postMessage(data);
        for (const type of ["welcome", "reply", "say", "end", "send", "nothing"])
          for (const data of [{}, { message: 1 }, { n: 1, text: "{" }])
            channel.postMessage({ type, from: type === "welcome" ? undefined : from, to, ...data });
        channel.close();
      }
      return held.length;
    });
    expect(posted).toBe(3);
    for (const each of [lead, page])
      expect(await call(each, "echo", { message: "still" })).toEqual({ value: "still" });
    expect(sessions()).toBe(1);
  });

  it("tabs that show the server different credentials do not share", async () => {
    const path = await serve("2025-11-25");
    for (const auth of ["ada", "bob", "ada"]) await tab(path, { auth });
    expect(sessions()).toBe(2);
    const names = await (context.pages()[0] as Page).evaluate(async () =>
      JSON.stringify(await navigator.locks.query()),
    );
    expect(names).not.toMatch(/ada|bob/);
  });

  it("each has its own connection where there are no locks", async () => {
    const path = await serve("2025-11-25");
    await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
    await tabs(2, path);
    expect(sessions()).toBe(2);
  });
});

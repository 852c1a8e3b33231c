// The protocol from a page: the built package, each engine, each revision, under a strict policy.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startServer } from "../../demo/server.mjs";
import { type GatedCall, type GatedServer, revisions, startGated } from "../servers/gated.ts";
import { type HttpListener, listen, refuse } from "../servers/http.ts";
import {
  type Browser,
  engineNames,
  findBrowser,
  openBrowser,
  type Person,
  type Tab,
} from "../support/browser.ts";
import { cors, createPages, type Pages, serveCdn } from "./pages.ts";

const settings = [
  { page: "script-tag", origin: "another" },
  { page: "module", origin: "another" },
  { page: "script-tag", origin: "the same" },
] as const;

describe.each(engineNames)("in %s", (engine) => {
  const installed = findBrowser(engine);
  let browser: Browser;

  beforeAll(async () => {
    if (installed) browser = await openBrowser(engine);
  });
  beforeEach(({ skip }) => skip(!installed, `${engine} is not installed`));
  afterAll(() => browser?.close());

  describe.each(settings)("a page ($page) of $origin origin", ({ page, origin }) => {
    let person: Person;
    let tab: Tab;
    let own: HttpListener;
    let pages: Pages;
    let allowed: readonly string[] = [];

    /** On a page of its own origin, or of the server's. */
    const goTo = (server: string) => tab.goto(`${origin === "another" ? own.origin : server}/${page}`);

    beforeAll(async () => {
      if (!installed) return;
      pages = await createPages(() => allowed);
      own = await listen((_req, res) => refuse(res, 404, -32000, "Not found"), pages.serve);
      person = await browser.newPerson();
      tab = await person.newTab();
    });
    afterAll(async () => {
      await person?.close();
      await own?.close();
    });

    describe.each(revisions)("on %s", (revision) => {
      const hasSessions = revision.startsWith("2025");
      let server: GatedServer;

      beforeAll(async () => {
        if (!installed) return;
        const before = origin === "another" ? cors() : pages.serve;
        server = await startGated(revision, { before, eventStore: true });
        allowed = [server.origin];
        await goTo(server.origin);
      });
      afterEach(async () => {
        await tab.evaluate(() => inPage.close());
        const complaints = await tab.complaints();
        expect(complaints, "what the page complains of").toEqual([]);
        expect(pages.reports, "what was against the policy").toEqual([]);
      });
      afterAll(() => server?.close());

      const connect = () => tab.evaluate((url) => inPage.connect({ url }), server.url);
      /** Starts a call and lets it stream a first part. */
      async function start(): Promise<GatedCall> {
        await tab.evaluate(() => inPage.start("gated"));
        const call = await server.nextCall();
        await call.text("One");
        expect(await tab.evaluate(() => inPage.next())).toMatchObject({ type: "text", delta: "One" });
        return call;
      }
      const outcome = () => tab.evaluate(() => inPage.outcome());
      const echo = (message: string) => tab.evaluate((message) => inPage.echo(message), message);

      it("connects", async () => {
        expect(await connect()).toEqual({
          protocolVersion: revision,
          transport: revision === "2024-11-05" ? "http-sse" : "streamable-http",
        });
        expect(await echo("Grüße, 世界 👋")).toEqual({ text: "Grüße, 世界 👋" });
      });

      it("streams each part as it comes, ahead of the result", async () => {
        await connect();
        const call = await start();
        await call.text(" two");
        expect(await tab.evaluate(() => inPage.next())).toMatchObject({ type: "text", delta: " two" });
        call.finish("One two");
        expect(await tab.evaluate(() => inPage.next())).toEqual({ type: "result", text: "One two" });
        expect(await tab.evaluate(() => inPage.next())).toEqual({ type: "done" });
        expect(await outcome()).toEqual({ text: "One two" });
      });

      it("cancels a call, at the server too", async () => {
        await connect();
        const call = await start();
        await tab.evaluate(() => inPage.cancel());
        await call.aborted;
        expect(await outcome()).toEqual({ thrown: "enough" });
        expect(await echo("after")).toEqual({ text: "after" });
      });

      it("aborts a call with the reason of its signal", async () => {
        await connect();
        const call = await start();
        expect(await tab.evaluate(() => inPage.abort())).toBe(true);
        await call.aborted;
        expect(await echo("after")).toEqual({ text: "after" });
      });

      if (!hasSessions)
        it("finds the server again after a stream broke off", async () => {
          await connect();
          const call = await start();
          call.reset();
          expect(await outcome()).toMatchObject({ code: "connection_lost", retryable: false });
          expect(await echo("again")).toEqual({ text: "again" });
        });

      if (revision !== "2026-07-28")
        it("opens a new session when the server forgot the old", async () => {
          await connect();
          await server.forgetSessions();
          expect(await echo("again")).toEqual({ text: "again" });
          expect(await tab.evaluate(() => inPage.statuses().slice(-2))).toEqual(["reconnecting", "ready"]);
        });

      if (hasSessions)
        it("resumes a stream where it was cut off", async () => {
          await connect();
          const call = await start();
          call.reset();
          await call.disconnected;
          await call.text(" two");
          expect(await tab.evaluate(() => inPage.next())).toMatchObject({ type: "text", delta: " two" });
          call.finish("One two");
          expect(await tab.evaluate(() => inPage.next())).toEqual({ type: "result", text: "One two" });
          const { headers } = server.requests.filter(({ http }) => http === "GET").at(-1) ?? {};
          expect(headers?.["last-event-id"]).toEqual(expect.any(String));
          expect(await echo("after")).toEqual({ text: "after" });
        });

      it("hears of changes", async () => {
        await connect();
        expect(await tab.evaluate(() => inPage.listen())).toMatchObject({ toolsListChanged: true });
        // A stream that the server opens beside the calls is there a little after the answer.
        await vi.waitFor(async () => {
          await server.toolsChanged();
          expect(await tab.evaluate(() => inPage.changes())).toContain("toolsChanged");
        });
        await tab.evaluate(() => inPage.endListening());
        await tab.until(() => inPage.changes().includes("ended"));
      });

      it("closes: what is pending fails, and the server is told", async () => {
        await connect();
        const call = await start();
        await tab.evaluate(() => inPage.close());
        expect(await outcome()).toMatchObject({ code: "closed" });
        await call.disconnected;
        expect(await echo("after")).toMatchObject({ code: "closed" });
        if (hasSessions) await vi.waitFor(() => expect(server.requests.at(-1)?.http).toBe("DELETE"));
      });
    });

    if (origin === "another")
      it("reaches every revision of one server", async () => {
        const server = await startServer();
        try {
          allowed = [server.url];
          await goTo(server.url);
          const ways = [
            ["/mcp", undefined, "2026-07-28"],
            ["", undefined, "2026-07-28"],
            ["/mcp", "2025-11-25", "2025-11-25"],
            ["/mcp", "2025-06-18", "2025-06-18"],
            ["/mcp", "2025-03-26", "2025-03-26"],
            ["/sse", undefined, "2024-11-05"],
          ] as const;
          for (const [path, protocolVersion, expected] of ways) {
            const options = { url: server.url + path, protocolVersion };
            const found = await tab.evaluate((options) => inPage.connect(options), options);
            expect(found.protocolVersion).toBe(expected);
            expect(await tab.evaluate(() => inPage.echo("Hello"))).toEqual({ text: "Hello" });
            await tab.evaluate(() => inPage.close());
          }
        } finally {
          await server.close();
        }
        expect(await tab.complaints()).toEqual([]);
        expect(pages.reports).toEqual([]);
      });

    it("would notice what is against the policy", async () => {
      allowed = [];
      await tab.goto(`${own.origin}/${page}`);
      const url = `${own.origin}/elsewhere`;
      await tab.evaluate((url) => fetch(url).catch(() => {}), url);
      await tab.until(() => (window as unknown as { complaints: string[] }).complaints.length > 0);
      expect(await tab.complaints()).toEqual([expect.stringMatching(/^policy: connect-src /)]);
      await vi.waitFor(() => expect(pages.reports).toHaveLength(1));
    });
  });

  describe.each(["cdn-script", "cdn-module"])("a page (%s) of files from elsewhere", (page) => {
    const url = () => `${own.origin}/${page}`;
    let cdn: HttpListener;
    let own: HttpListener;
    let server: GatedServer;
    let pages: Pages;
    let person: Person;
    let tab: Tab;

    beforeAll(async () => {
      if (!installed) return;
      cdn = await listen((_req, res) => refuse(res, 404, -32000, "Not found"), serveCdn);
      server = await startGated("2026-07-28", { before: cors() });
      pages = await createPages(() => [server.origin], cdn.origin);
      own = await listen((_req, res) => refuse(res, 404, -32000, "Not found"), pages.serve);
      person = await browser.newPerson();
      tab = await person.newTab();
    });
    afterAll(async () => {
      await person?.close();
      for (const one of [own, cdn, server]) await one?.close();
    });

    it("runs what has the hash it names", async () => {
      await tab.goto(url());
      await tab.evaluate((url) => inPage.connect({ url }), server.url);
      await tab.evaluate(() => inPage.start("gated"));
      const call = await server.nextCall();
      await call.text("One");
      expect(await tab.evaluate(() => inPage.next())).toMatchObject({ type: "text", delta: "One" });
      call.finish("One two");
      expect(await tab.evaluate(() => inPage.outcome())).toEqual({ text: "One two" });
      await tab.evaluate(() => inPage.close());
      expect(await tab.complaints()).toEqual([]);
      expect(pages.reports).toEqual([]);
    });

    it("runs nothing else", async () => {
      await tab.goto(`${url()}-other`);
      await tab.until(() => (window as unknown as { inPage?: unknown }).inPage);
      expect(await tab.evaluate(() => typeof window.rivulet)).toBe("undefined");
      const script =
        page === "cdn-module" ? `${own.origin}/cdn-module.js` : `${cdn.origin}/mcp-rivulet.global.js`;
      expect(await tab.complaints()).toContain(`error: ${script}`);
    });
  });
});

// Servers whose CORS headers are not what they should be, from a page of another origin in each engine.
import type { ServerResponse } from "node:http";
import { corsHeaders } from "mcp-rivulet";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Revision, startGated } from "../servers/gated.ts";
import { type Before, type HttpListener, listen, refuse } from "../servers/http.ts";
import { startSdkV1 } from "../servers/sdk-v1.ts";
import { startSdkV2 } from "../servers/sdk-v2.ts";
import { type Browser, engineNames, findBrowser, openBrowser, type Tab } from "../support/browser.ts";
import type { Outcome } from "./page.ts";
import { cors, createPages } from "./pages.ts";

const without = (names: readonly string[], ...gone: readonly string[]) =>
  names.filter((name) => !gone.includes(name.toLowerCase()));
const { allow, expose } = corsHeaders;
const before2026 = without(allow, "mcp-method", "mcp-name");
const before2025June = without(before2026, "mcp-protocol-version");

const owned: { close(): Promise<unknown> }[] = [];
function own<T extends { close(): Promise<unknown> }>(thing: T): T {
  owned.push(thing);
  return thing;
}

/** Answers everything but preflights in the same way. */
const always =
  (answer: (res: ServerResponse) => void): Before =>
  (req, res) => {
    if (cors({ expose: [] })(req, res)) return true;
    answer(res);
    return true;
  };

describe.each(engineNames)("in %s", (engine) => {
  const installed = findBrowser(engine);
  let browser: Browser;
  let tab: Tab;
  let page: HttpListener;

  beforeAll(async () => {
    if (!installed) return;
    const pages = await createPages(() => ["http://127.0.0.1:*"]);
    page = await listen((_req, res) => refuse(res, 404, -32000, "Not found"), pages.serve);
    browser = await openBrowser(engine);
    tab = await (await browser.newPerson()).newTab();
    await tab.goto(`${page.origin}/script-tag`);
  });
  beforeEach(({ skip }) => skip(!installed, `${engine} is not installed`));
  afterEach(async () => {
    for (const thing of owned.splice(0)) await thing.close();
  });
  afterAll(async () => {
    await browser?.close();
    await page?.close();
  });

  const connect = (url: string) => tab.evaluate((url) => inPage.connect({ url }), url);
  const fail = (url: string): Promise<Outcome> =>
    tab.evaluate((url) => inPage.failToConnect({ url, headers: { "x-api-key": "secret" } }), url);
  async function works(url: string, protocolVersion: string | RegExp): Promise<void> {
    expect((await connect(url)).protocolVersion).toMatch(protocolVersion);
    expect(await tab.evaluate(() => inPage.echo("Hello"))).toEqual({ text: "Hello" });
    await tab.evaluate(() => inPage.close());
  }

  describe("a preflight that refuses the headers of 2026-07-28", () => {
    it("leaves the earlier revisions of a server that speaks both", async () => {
      const server = own(await startSdkV2({ before: cors({ allow: before2026 }) }));
      await works(server.url, /^2025-/);
    });

    it.each(["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const)(
      "leaves a server of %s",
      async (revision) => {
        const server = own(await startGated(revision, { before: cors({ allow: before2026 }) }));
        await works(server.url, revision);
      },
    );
  });

  describe("a preflight that refuses MCP-Protocol-Version", () => {
    it("leaves the revision that has no such header, of a server that speaks it too", async () => {
      const before = cors({ allow: before2025June });
      const server = own(await startSdkV1({ sessions: true, before }));
      await works(server.url, "2025-03-26");
    });

    it.each(["2025-03-26", "2024-11-05"] as const)("leaves a server of %s", async (revision) => {
      const server = own(await startGated(revision, { before: cors({ allow: before2025June }) }));
      await works(server.url, revision);
    });

    it("is named where there is no earlier revision", async () => {
      const server = own(await startGated("2025-11-25", { before: cors({ allow: before2025June }) }));
      const { code, message } = await tab.evaluate((url) => inPage.failToConnect({ url }), server.url);
      expect(code).toMatch(/^(cors_blocked|negotiation_failed)$/);
      expect(message).toMatch(/Access-Control-Allow-Headers:[^"]*mcp-protocol-version/i);
    });
  });

  it("a session id that the page cannot read is recognised", async () => {
    const before = cors({ expose: without(expose, "mcp-session-id") });
    const server = own(await startGated("2025-11-25", { before }));
    const outcome = await tab.evaluate((url) => inPage.failToConnect({ url }), server.url);
    expect(outcome).toMatchObject({ code: "cors_blocked", url: server.url });
    expect(outcome.message).toContain("Access-Control-Expose-Headers: Mcp-Session-Id");
  });

  it.each(["2026-07-28", "2025-11-25", "2024-11-05"] as const)(
    "a server of %s that knows nothing of pages is told what to send",
    async (revision) => {
      const server = own(await startGated(revision));
      const { code, message, url } = await tab.evaluate((url) => inPage.failToConnect({ url }), server.url);
      expect({ code, url }).toEqual({ code: "cors_blocked", url: server.url });
      expect(message).toContain(server.url);
      expect(message).toContain(`Access-Control-Allow-Origin: ${page.origin}`);
      expect(server.requests.filter(({ method }) => method)).toEqual([]);
    },
  );

  it("a preflight that refuses the application's own header names it", async () => {
    const server = own(await startGated("2025-11-25", { before: cors() }));
    const { code, message } = await fail(server.url);
    expect(code).toBe("cors_blocked");
    expect(message).toMatch(/Access-Control-Allow-Headers:[^"]*x-api-key/i);
    expect(message).not.toContain("secret");
  });

  it("a challenge that the page cannot read leaves what its status says", async () => {
    const before = always((res) =>
      res.writeHead(401, { "www-authenticate": 'Bearer resource_metadata="http://x.example/"' }).end(),
    );
    const server = own(await listen(() => {}, before));
    const outcome = await tab.evaluate((url) => inPage.failToConnect({ url }), `${server.origin}/mcp`);
    expect(outcome).toMatchObject({ code: "unauthorized", status: 401, url: `${server.origin}/mcp` });
  });

  it("a Retry-After that the page cannot read leaves what its status says", async () => {
    const server = own(
      await listen(
        () => {},
        always((res) => res.writeHead(429, { "retry-after": "7" }).end()),
      ),
    );
    const outcome = await tab.evaluate((url) => inPage.failToConnect({ url }), `${server.origin}/mcp`);
    expect(outcome).toMatchObject({ code: "rate_limited", status: 429, retryable: true });
    expect(outcome.retryAfterMs).toBeUndefined();
  });

  describe("a redirect", () => {
    const endpoint = (revision: Revision) => (revision === "2024-11-05" ? "/sse" : "/mcp");
    const allowed = cors();

    it.each(["2026-07-28", "2025-11-25", "2024-11-05"] as const)(
      "to the same path with a slash is followed on %s",
      async (revision) => {
        const path = endpoint(revision);
        const before: Before = (req, res) => {
          if (allowed(req, res)) return true;
          if (req.url === `${path}/`) req.url = path;
          else if (req.url === path) {
            res.writeHead(307, { location: `${path}/` }).end();
            return true;
          }
          return false;
        };
        const server = own(await startGated(revision, { before }));
        await works(server.url, revision);
      },
    );

    it.each(["2026-07-28", "2025-11-25", "2024-11-05"] as const)(
      "to the same path without its slash is followed on %s",
      async (revision) => {
        const path = endpoint(revision);
        const before: Before = (req, res) => {
          if (allowed(req, res)) return true;
          if (req.url !== `${path}/`) return false;
          res.writeHead(307, { location: path }).end();
          return true;
        };
        const server = own(await startGated(revision, { before }));
        await works(`${server.url}/`, revision);
      },
    );

    it("to another origin is refused by name, and nothing goes there", async () => {
      const elsewhere = own(
        await startGated("2025-11-25", { before: cors({ allow: [...allow, "x-api-key"] }) }),
      );
      const paths: string[] = [];
      const before: Before = (req, res) => {
        paths.push(req.url ?? "");
        if (cors({ allow: [...allow, "x-api-key"] })(req, res)) return true;
        res.writeHead(307, { location: elsewhere.url }).end();
        return true;
      };
      const server = own(await listen(() => {}, before));
      const url = `${server.origin}/mcp`;
      const outcome = await fail(url);
      expect(outcome.code).toBe("redirect_refused");
      expect(outcome.message).toMatch(new RegExp(`${url}/? redirects\\.`));
      expect(outcome.message).not.toContain("secret");
      expect(elsewhere.requests).toEqual([]);
      expect(new Set(paths)).toEqual(new Set(["/mcp", "/mcp/"]));
    });
  });
});

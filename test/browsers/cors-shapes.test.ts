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
import { cors, createPages, serveCdn } from "./pages.ts";

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

/** A page that connects to what its name or fragment says, and tells how that went. */
const connecting = (from: string): string =>
  `<script src="${from}/mcp-rivulet.global.js"></script><script>
    McpRivulet.connect(window.name || location.hash.slice(1)).then(() => "connected", String).then((said) => {
      parent.postMessage(said, "*");
      document.title = said;
    });
  </script>`;
/** A page that tells what one of its frames tells. */
const listening = `<script>addEventListener("message", ({ data }) => { document.title = data; });</script>`;

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
      expect(code).toBe("cors_blocked");
      expect(message).toMatch(/Access-Control-Allow-Headers:[^"]*mcp-protocol-version/i);
    });
  });

  it("a preflight that allows no content-type is what is wrong, whatever a GET is told", async () => {
    const before = cors({ allow: without(allow, "content-type") });
    const server = own(await startGated("2025-11-25", { before }));
    const { code, message, url } = await tab.evaluate((url) => inPage.failToConnect({ url }), server.url);
    expect({ code, url }).toEqual({ code: "cors_blocked", url: server.url });
    expect(message).toMatch(/to OPTIONS "Access-Control-Allow-Headers: content-type"/);
  });

  it.each([
    ["the asterisk", "*"],
    ["no Access-Control-Allow-Credentials", undefined],
  ])("cookies and %s: the line that allows them is named", async (_, origin) => {
    const server = own(await startGated("2025-11-25", { before: cors({ origin: origin ?? page.origin }) }));
    const { code, message } = await tab.evaluate(
      (url) => inPage.failToConnect({ url, credentials: "include" }),
      server.url,
    );
    expect(code).toBe("cors_blocked");
    expect(message).toContain(`"Access-Control-Allow-Origin: ${page.origin}"`);
    expect(message).toContain('"Access-Control-Allow-Credentials: true"');
  });

  describe("of another kind of page", () => {
    /** What the page at `url` comes to say. */
    async function said(url: string): Promise<string> {
      await tab.goto(url);
      await tab.until(() => document.title);
      return tab.evaluate(() => document.title);
    }
    afterAll(() => tab?.goto(`${page.origin}/script-tag`));
    const serve = async (path: string, html: string, headers?: Record<string, string>) => {
      const before: Before = (req, res) => {
        if (serveCdn(req, res)) return true;
        if (req.url !== path) return false;
        res.writeHead(200, { "content-type": "text/html", ...headers }).end(html);
        return true;
      };
      return own(await startGated("2025-11-25", { before }));
    };

    it("in a sandbox the origin is null, even to the server the page came from", async () => {
      const server = await serve("/page", connecting(""));
      const around = await serve(
        "/",
        `${listening}<iframe sandbox="allow-scripts" src="${server.origin}/page" name="${server.url}"></iframe>`,
      );
      const message = await said(`${around.origin}/`);
      expect(message).toContain("[cors_blocked]");
      expect(message).toContain('"Access-Control-Allow-Origin: null"');
    });

    it("in a frame without a URL the origin is that of the page around it", async () => {
      const server = await serve("/page", "");
      const srcdoc = connecting(page.origin).replace(/"/g, "&quot;");
      const around = await serve(
        "/",
        `${listening}<iframe srcdoc="${srcdoc}" name="${server.url}"></iframe>`,
      );
      expect(await said(`${around.origin}/`)).toContain(`"Access-Control-Allow-Origin: ${around.origin}"`);
    });

    it("in a frame that is taken out, what waits is settled for the page around it", async () => {
      const framed = `<script src="/mcp-rivulet.global.js"></script><script>
        McpRivulet.connect("/mcp").then((client) => parent.wait(client.callTool("gated")));
      </script>`;
      const around = `<script>
        window.wait = (call) => call.then(() => "answered", ({ code }) => code).then((said) => { document.title = said; });
      </script><iframe src="/frame"></iframe>`;
      const before: Before = (req, res) => {
        if (serveCdn(req, res)) return true;
        const html = { "/": around, "/frame": framed }[req.url ?? ""];
        if (html) res.writeHead(200, { "content-type": "text/html" }).end(html);
        return !!html;
      };
      const server = own(await startGated("2025-11-25", { before }));
      await tab.goto(`${server.origin}/`);
      await server.nextCall();
      await tab.evaluate(() => document.querySelector("iframe")?.remove());
      await tab.until(() => document.title);
      expect(await tab.evaluate(() => document.title)).toMatch(/closed|connection_lost/);
    });

    it("isolated from other origins, no answer is seen without consent", async () => {
      const server = await serve("/page", "");
      const isolated = await serve("/page", connecting(""), {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      });
      const message = await said(`${isolated.origin}/page#${server.url}`);
      expect(message).toContain(`[cors_blocked] ${server.url} is blocked by the browser`);
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

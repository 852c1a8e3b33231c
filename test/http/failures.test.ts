import { connect, isMcpError, type JsonObject } from "mcp-rivulet";
import { HttpResponse } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  capabilities,
  event,
  json,
  mcp,
  ORIGIN,
  own,
  reply,
  type Seen,
  serve,
  serverInfo,
  sse,
  text,
  URL_,
  versions,
} from "./support.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What a call becomes when the server answers it so. */
async function failure(
  answer: (seen: Seen) => Response,
  version: "2025-11-25" | "2026-07-28" = "2026-07-28",
) {
  mcp(version, (seen) => (seen.method === "POST" ? answer(seen) : undefined));
  const client = own(await connect(URL_, { protocolVersion: version, timeout: 2000 }));
  const error = await client.callTool("a").then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(isMcpError(error)).toBe(true);
  expect(String(error)).not.toContain("secret");
  return error as unknown as { code: string; [key: string]: unknown };
}

const page =
  (status: number, headers: HeadersInit = {}) =>
  () =>
    new HttpResponse("<p>secret</p>", { status, headers: { "content-type": "text/html", ...headers } });

const rpc = (status: number, code: number, data?: unknown) => (seen: Seen) =>
  json({ jsonrpc: "2.0", id: seen.message.id, error: { code, message: "said so", data } }, { status });

describe("an answer of", () => {
  it.each<[string, (seen: Seen) => Response, object]>([
    ["400", page(400), { code: "http_error", status: 400, rpcCode: undefined, retryable: false }],
    [
      "400 with an error of JSON-RPC",
      rpc(400, -32602, { a: 1 }),
      { code: "http_error", status: 400, rpcCode: -32602, data: { a: 1 } },
    ],
    ["401", page(401), { code: "unauthorized", status: 401 }],
    ["403", page(403), { code: "forbidden", status: 403 }],
    ["404 without a session", page(404), { code: "http_error", status: 404 }],
    ["404 -32601", rpc(404, -32601), { code: "http_error", status: 404, rpcCode: -32601 }],
    ["405", page(405), { code: "http_error", status: 405 }],
    ["413", page(413), { code: "http_error", status: 413 }],
    [
      "429 without a word about when",
      page(429),
      { code: "rate_limited", status: 429, retryAfterMs: undefined, retryable: true },
    ],
    [
      "429 with more seconds than there is time for",
      page(429, { "retry-after": "120" }),
      { code: "rate_limited", retryAfterMs: 120_000, retryable: true },
    ],
    ["500", page(500), { code: "http_error", status: 500, retryable: false }],
    ["503 without Retry-After", page(503), { code: "http_error", status: 503 }],
    [
      "503 with Retry-After",
      page(503, { "retry-after": "60" }),
      { code: "rate_limited", status: 503, retryAfterMs: 60_000 },
    ],
    [
      "JSON that is no error of JSON-RPC",
      () => json({ error: "secret" }, { status: 500 }),
      { code: "http_error", rpcCode: undefined },
    ],
    ["JSON that is null", () => json(null, { status: 500 }), { code: "http_error", status: 500 }],
  ])("%s has a name", async (_, answer, expected) => {
    expect(await failure(answer)).toMatchObject({ url: URL_, ...expected });
  });

  it("429 with a date says how long that is", async () => {
    const error = await failure(page(429, { "retry-after": new Date(Date.now() + 90_000).toUTCString() }));
    expect(error.retryAfterMs).toBeGreaterThan(85_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  it.each(["-5", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT"])(
    "429 with Retry-After %j waits no negative or endless time",
    async (after) => {
      let calls = 0;
      mcp("2026-07-28", (seen) =>
        calls++ === 0
          ? new HttpResponse(null, { status: 429, headers: { "retry-after": after } })
          : reply(seen, text("x")),
      );
      const client = own(await connect(URL_, { reconnect: { delay: 1 } }));
      expect((await client.callTool("a")).text).toBe("x");
    },
  );

  it("an error of JSON-RPC in a 200 is the server's own", async () => {
    expect(await failure(rpc(200, -32000, { why: 1 }))).toMatchObject({
      code: "rpc_error",
      rpcCode: -32000,
      data: { why: 1 },
      message: expect.stringContaining("said so"),
    });
  });
});

describe("a session that is gone", () => {
  // requires: http/session-renewed
  it.each<[string, () => Response]>([
    ["404", page(404)],
    [
      "404 with an error of JSON-RPC",
      () =>
        json(
          { jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } },
          { status: 404 },
        ),
    ],
    [
      "400 about the session",
      () =>
        json(
          { jsonrpc: "2.0", id: null, error: { code: -32000, message: "No valid session ID" } },
          { status: 400 },
        ),
    ],
  ])("with %s is opened anew, once, and the call goes again", async (_, gone) => {
    let first = true;
    const seen = mcp("2025-11-25", (asked) => {
      if (asked.method !== "POST") return undefined;
      if (!first) return reply(asked, text("back"));
      first = false;
      return gone();
    });
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25" }));
    expect((await client.callTool("a")).text).toBe("back");
    const initialize = seen.filter(({ message }) => message.method === "initialize");
    expect(initialize).toHaveLength(2);
    for (const { headers } of initialize) expect(headers).not.toHaveProperty("mcp-session-id");
  });

  it.each([
    ["before", "to be resumed in it"],
    ["after", "asked for in it"],
  ])("%s it is known takes with it the streams %s: in the next their ids may be of others", async (when) => {
    let sessions = 0;
    let renewed = () => {};
    const next = new Promise<void>((resolve) => {
      renewed = resolve;
    });
    const seen = serve(async (asked) => {
      const { method } = asked.message;
      if (asked.method === "GET") return sse(event({ jsonrpc: "2.0", id: 2, result: text("of another") }));
      if (method === "initialize") {
        const headers = { "mcp-session-id": `session-${++sessions}` };
        return reply(asked, { protocolVersion: "2025-11-25", capabilities, serverInfo }, { headers });
      }
      if (method !== "tools/call") return new HttpResponse(null, { status: 202 });
      if (asked.message.params?.name === "streams") {
        if (when === "after") await next;
        return sse(`retry: ${when === "after" ? 1 : 300}\nid: event-5\ndata:\n\n`);
      }
      return sessions > 1 ? reply(asked, text("back")) : page(404)();
    });
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25" }));
    const call = client.callTool("streams");
    expect((await client.callTool("asks")).text).toBe("back");
    expect(sessions).toBe(2);
    renewed();
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(seen.filter(({ method }) => method === "GET")).toEqual([]);
  });

  it("for good is session_expired", async () => {
    expect(await failure(page(404), "2025-11-25")).toMatchObject({
      code: "session_expired",
      retryable: true,
    });
  });

  it("is not meant by a 404 about the method", async () => {
    expect(await failure(rpc(404, -32601), "2025-11-25")).toMatchObject({
      code: "http_error",
      rpcCode: -32601,
    });
  });
});

describe("a redirect", () => {
  const redirect = (status: number, location: string) =>
    new HttpResponse(null, { status, headers: { location } });

  it.each([307, 308])("of %i within the origin is followed with method, body and headers", async (status) => {
    const seen = mcp("2026-07-28", (asked) =>
      asked.url === URL_ ? redirect(status, "/elsewhere?x=1") : reply(asked, text("there")),
    );
    const client = own(await connect(URL_, { headers: { "x-api-key": "k" } }));
    expect((await client.callTool("a")).text).toBe("there");
    const [before, after] = seen.slice(-2);
    expect(after?.url).toBe(`${ORIGIN}/elsewhere?x=1`);
    expect({ method: after?.method, body: after?.body, headers: after?.headers }).toEqual({
      method: before?.method,
      body: before?.body,
      headers: before?.headers,
    });
  });

  it.each<[string, number, string]>([
    ["to another origin", 307, "https://evil.example/mcp"],
    ["to another port", 308, "https://mcp.example.com:8443/mcp"],
    ["from https to http", 307, "http://mcp.example.com/mcp"],
    ["that would turn a POST into a GET", 302, "/elsewhere"],
    ["of 301", 301, "/elsewhere"],
    ["of 303", 303, "/elsewhere"],
    ["to what is no URL", 307, "https://"],
    ["to a script", 307, "javascript:alert(1)"],
  ])("%s is refused, and nothing goes there", async (_, status, location) => {
    const seen = mcp("2026-07-28", () => redirect(status, location));
    const client = own(await connect(URL_, { auth: "t0ken" }));
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "redirect_refused", status });
    for (const { url } of seen) expect(url).toBe(URL_);
  });

  it("without an end is refused", async () => {
    const seen = mcp("2026-07-28", () => redirect(307, URL_));
    const client = own(await connect(URL_));
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "redirect_refused" });
    expect(seen.length).toBeLessThan(10);
  });
});

describe("a fetch that fails", () => {
  /** @param there whether the server answers what needs nobody's consent. */
  const failing = (error: unknown, there = false) =>
    ({
      fetch: async (_: string, { mode }: RequestInit) => {
        if (there && mode === "no-cors") return Response.error();
        throw error;
      },
      transport: "streamable-http",
    }) as const;

  it("in a page of another origin is cors_blocked, and says what the server must send", async () => {
    vi.stubGlobal("location", { origin: "https://app.example" });
    const cause = new TypeError("Failed to fetch");
    const error = await connect(URL_, failing(cause, true)).catch((reason: Error) => reason);
    const codes = isMcpError(error, "negotiation_failed")
      ? (error.data as { code: string }[]).map(({ code }) => code)
      : [(error as unknown as { code: string }).code];
    expect(new Set(codes)).toEqual(new Set(["cors_blocked"]));
    expect(String(error)).toContain('"Access-Control-Allow-Origin: https://app.example"');
  });

  it.each([
    ["in a page of the same origin", ORIGIN, /fetch\)\.$/],
    // A policy of the page, or that it is of https and the server is not, looks the same.
    [
      "in a page of another origin, when nothing answers at all,",
      "https://app.example",
      /connect-src, https/,
    ],
    ["where there is no page", undefined, /fetch\)\.$/],
  ])("%s is connect_failed", async (_, origin, said) => {
    vi.stubGlobal("location", origin && { origin });
    const cause = new TypeError("Failed to fetch");
    await expect(connect(URL_, failing(cause))).rejects.toMatchObject({
      code: "connect_failed",
      message: expect.stringMatching(said),
      cause,
      url: URL_,
    });
  });

  it("with a reason that the platform names is connect_failed even in a page", async () => {
    vi.stubGlobal("location", { origin: "https://app.example" });
    const error = new TypeError("fetch failed", {
      cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
    });
    await expect(connect(URL_, failing(error))).rejects.toMatchObject({
      code: "connect_failed",
      retryable: true,
    });
  });

  it("is retryable only when the server cannot have seen the request", async () => {
    const reset = new TypeError("fetch failed", {
      cause: Object.assign(new Error("x"), { code: "ECONNRESET" }),
    });
    await expect(connect(URL_, failing(reset))).rejects.toMatchObject({
      code: "connect_failed",
      retryable: false,
    });
  });

  it("shows no credentials, query or fragment of the URL", async () => {
    const url = "https://user:s3cret@mcp.example.com/mcp?key=s3cret#s3cret";
    const error = await connect(url, failing(new TypeError("x"))).catch((reason: Error) => reason);
    expect(JSON.stringify([String(error), error])).not.toContain("s3cret");
    expect(error).toMatchObject({ url: URL_ });
  });
});

it("every way of connecting that failed is told", async () => {
  serve(() => new HttpResponse(null, { status: 404 }));
  const error = await connect(`${ORIGIN}/`).catch((reason: Error) => reason);
  expect(error).toMatchObject({ code: "negotiation_failed", status: 404 });
  const tried = (error as unknown as { data: { url: string; method: string; transport: string }[] }).data;
  expect(new Set(tried.map(({ url }) => new URL(url).pathname))).toEqual(new Set(["/", "/mcp", "/sse"]));
  expect(new Set(tried.map(({ transport }) => transport))).toEqual(new Set(["streamable-http", "http-sse"]));
});

describe.each(versions)("on %s, a call whose stream ends without an answer", (version) => {
  const progress = { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };

  /** Lists a tool with these annotations, and breaks off its first call. */
  async function meet(annotations: JsonObject, before = "") {
    const tool: JsonObject = { name: "read", inputSchema: { type: "object" }, annotations };
    const calls: unknown[] = [];
    mcp(version, (seen) => {
      if (seen.message.method === "tools/list") return reply(seen, { tools: [tool] as never });
      if (seen.message.method !== "tools/call") return undefined;
      return calls.push(seen.message.id) > 1 ? reply(seen, text("done")) : sse(before);
    });
    const client = own(await connect(URL_, { protocolVersion: version, reconnect: { delay: 50 } }));
    await client.listTools();
    return { client, calls };
  }

  it.each([{ readOnlyHint: true }, { idempotentHint: true }])(
    "goes once more when its tool is listed as %j",
    async (annotations) => {
      const { client, calls } = await meet(annotations);
      expect((await client.callTool("read")).text).toBe("done");
      expect(calls).toHaveLength(2);
      expect(new Set(calls).size).toBe(2);
    },
  );

  it("does not when its tool is listed as anything else", async () => {
    const { client, calls } = await meet({ destructiveHint: false });
    await expect(client.callTool("read").result).rejects.toMatchObject({ code: "connection_lost" });
    expect(calls).toHaveLength(1);
  });

  it("does not when a part of it was handed on", async () => {
    const { client, calls } = await meet({ readOnlyHint: true }, event(progress));
    const types: string[] = [];
    const reading = (async () => {
      for await (const { type } of client.callTool("read")) types.push(type);
    })();
    await expect(reading).rejects.toMatchObject({ code: "connection_lost" });
    expect(types).toEqual(["progress"]);
    expect(calls).toHaveLength(1);
  });
});

it.each(versions)(
  "arguments that JSON cannot say are refused by name on %s, and not sent",
  async (version) => {
    const seen = mcp(version, (each) => (each.method === "POST" ? reply(each, text("x")) : undefined));
    const client = own(await connect(URL_, { protocolVersion: version }));
    const before = seen.length;
    const round: JsonObject = {};
    round.round = round;
    for (const bad of [{ n: 1n }, round]) {
      const error = await client.callTool("echo", bad).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: "invalid_message",
        message: expect.stringContaining("JSON"),
        cause: expect.any(TypeError),
      });
      await expect(client.notify("vendor/x", bad)).rejects.toMatchObject({ code: "invalid_message" });
    }
    expect(seen.length).toBe(before);
  },
);

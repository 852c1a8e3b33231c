import { auto, connect, createClient, isMcpError, type McpError } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { revisions, startGated } from "../servers/gated.ts";
import { listen } from "../servers/http.ts";
import { startSdkV1Sse } from "../servers/sdk-v1.ts";
import { count, own, sessionRevisions } from "./support.ts";

/** What `connect` fails with. */
async function failureOf(connecting: Promise<unknown>): Promise<McpError> {
  const error = await connecting.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isMcpError(error)) throw new Error(`Not an McpError: ${String(error)}`);
  return error;
}

describe("a second connect to the same URL", () => {
  // requires: versioning/era-remembered
  it.each(sessionRevisions)("does not probe a server of %s again", async (revision) => {
    const server = own(await startGated(revision));
    await (await connect(server.url)).close();
    expect(count(server.requests, "server/discover")).toBe(1);
    const before = server.requests.length;

    await using client = await connect(server.url);
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    const posts = server.requests.slice(before).filter(({ http }) => http === "POST");
    expect(posts.map(({ method }) => method)).toEqual([
      "initialize",
      "notifications/initialized",
      "tools/call",
    ]);
    expect(posts[0]?.body).toMatchObject({ params: { protocolVersion: revision } });
  });

  it.each(["url", "origin"] as const)(
    "of HTTP+SSE (given its %s) goes straight to the stream",
    async (key) => {
      const server = own(await startGated("2024-11-05"));
      await (await connect(server[key])).close();
      const before = server.requests.length;
      await using client = await connect(server[key]);
      expect(client.server?.protocolVersion).toBe("2024-11-05");
      const [first, ...rest] = server.requests.slice(before);
      expect(first).toMatchObject({ http: "GET", path: "/sse" });
      expect(rest.map(({ method }) => method)).toEqual(["initialize", "notifications/initialized"]);
    },
  );

  it("costs one request on a modern server, at the path where it was found", async () => {
    const server = own(await startGated("2026-07-28"));
    await (await connect(server.origin)).close();
    const before = server.requests.length;
    await using client = await connect(server.origin);
    expect(client.server?.verdict.url).toBe(server.url);
    expect(server.requests.slice(before).map(({ method, path }) => [method, path])).toEqual([
      ["server/discover", "/mcp"],
    ]);
  });

  it("finds out anew when the server has become another", async () => {
    let revision: "2025-06-18" | "2026-07-28" = "2025-06-18";
    const old = own(await startGated("2025-06-18"));
    const now = own(await startGated("2026-07-28"));
    // One address, behind which the server is exchanged.
    const exchanging = (url: string, init: RequestInit) =>
      fetch(url.replace("http://exchanged.test", revision === "2025-06-18" ? old.origin : now.origin), init);
    const url = "http://exchanged.test/mcp";
    {
      await using client = await connect(url, { fetch: exchanging });
      expect(client.server?.protocolVersion).toBe("2025-06-18");
    }
    revision = "2026-07-28";
    await using client = await connect(url, { fetch: exchanging });
    expect(client.server?.protocolVersion).toBe("2026-07-28");
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
  });
});

describe("a verdict that is handed in", () => {
  it.each(revisions)("spares the first connect to a server of %s the probing", async (revision) => {
    const server = own(await startGated(revision));
    const transport = revision === "2024-11-05" ? "http-sse" : "streamable-http";
    const verdict = JSON.parse(JSON.stringify({ url: server.url, transport, protocolVersion: revision }));
    await using client = await connect(server.url, { verdict });
    expect(client.server?.verdict).toEqual(verdict);
    const [first] = server.requests;
    if (revision === "2024-11-05") expect(first?.http).toBe("GET");
    else expect(first?.method).toBe(revision === "2026-07-28" ? "server/discover" : "initialize");
  });

  it("that is wrong costs a detour, not the connection", async () => {
    const server = own(await startGated("2024-11-05"));
    const verdict = { url: server.url, transport: "streamable-http", protocolVersion: "2026-07-28" };
    await using client = await connect(server.url, { verdict });
    expect(client.server).toMatchObject({ protocolVersion: "2024-11-05", transport: "http-sse" });
  });
});

describe("connect, when no way of connecting works,", () => {
  it("tells every attempt, what it met, and nothing of the page", async () => {
    const page = "<html><body>Nothing to see here</body></html>";
    const server = await listen(
      (_req, res) => void res.writeHead(404, { "content-type": "text/html" }).end(page),
    );
    own(server);
    const whole = await failureOf(connect(server.origin));

    expect(whole).toMatchObject({ code: "negotiation_failed", status: 404 });
    const attempts = whole.data as {
      url: string;
      transport: string;
      method: string;
      code: string;
      status: number;
    }[];
    expect(attempts.map(({ url, transport, method }) => [url, transport, method])).toEqual([
      [`${server.origin}/`, "streamable-http", "server/discover"],
      [`${server.origin}/`, "streamable-http", "initialize"],
      [`${server.origin}/`, "http-sse", expect.any(String)],
      [`${server.origin}/mcp`, "streamable-http", "server/discover"],
      [`${server.origin}/mcp`, "streamable-http", "initialize"],
      [`${server.origin}/mcp`, "http-sse", expect.any(String)],
      [`${server.origin}/sse`, "http-sse", expect.any(String)],
    ]);
    for (const attempt of attempts) expect(attempt).toMatchObject({ code: "http_error", status: 404 });
    expect(whole.message).toContain("404");
    expect(whole.message + JSON.stringify(whole.data)).not.toMatch(/Nothing to see|<html>/);
  });

  it("keeps the query of the URL to itself", async () => {
    const server = await listen((_req, res) => void res.writeHead(404).end());
    own(server);
    const error = await failureOf(connect(`${server.origin}/mcp?token=secret`));
    expect(error.code).toBe("negotiation_failed");
    expect(JSON.stringify([error.message, error.data, error.url])).not.toContain("secret");
  });

  // requires: lifecycle/error-version-mismatch
  it("tells that a server answered, but in another revision than the pinned one", async () => {
    const server = own(await startGated("2025-06-18"));
    const error = await failureOf(connect(server.url, { protocolVersion: "2025-11-25" }));
    expect(JSON.stringify([error.message, error.data])).toContain("2025-06-18");
  });

  it("asks a server that nobody runs only once", async () => {
    const gone = await listen(() => {});
    await gone.close();
    expect(await failureOf(connect(gone.origin))).toMatchObject({ code: "connect_failed", retryable: true });
  });

  it("asks for credentials where they are missing, instead of looking elsewhere", async () => {
    const server = await listen(
      (_req, res) => void res.writeHead(401, { "www-authenticate": 'Bearer realm="rivers"' }).end(),
    );
    own(server);
    expect(await failureOf(connect(server.origin))).toMatchObject({
      code: "unauthorized",
      status: 401,
      data: { challenge: 'Bearer realm="rivers"' },
    });
    expect(server.requests).toHaveLength(1);
  });

  it("can be tried again on the same client", async () => {
    let open = false;
    const server = own(await startGated("2025-11-25"));
    const client = own(
      createClient({
        transport: auto(server.origin, {
          fetch: async (url, init) => (open ? fetch(url, init) : new Response("closed", { status: 404 })),
        }),
      }),
    );
    expect(await failureOf(client.connect())).toMatchObject({ code: "negotiation_failed" });
    expect(client.status).toBe("idle");
    open = true;
    await client.connect();
    expect(client.status).toBe("ready");
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
  });
});

it("connect reaches an SSE server by its origin with one stream left open", async () => {
  const server = own(await startSdkV1Sse());
  await using client = await connect(server.origin);
  expect(client.server?.transport).toBe("http-sse");
  const streams = server.requests.filter(({ http, path }) => http === "GET" && path === "/sse");
  expect(streams).toHaveLength(1);
});

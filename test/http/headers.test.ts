import { type ConnectOptions, connect } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import {
  arrival,
  legacyVersions,
  mcp,
  own,
  refuse,
  reply,
  type Seen,
  serve,
  text,
  URL_,
  versions,
} from "./support.ts";

const BOTH = "application/json, text/event-stream";
const clientInfo = { name: "test", version: "1" };

async function call(version: (typeof versions)[number], options: ConnectOptions = {}): Promise<Seen[]> {
  const seen = mcp(version, (asked) => (asked.method === "POST" ? reply(asked, text("x")) : undefined));
  const client = own(await connect(URL_, { clientInfo, protocolVersion: version, ...options }));
  await client.callTool("echo", { a: 1 });
  await client.close();
  return seen;
}

const posts = (seen: readonly Seen[]) => seen.filter(({ method }) => method === "POST");

describe.each(legacyVersions)("on %s a session", (version) => {
  const mark: { [name: string]: string } = version >= "2025-06-18" ? { "mcp-protocol-version": version } : {};

  // requires: http/post, http/post-for-each-message, http/accept, http/body-one-or-batch, http/body-single
  // requires: http/session-id-on-every-request, http/version-header, base/notification-without-id
  // requires: lifecycle/initialize-request, lifecycle/initialize-not-batched, lifecycle/respects-version
  // requires: lifecycle/must-respect-version
  it("is opened by initialize and initialized, and used by a call", async () => {
    const [initialize, initialized, called, ...more] = posts(await call(version));
    expect(more).toEqual([]);
    expect(initialize?.headers).toEqual({ accept: BOTH, "content-type": "application/json" });
    expect(initialize?.message).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: version,
        clientInfo,
        capabilities: {},
        _meta: expect.anything(),
      },
    });
    const headers = {
      accept: BOTH,
      "content-type": "application/json",
      "mcp-session-id": "session-1",
      ...mark,
    };
    expect(initialized?.headers).toEqual(headers);
    expect(initialized?.body).toBe('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    expect(called?.headers).toEqual(headers);
    expect(called?.message).toEqual({
      jsonrpc: "2.0",
      id: expect.any(Number),
      method: "tools/call",
      params: { name: "echo", arguments: { a: 1 }, _meta: { progressToken: expect.any(String) } },
    });
  });

  // requires: http/get-accept, http/session-deleted
  it("listens with a GET, and ends with a DELETE", async () => {
    const ending = arrival("DELETE");
    const seen = await call(version, { onRoots: () => [] });
    const session = { "mcp-session-id": "session-1", ...mark };
    expect(seen.find(({ method }) => method === "GET")?.headers).toEqual({
      accept: "text/event-stream",
      ...session,
    });
    expect(await ending).toMatchObject({ url: URL_, headers: session, body: "" });
  });
});

it("on 2025-11-25 without a session id there is nothing to send, and nothing to DELETE", async () => {
  const seen = mcp("2025-11-25", (asked) => reply(asked, text("x")), "");
  const client = own(await connect(URL_, { protocolVersion: "2025-11-25" }));
  await client.callTool("echo");
  await client.close();
  for (const { headers } of seen) expect(headers).not.toHaveProperty("mcp-session-id");
  expect(seen.map(({ method }) => method)).not.toContain("DELETE");
});

// requires: http/session-id-visible-ascii
it("a session id that is not visible ASCII is not taken", async () => {
  const seen = mcp("2025-11-25", (asked) => reply(asked, text("x")), "two words");
  const client = own(await connect(URL_, { protocolVersion: "2025-11-25" }));
  await client.callTool("echo");
  for (const { headers } of seen) expect(headers).not.toHaveProperty("mcp-session-id");
});

// requires: http/post, http/post-for-each-message, http/accept, http/body-request-or-notification
// requires: http/metadata-headers, http/version-header-on-every-post, http/version-header-is-meta
// requires: http/standard-headers, headers/on-tools-call, discover/sent-first
it("on 2026-07-28 every request says what it is, in header and body alike, and nothing is a session", async () => {
  const seen = await call("2026-07-28");
  const meta = {
    progressToken: expect.any(String),
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": clientInfo,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = { accept: BOTH, "content-type": "application/json", "mcp-protocol-version": "2026-07-28" };
  expect(seen.map(({ method, headers }) => ({ method, headers }))).toEqual([
    { method: "POST", headers: { ...headers, "mcp-method": "server/discover" } },
    { method: "POST", headers: { ...headers, "mcp-method": "tools/call", "mcp-name": "echo" } },
  ]);
  expect(seen[0]?.message).toMatchObject({ method: "server/discover", params: { _meta: meta } });
  expect(seen[1]?.message).toEqual({
    jsonrpc: "2.0",
    id: expect.any(Number),
    method: "tools/call",
    params: { name: "echo", arguments: { a: 1 }, _meta: meta },
  });
});

it("a session id that a modern server sends all the same is not sent back", async () => {
  const seen = mcp("2026-07-28", (asked) =>
    reply(asked, text("x"), { headers: { "mcp-session-id": "odd" } }),
  );
  const client = own(await connect(URL_));
  await client.callTool("a");
  await client.callTool("b");
  for (const { headers } of seen) expect(headers).not.toHaveProperty("mcp-session-id");
});

describe.each(versions)("on %s the caller's headers", (version) => {
  it.each<[string, HeadersInit]>([
    ["an object", { "X-Api-Key": "k" }],
    ["pairs", [["x-api-key", "k"]]],
    ["Headers", new Headers({ "X-API-KEY": "k" })],
  ])("go with every request when they are %s", async (_, headers) => {
    for (const { headers: sent } of await call(version, { headers })) expect(sent["x-api-key"]).toBe("k");
  });

  it("are asked for anew for each request when they are a function", async () => {
    let n = 0;
    const seen = await call(version, { headers: async () => ({ "x-n": `${++n}` }) });
    expect(seen.map(({ headers }) => Number(headers["x-n"])).sort((a, b) => a - b)).toEqual(
      seen.map((_, index) => index + 1),
    );
  });

  it("never take the place of the protocol's own, not even where it sends none", async () => {
    const evil = {
      Accept: "evil",
      "Content-Type": "text/plain",
      "MCP-Protocol-Version": "evil",
      "Mcp-Session-Id": "evil",
      "Mcp-Method": "evil",
      "Mcp-Name": "evil",
      "Mcp-Param-Region": "evil",
      "Last-Event-ID": "evil",
    };
    const plain = (await call(version)).map(({ method, headers }) => ({ method, headers }));
    const seen = (await call(version, { headers: evil })).map(({ method, headers }) => ({ method, headers }));
    expect(JSON.stringify(seen)).not.toContain("evil");
    expect(seen).toEqual(plain);
  });

  it("that cannot be had fail the request", async () => {
    const reason = new Error("no key");
    mcp(version);
    await expect(connect(URL_, { headers: () => Promise.reject(reason) })).rejects.toThrow("no key");
  });
});

// requires: headers/case-insensitive
it.each(["Mcp-Session-Id", "MCP-SESSION-ID", "mcp-session-id"])(
  "a session id is taken from the header %s",
  async (name) => {
    const seen = serve((asked) => {
      if (asked.message.method === "server/discover") return refuse(asked, 400, -32000);
      if (asked.method !== "POST") return new Response(null, { status: 405 });
      if (asked.message.method !== "initialize") return reply(asked, text("x"));
      const result = { protocolVersion: "2025-11-25", capabilities: {} };
      return reply(asked, result, { headers: { [name]: "s-1" } });
    });
    const client = own(await connect(URL_));
    await client.callTool("a");
    expect(posts(seen).at(-1)?.headers["mcp-session-id"]).toBe("s-1");
  },
);

// requires: transport/utf-8
it.each(versions)("on %s what is sent is UTF-8, whatever the text", async (version) => {
  const bodies: ArrayBuffer[] = [];
  mcp(version, (asked) => reply(asked, text("x")));
  const client = own(
    await connect(URL_, {
      protocolVersion: version,
      fetch: async (url, init) => {
        const request = new Request(url as string, init as RequestInit);
        if (request.method === "POST") bodies.push(await request.clone().arrayBuffer());
        return fetch(request);
      },
    }),
  );
  const said = { text: "é 日本 🎈", lone: "\ud800" };
  await client.callTool("a", said);
  const strict = new TextDecoder("utf-8", { fatal: true });
  const read = bodies.map((body) => JSON.parse(strict.decode(body)));
  expect(read.at(-1)?.params.arguments).toEqual(said);
});

it("nothing is sent that a page would not want sent", async () => {
  const seen = await call("2025-11-25");
  for (const { request } of seen) {
    expect(request).toMatchObject({
      credentials: "omit",
      cache: "no-store",
      redirect: "manual",
      referrerPolicy: "no-referrer",
    });
  }
});

it("credentials go along when that is asked for", async () => {
  for (const { request } of await call("2026-07-28", { credentials: "include" })) {
    expect(request.credentials).toBe("include");
  }
});

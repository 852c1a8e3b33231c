import { type Client, connect } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { startServer } from "../../demo/server.mjs";
import { startEverything } from "../servers/everything.ts";
import { revisions, startGated } from "../servers/gated.ts";
import { startSdkV1, startSdkV1Sse } from "../servers/sdk-v1.ts";
import { startSdkV2 } from "../servers/sdk-v2.ts";
import { all, own } from "./support.ts";

/** Lists, calls, streams: what any server must be good for. */
async function use(client: Client, tool: string, args: object, parts: number): Promise<void> {
  const tools = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["echo", tool]));

  const whole = await client.callTool("echo", { message: "Hello" });
  expect(whole).toMatchObject({ isError: false, text: expect.stringContaining("Hello") });

  const events = await all(client.callTool(tool, { ...args }));
  const progress = events.filter(({ type }) => type === "progress");
  expect(progress.map((event) => "progress" in event && event.progress)).toEqual(
    Array.from({ length: parts }, (_, index) => index + 1),
  );
  expect(events.at(-1)).toMatchObject({ type: "result", result: { isError: false } });
}

const COUNT = { count: 3, delayMs: 0 };

describe("connect, given a URL and nothing else, reaches", () => {
  it.each([
    ["/mcp", "2026-07-28", "streamable-http"],
    ["/sse", "2024-11-05", "http-sse"],
    ["", "2026-07-28", "streamable-http"],
  ])('the embedded server at its origin with path "%s", in %s', async (path, protocolVersion, transport) => {
    const { url } = own(await startServer({ chat: {} }));
    await using client = await connect(url + path);
    expect(client.server).toMatchObject({ protocolVersion, transport, info: { name: "rivulet-demo" } });
    await use(client, "generate_numbers", COUNT, 3);
    let text = "";
    for await (const delta of client.callTool("chat", { prompt: "Hi" }).text()) text += delta;
    expect(text).not.toBe("");
  });

  // requires: base/supports-lifecycle, base/supports-versioning-and-patterns
  it.each(revisions)("a server that speaks %s and nothing else", async (revision) => {
    const { url } = own(await startGated(revision));
    await using client = await connect(url);
    expect(client.server).toMatchObject({
      protocolVersion: revision,
      transport: revision === "2024-11-05" ? "http-sse" : "streamable-http",
      info: { name: `gated-${revision}` },
      capabilities: { tools: { listChanged: true } },
    });
    expect(client.status).toBe("ready");
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
  });

  it.each(revisions)("that server by its origin: %s", async (revision) => {
    const { origin } = own(await startGated(revision));
    await using client = await connect(origin);
    expect(client.server?.protocolVersion).toBe(revision);
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
  });

  it.each([
    ["streamableHttp", "streamable-http"],
    ["sse", "http-sse"],
  ] as const)("server-everything in %s mode", async (mode, transport) => {
    const { url } = own(await startEverything(mode));
    await using client = await connect(url);
    expect(client.server).toMatchObject({ protocolVersion: "2025-11-25", transport });
    await use(client, "trigger-long-running-operation", { duration: 0.1, steps: 2 }, 2);
  });

  it.each([
    ["with sessions", { sessions: true }, 3],
    ["without sessions", { sessions: false }, 3],
    ["with sessions and resumable streams", { sessions: true, eventStore: true }, 3],
    // Its answer has no room for anything but the result.
    ["that answers in JSON", { sessions: true, json: true }, 0],
    ["that answers in JSON, without sessions", { sessions: false, json: true }, 0],
  ])("an sdk 1.x server %s", async (_title, options, parts) => {
    const { url } = own(await startSdkV1(options));
    await using client = await connect(url);
    expect(client.server).toMatchObject({ protocolVersion: "2025-11-25", transport: "streamable-http" });
    await use(client, "generate_numbers", COUNT, parts);
  });

  it.each([
    ["", ["GET"]],
    // As that of Mastra: a POST gets the stream too, and an answer never.
    [", whose route does not look at the method", ["GET", "POST"]],
  ])("an sdk 1.x server over HTTP+SSE%s", async (_title, methods) => {
    const { url } = own(await startSdkV1Sse(methods));
    await using client = await connect(url);
    // The transport is that of 2024-11-05; what is spoken over it is agreed on in the handshake.
    expect(client.server).toMatchObject({ protocolVersion: "2025-11-25", transport: "http-sse" });
    await use(client, "generate_numbers", COUNT, 3);
  });

  it.each([
    ["that also serves older clients", {}],
    ["that serves nothing older", { legacy: "reject" }],
    ["that always streams", { responseMode: "sse" }],
  ] as const)("a server 2.x %s", async (_title, options) => {
    const { url } = own(await startSdkV2(options));
    await using client = await connect(url);
    expect(client.server).toMatchObject({ protocolVersion: "2026-07-28", transport: "streamable-http" });
    await use(client, "generate_numbers", COUNT, 3);
  });
});

describe("protocolVersion", () => {
  it.each([
    ["/mcp", "2025-03-26"],
    ["/mcp", "2025-06-18"],
    ["/mcp", "2025-11-25"],
    ["/mcp", "2026-07-28"],
    ["/sse", "2024-11-05"],
    ["", "2024-11-05"],
  ])('pins the revision the embedded server speaks at "%s": %s', async (path, protocolVersion) => {
    const { url } = own(await startServer({ chat: {} }));
    await using client = await connect(url + path, { protocolVersion });
    expect(client.server?.protocolVersion).toBe(protocolVersion);
    await use(client, "generate_numbers", COUNT, 3);
  });

  it("pins what a server 2.x speaks to older clients", async () => {
    const { url } = own(await startSdkV2());
    await using client = await connect(url, { protocolVersion: "2025-06-18" });
    expect(client.server?.protocolVersion).toBe("2025-06-18");
    await use(client, "generate_numbers", COUNT, 3);
  });
});

import { createClient, type Message, memory, schemas } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { createDemoServer } from "../../demo/tools.mjs";
import { all, own, strings } from "./support.ts";

/** An official server at the other end of `memory()`. */
async function meetInMemory() {
  const [transport, end] = memory();
  const server = createDemoServer({ chat: {} });
  await server.connect(end);
  return { server, client: own(createClient({ transport })) };
}

describe("an official server at the other end of memory()", () => {
  // requires: transport/custom-preserves, transport/custom-preserves-metadata, transport/delivers
  it("lists, answers and streams", async () => {
    const { client } = await meetInMemory();
    expect(client.status).toBe("idle");
    await client.connect();
    expect(client.server).toMatchObject({ transport: "memory", info: { name: "rivulet-demo" } });
    expect((await client.listTools()).map(({ name }) => name)).toContain("echo");
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    const events = await all(client.callTool("generate_numbers", { count: 3, delayMs: 0 }));
    expect(events.filter(({ type }) => type === "progress")).toHaveLength(3);
    const hits = await strings(client.callTool("search", { query: "the" }).text());
    expect(hits.length).toBeGreaterThan(1);
  });

  it("has a prompt, a resource, completions and a pulse", async () => {
    const { client } = await meetInMemory();
    const prompt = await client.getPrompt("summarize", { text: "A river" });
    expect(prompt.messages[0]).toMatchObject({
      role: "user",
      content: { text: expect.stringContaining("A river") },
    });
    const { contents } = await client.readResource("books://catalog");
    expect(contents[0]).toMatchObject({ uri: "books://catalog", mimeType: "application/json" });
    const ref = { type: "ref/resource", uri: "books://by-id/{id}" } as const;
    const { completion } = await client.complete(ref, { name: "id", value: "a" });
    expect(completion.values.length).toBeGreaterThan(0);
    expect(completion.values.every((id) => id.startsWith("a"))).toBe(true);
    await client.ping();
  });

  it("stops a call whose loop is left", async () => {
    const { client } = await meetInMemory();
    const call = client.callTool("generate_numbers", { count: 10_000, delayMs: 1 });
    for await (const event of call) if (event.type === "progress" && event.progress === 2) break;
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect((await client.callTool("echo", { message: "still here" })).text).toBe("still here");
  });

  it("that goes away fails what is pending with connection_lost", async () => {
    const { server, client } = await meetInMemory();
    const call = client.callTool("slow", { ms: 3_600_000 });
    await client.ping();
    await server.close();
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
  });
});

describe("over memory()", () => {
  it("a client made by createClient lists and calls", async () => {
    const [transport, server] = memory();
    const heard: Message[] = [];
    server.onmessage = (message: Message) => {
      heard.push(message);
      if (!("id" in message && "method" in message)) return;
      const { id, method } = message;
      const results: Record<string, object> = {
        "tools/list": { tools: [{ name: "echo", inputSchema: { type: "object" } }] },
        "tools/call": { content: [{ type: "text", text: "Hello" }] },
        initialize: {
          protocolVersion: "2025-11-25",
          capabilities: {},
          serverInfo: { name: "m", version: "1" },
        },
      };
      const result = results[method];
      const reply = result ? { result } : { error: { code: -32601, message: "Method not found" } };
      void server.send({ jsonrpc: "2.0", id, ...reply });
    };
    await using client = createClient({ transport, validate: schemas });
    expect(client.status).toBe("idle");
    expect((await client.listTools()).map(({ name }) => name)).toEqual(["echo"]);
    expect((await client.callTool("echo")).text).toBe("Hello");
    expect(client.server).toMatchObject({ transport: "memory", protocolVersion: "2025-11-25" });
    expect(heard.map((message) => "method" in message && message.method)).toEqual([
      "server/discover",
      "initialize",
      "notifications/initialized",
      "tools/list",
      "tools/call",
    ]);
  });
});

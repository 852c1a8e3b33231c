import { type Client, type ConnectOptions, connect, expandTemplate, listen } from "mcp-rivulet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEverything } from "../servers/everything.ts";
import type { TestServer } from "../servers/http.ts";
import { all, own } from "./support.ts";

async function first<T>(events: AsyncIterable<T>): Promise<T> {
  for await (const event of events) return event;
  throw new Error("It ended.");
}

describe.each([
  ["2024-11-05", "sse"],
  ["2025-03-26", "streamableHttp"],
  ["2025-06-18", "streamableHttp"],
  ["2025-11-25", "streamableHttp"],
] as const)("server-everything of %s", (protocolVersion, mode) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startEverything(mode);
  });
  afterAll(() => server?.close());

  const meet = async (options: ConnectOptions = {}): Promise<Client> => {
    const client = own(await connect(server.url, { protocolVersion, ...options }));
    expect(client.server?.protocolVersion).toBe(protocolVersion);
    return client;
  };

  it("has a form filled in, with the defaults of its schema", async () => {
    const asked: unknown[] = [];
    const client = await meet({
      onElicit(request) {
        asked.push(request);
        return { action: "accept", content: { name: "Ada", check: true, integer: 7 } };
      },
    });
    const { text } = await client.callTool("trigger-elicitation-request");
    expect(asked).toMatchObject([{ requestedSchema: { type: "object", required: ["name"] } }]);
    const { action, content } = JSON.parse(text.slice(text.indexOf("Raw result: ") + 12));
    expect(action).toBe("accept");
    expect(content).toMatchObject({
      name: "Ada",
      check: true,
      integer: 7,
      number: 3.14,
      legacyTitledEnum: "pet-1",
    });
    expect(content.untitledMultipleSelectEnum).toEqual(["Guitar"]);
  });

  it.each(["decline", "cancel"] as const)("is told of a person who answers %s", async (action) => {
    const client = await meet({ onElicit: () => ({ action }) });
    const { text } = await client.callTool("trigger-elicitation-request");
    expect(text).toMatch(action === "decline" ? "User declined" : "User cancelled");
  });

  it("sends a person to a URL", async () => {
    const asked: unknown[] = [];
    const client = await meet({
      onElicit(request) {
        asked.push(request);
        return { action: "accept" };
      },
    });
    const url = "https://example.com/sign";
    const { text } = await client.callTool("trigger-url-elicitation", { url, elicitationId: "sign-1" });
    expect(asked).toMatchObject([{ mode: "url", url, elicitationId: "sign-1" }]);
    expect(text).toContain('"action": "accept"');
  });

  it("says which URL it wants visited before a call, and the call works afterwards", async () => {
    const client = await meet({ onElicit: () => ({ action: "accept" }) });
    const args = { url: "https://example.com/first", errorPath: true };
    await expect(client.callTool("trigger-url-elicitation", args)).rejects.toMatchObject({
      code: "rpc_error",
      rpcCode: -32042,
      data: { elicitations: [{ mode: "url", url: "https://modelcontextprotocol.io" }] },
    });
    expect((await client.callTool("trigger-url-elicitation", args)).isError).toBe(false);
  });

  it("samples the client's model", async () => {
    const asked: unknown[] = [];
    const client = await meet({
      onSample(request) {
        asked.push(request);
        return { role: "assistant", model: "tiny", content: { type: "text", text: "In short." } };
      },
    });
    const { text } = await client.callTool("trigger-sampling-request", {
      prompt: "At length.",
      maxTokens: 9,
    });
    expect(asked).toMatchObject([{ maxTokens: 9, systemPrompt: "You are a helpful test server." }]);
    expect(text).toContain('"text": "In short."');
  });

  it("sees the client's roots", async () => {
    const client = await meet({ onRoots: () => [{ uri: "file:///home/ada", name: "Home" }] });
    expect((await client.callTool("get-roots-list")).text).toContain("URI: file:///home/ada");
  });

  it("has none of these tools for a client that has no handlers", async () => {
    const names = (await (await meet()).listTools()).map(({ name }) => name);
    expect(names).toContain("echo");
    expect(names.filter((name) => /elicit|sampling|roots/.test(name))).toEqual([]);
  });

  it("reports its progress", async () => {
    const client = await meet();
    const events = await all(client.callTool("trigger-long-running-operation", { duration: 0.02, steps: 3 }));
    const steps = events.flatMap((event) =>
      event.type === "progress" ? [[event.progress, event.total]] : [],
    );
    expect(steps).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(events.at(-1)).toMatchObject({ type: "result", result: { isError: false } });
  });

  // It logs each subscription as "info".
  it("logs from the level that was set", async () => {
    const client = await meet();
    const logged = new Promise((resolve) => client.on("log", resolve));
    for (const level of ["error", "info"] as const) {
      await client.setLogLevel(level);
      await client.request("resources/subscribe", { uri: `demo://resource/dynamic/text/${level}` });
    }
    expect(await logged).toMatchObject({ level: "info", data: expect.stringMatching(/text\/info/) });
  });

  it("tells of a resource that changed", async () => {
    const client = await meet();
    const uri = "demo://resource/dynamic/text/1";
    const changes = listen(client, { resourceSubscriptions: [uri] });
    expect(await changes.ready).toEqual({ resourceSubscriptions: [uri] });
    await client.callTool("toggle-subscriber-updates");
    expect(await first(changes)).toEqual({ type: "resourceUpdated", uri });
    await client.callTool("toggle-subscriber-updates");
  });

  it("completes arguments, one by what was chosen for another", async () => {
    const client = await meet();
    const prompt = { type: "ref/prompt", name: "completable-prompt" } as const;
    const { completion } = await client.complete(prompt, { name: "department", value: "S" });
    expect(completion.values).toEqual(["Sales", "Support"]);
    const chosen = { context: { arguments: { department: "Sales" } } };
    const names = await client.complete(prompt, { name: "name", value: "" }, chosen);
    expect(names.completion.values).toEqual(["David", "Eve", "Frank"]);
  });

  it("has prompts, with and without arguments, and with a resource in them", async () => {
    const client = await meet();
    const prompts = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain("args-prompt");
    expect((await client.getPrompt("simple-prompt")).messages[0]).toMatchObject({ role: "user" });
    const { messages } = await client.getPrompt("args-prompt", { city: "Oslo" });
    expect(messages[0]?.content).toMatchObject({ text: expect.stringContaining("Oslo") });
    const about = { resourceType: "Text", resourceId: "3" };
    expect((await client.getPrompt("resource-prompt", about)).messages).toContainEqual(
      expect.objectContaining({ content: expect.objectContaining({ type: "resource" }) }),
    );
    await expect(client.getPrompt("args-prompt")).rejects.toMatchObject({
      code: "rpc_error",
      rpcCode: -32602,
    });
  });

  it("has resources, as text and in base64, some of them made from a template", async () => {
    const client = await meet();
    const [document] = await client.listResources();
    const { contents } = await client.readResource(document?.uri ?? "");
    expect(contents[0]?.text).toMatch(/\w/);
    const templates = await client.listResourceTemplates();
    const blob = templates.find(({ name }) => /Blob/.test(name));
    const uri = expandTemplate(blob?.uriTemplate ?? "", { resourceId: 4 });
    expect((await client.readResource(uri)).contents[0]).toMatchObject({ uri, blob: expect.any(String) });
  });

  it("returns images, links, resources and annotations", async () => {
    const client = await meet();
    const kinds = async (tool: string, args = {}) =>
      (await client.callTool(tool, args)).content.map(({ type }) => type);
    expect(await kinds("get-tiny-image")).toContain("image");
    expect(await kinds("get-resource-links", { count: 2 })).toEqual([
      "text",
      "resource_link",
      "resource_link",
    ]);
    expect(await kinds("get-resource-reference")).toContain("resource");
    const { content } = await client.callTool("get-annotated-message", { messageType: "error" });
    expect(content[0]).toMatchObject({ annotations: { priority: 1 } });
  });

  it("refuses bad arguments, and answers a ping", async () => {
    const client = await meet();
    expect((await client.callTool("get-sum", { a: "one" })).isError).toBe(true);
    expect((await client.callTool("get-sum", { a: 1, b: 2 })).text).toContain("3");
    await client.ping();
  });
});

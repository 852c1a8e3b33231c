import { connect, parseEventStream } from "mcp-rivulet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFastapiMcp, startFastMcp } from "../servers/python.ts";
import { all } from "./support.ts";

/** The origin of a server that runs; on a machine that cannot run it the test is skipped, saying why. */
function originOf(
  { server, reason }: { server?: { origin: string }; reason?: string },
  skip: (note: string) => never,
): string {
  return server?.origin ?? skip(reason ?? "");
}

describe("connect, given a URL and nothing else, reaches fastapi-mcp", () => {
  let started: Awaited<ReturnType<typeof startFastapiMcp>>;
  beforeAll(async () => {
    started = await startFastapiMcp();
  });
  afterAll(() => started.server?.close());

  it.for([
    ["its HTTP mount", "/mcp", "streamable-http"],
    ["its HTTP mount, behind a redirect that takes the slash away", "/mcp/", "streamable-http"],
    ["its SSE mount", "/sse", "http-sse"],
    ["its origin", "", "streamable-http"],
  ])("at %s", async ([, path, transport], { skip }) => {
    const origin = originOf(started, skip);
    await using client = await connect(origin + path);
    expect(client.server).toMatchObject({
      protocolVersion: "2025-11-25",
      transport,
      info: { name: "rivulet-fastapi" },
    });
    const tools = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(["add", "echo", "fail", "generate_numbers"]);
    expect((await client.callTool("echo", { message: "Hello" })).data).toEqual({ message: "Hello" });
    expect((await client.callTool("add", { a: 1, b: 2 })).text).toBe("3.0");
    expect((await client.callTool("fail")).isError).toBe(true);
    // It collects a stream before it answers: the parts are the whole, in one piece.
    const events = await all(client.callTool("generate_numbers", { count: 3 }));
    expect(events.map(({ type }) => type)).toEqual(["text", "result"]);
    const { text } = await client.callTool("generate_numbers", { count: 3 });
    expect(parseEventStream(text)).toMatchObject([{ data: "1" }, { data: "2" }, { data: "3" }]);
  });
});

describe("connect, given a URL and nothing else, reaches FastMCP", () => {
  let started: Awaited<ReturnType<typeof startFastMcp>>;
  beforeAll(async () => {
    started = await startFastMcp();
  });
  afterAll(() => started.server?.close());

  it.for(["/mcp", "/mcp/", ""])('at "%s"', async (path, { skip }) => {
    const origin = originOf(started, skip);
    await using client = await connect(origin + path);
    expect(client.server).toMatchObject({
      protocolVersion: "2026-07-28",
      transport: "streamable-http",
      info: { name: "rivulet-fastmcp" },
    });
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    await expect(client.callTool("fail", {}, { throwOnError: true })).rejects.toMatchObject({
      code: "tool_error",
    });

    const events = await all(client.callTool("generate_numbers", { count: 3 }));
    const steps = events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
    expect(steps).toEqual([1, 2, 3]);
    await client.setLogLevel("info");
    const logs = client.callTool("generate_numbers", { count: 2 }).text({ from: "log" });
    const [first, second] = [await logs.next(), await logs.next()];
    expect([first.value, second.value]).toEqual(["counted 1", "counted 2"]);
    await logs.return?.();
  });

  // FastMCP asks by requests before 2026-07-28, and since then by what the call returns first.
  it.for(["2026-07-28", "2025-11-25", "2025-06-18"])(
    "is answered what it asks on %s",
    async (era, { skip }) => {
      const asked: unknown[] = [];
      await using client = await connect(`${originOf(started, skip)}/mcp`, {
        protocolVersion: era,
        onElicit(request) {
          asked.push(request);
          return { action: "accept", content: { value: "Ada" } };
        },
        onSample(request) {
          asked.push(request);
          return { role: "assistant", model: "none", content: { type: "text", text: "In short." } };
        },
      });
      expect((await client.callTool("book_table", { guests: 3 })).text).toBe("A table for 3, for Ada");
      expect((await client.callTool("summarize", { text: "At length." })).text).toBe("In short.");
      expect(asked).toMatchObject([
        { message: "For whom is the table?", requestedSchema: { required: ["value"] } },
        { maxTokens: 100, messages: [{ role: "user", content: { text: "Summarize: At length." } }] },
      ]);
      const declined = client.callTool("book_table", {}, { onElicit: () => ({ action: "decline" }) });
      expect((await declined).text).toBe("No table");
    },
  );
});

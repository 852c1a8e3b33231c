import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { type ConnectOptions, cache, connect, resumeTask, type ToolEvent, tasks } from "mcp-rivulet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { startEverything } from "../servers/everything.ts";
import type { TestServer } from "../servers/http.ts";
import { type SdkV2Server, serveSdkV2 } from "../servers/sdk-v2.ts";
import { all, count, deferred, own } from "./support.ts";

const statuses = (events: readonly ToolEvent[]): string[] =>
  events.flatMap((event) => (event.type === "task" ? [event.task.status] : []));

describe("server-everything, which has a tool that must be a task (2025-11-25)", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startEverything("streamableHttp");
  });
  afterAll(() => server.close());

  const open = async (options: ConnectOptions = {}) =>
    own(await connect(server.url, { extensions: [tasks()], protocolVersion: "2025-11-25", ...options }));
  const research = { topic: "python", ambiguous: false };

  it("has it followed to its end, with its stages as events", async () => {
    const client = await open();
    const events = await all(client.callTool("simulate-research-query", research));
    expect(statuses(events)).toEqual(expect.arrayContaining(["working", "completed"]));
    const said = events.flatMap((event) => (event.type === "task" ? [event.task.statusMessage] : []));
    expect(said).toEqual(expect.arrayContaining([expect.stringMatching(/\.\.\.$/)]));
    expect(events.at(-1)).toMatchObject({
      type: "result",
      result: { text: expect.stringContaining("# Research Report: python") },
    });
  });

  it("has it ask the person, over tasks/result", async () => {
    const asked: string[] = [];
    const client = await open({
      onElicit: ({ message }) => {
        asked.push(message);
        return { action: "accept", content: { interpretation: "snake" } };
      },
    });
    const events = await all(client.callTool("simulate-research-query", { ...research, ambiguous: true }));
    expect(asked).toEqual([expect.stringContaining("multiple interpretations")]);
    expect(statuses(events)).toContain("input_required");
    expect(events.at(-1)).toMatchObject({ result: { text: expect.stringContaining("python (snake)") } });
  });

  it("has it cancelled with the call", async () => {
    const client = await open();
    const call = client.callTool("simulate-research-query", research);
    let taskId = "";
    for await (const event of call) {
      if (event.type !== "task") continue;
      taskId = event.task.taskId;
      break;
    }
    // The cancellation goes out by itself; this look is behind it, or is repeated until it is.
    let status: unknown = "working";
    while (status === "working") status = (await client.request("tasks/get", { taskId })).status;
    expect(status).toBe("cancelled");
    await expect(resumeTask(client, taskId)).rejects.toMatchObject({ code: "rpc_error" });
  });

  it("has other tools called as ever", async () => {
    const client = await open();
    expect((await client.callTool("echo", { message: "Hello" })).text).toContain("Hello");
  });
});

/** The official 2.x server, with the extension's three methods registered on it. */
async function startTasks(): Promise<
  SdkV2Server & { readonly answers: unknown[]; readonly cancelled: Promise<void> }
> {
  const cancelled = deferred();
  const states = new Map<string, { looks: number; answer?: string; cancelled?: boolean }>();
  const answers: unknown[] = [];
  const about = { params: z.looseObject({ taskId: z.string() }) };
  const handler = createMcpHandler(
    () => {
      const server = new McpServer(
        { name: "tasks", version: "1.0.0" },
        {
          capabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } },
          cacheHints: { "tools/list": { ttlMs: 60_000, cacheScope: "private" } },
        },
      );
      server.registerTool("hello", {}, async () => {
        const taskId = crypto.randomUUID();
        states.set(taskId, { looks: 0 });
        const now = new Date().toISOString();
        return {
          resultType: "task",
          ...{ taskId, status: "working", createdAt: now, lastUpdatedAt: now },
          ...{ ttlMs: 60_000, pollIntervalMs: 50 },
        } as never;
      });
      server.server.setRequestHandler("tasks/get", about, async ({ taskId }) => {
        const state = states.get(taskId);
        if (!state) throw Object.assign(new Error("Task not found"), { code: -32602 });
        const base = { taskId, pollIntervalMs: 50, ttlMs: 60_000 };
        if (state.cancelled) return { ...base, status: "cancelled" };
        if (state.looks++ === 0) return { ...base, status: "working", statusMessage: "thinking" };
        if (state.answer === undefined) {
          const params = {
            message: "Your name?",
            requestedSchema: { type: "object", properties: { name: { type: "string" } } },
          };
          return {
            ...base,
            status: "input_required",
            inputRequests: { name: { method: "elicitation/create", params } },
          };
        }
        const content = [{ type: "text", text: `Hello, ${state.answer}!` }];
        return { ...base, status: "completed", result: { content } };
      });
      server.server.setRequestHandler("tasks/update", about, async ({ taskId }, { mcpReq }) => {
        const { inputResponses } = mcpReq;
        answers.push(inputResponses);
        const { name } = inputResponses as { name: { content: { name: string } } };
        (states.get(taskId) as { answer?: string }).answer = name.content.name;
        return {};
      });
      server.server.setRequestHandler("tasks/cancel", about, async ({ taskId }) => {
        (states.get(taskId) as { cancelled?: boolean }).cancelled = true;
        cancelled.resolve();
        return {};
      });
      return server;
    },
    { legacy: "reject" },
  );
  return { ...(await serveSdkV2(handler)), answers, cancelled: cancelled.promise };
}

describe("the official server of 2026-07-28", () => {
  it("takes requests about tasks, whose headers it checks, from the call to its end", async () => {
    const server = own(await startTasks());
    const onElicit = () => ({ action: "accept", content: { name: "Luca" } }) as const;
    const client = own(await connect(server.url, { extensions: [tasks()], onElicit }));
    const events = await all(client.callTool("hello"));
    expect(statuses(events)).toEqual(["working", "working", "input_required", "completed"]);
    expect(events.at(-1)).toMatchObject({ result: { text: "Hello, Luca!" } });
    expect(server.answers).toEqual([{ name: { action: "accept", content: { name: "Luca" } } }]);
  });

  it("has a task cancelled with its call, and taken up by another client until then", async () => {
    const server = own(await startTasks());
    const onElicit = () => new Promise<never>(() => {});
    const client = own(await connect(server.url, { extensions: [tasks()], onElicit }));
    const call = client.callTool("hello");
    let taskId = "";
    for await (const event of call) {
      if (event.type === "task") taskId = event.task.taskId;
      if (event.type === "task" && event.task.status === "input_required") break;
    }
    const other = own(await connect(server.url, { extensions: [tasks()], onElicit }));
    await server.cancelled;
    await expect(resumeTask(other, taskId)).rejects.toMatchObject({
      code: "rpc_error",
      data: { status: "cancelled" },
    });
  });

  it("hints how long its lists are fresh, and is asked once for so long", async () => {
    const server = own(await startTasks());
    const client = own(await connect(server.url, { extensions: [cache()] }));
    expect(await client.listTools()).toEqual(await client.listTools());
    expect(count(server.requests, "tools/list")).toBe(1);
    await client.listTools({ fresh: true });
    expect(count(server.requests, "tools/list")).toBe(2);
  });
});

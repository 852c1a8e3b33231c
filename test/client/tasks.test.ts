import {
  type ClientOptions,
  isMcpError,
  type JsonObject,
  type McpError,
  resumeTask,
  type ToolEvent,
  tasks,
} from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Asked, all, meet, type Script, type Scripted, text, tick } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

const taskId = "786512e2";
const modernTask = { resultType: "task", taskId, status: "working", ttlMs: 60_000, pollIntervalMs: 50 };
const legacyTask = { taskId, status: "working", ttl: 60_000, pollInterval: 50 };
const state = (status: string, more: JsonObject = {}): JsonObject => ({
  resultType: "complete",
  taskId,
  status,
  pollIntervalMs: 50,
  pollInterval: 50,
  ...more,
});

const legacyOpening: Script = {
  initialize: () => ({
    protocolVersion: "2025-11-25",
    capabilities: { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } },
    serverInfo: { name: "scripted", version: "1.0.0" },
  }),
  "tools/list": () => ({
    tools: ["required", "optional", "forbidden"].map((taskSupport) => ({
      name: taskSupport,
      inputSchema: { type: "object" },
      execution: { taskSupport },
    })),
  }),
};

function modern(options: Partial<ClientOptions> = {}): Scripted {
  return meet("2026-07-28", { extensions: [tasks()], ...options });
}

function legacy(options: Partial<ClientOptions> = {}): Scripted {
  return meet("2025-11-25", { extensions: [tasks()], ...options }, legacyOpening);
}

async function expectAsked(next: () => Promise<Asked>, method: string): Promise<Asked> {
  const asked = await next();
  expect(asked.method).toBe(method);
  return asked;
}

const failed = (call: PromiseLike<unknown>): Promise<McpError> =>
  Promise.resolve(call).then(
    () => expect.unreachable("it resolved"),
    (error) => error as McpError,
  );

const statuses = (events: readonly ToolEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === "task" ? [event.task.status] : []));

describe("a call that comes back as a task, on 2026-07-28", () => {
  // requires: versioning/extension-ids
  it("is followed to its end, with its status as events", async () => {
    const { client, next, sent } = modern();
    const events = all(client.callTool("research"));
    (await expectAsked(next, "tools/call")).reply(modernTask);
    const look = await expectAsked(next, "tasks/get");
    expect(look.params.taskId).toBe(taskId);
    look.reply(state("working", { statusMessage: "half way" }));
    (await expectAsked(next, "tasks/get")).reply(state("working", { statusMessage: "half way" }));
    (await expectAsked(next, "tasks/get")).reply(state("completed", { result: text("found") }));
    expect(await events).toMatchObject([
      { type: "task", task: { status: "working", taskId } },
      { type: "task", task: { status: "working", statusMessage: "half way" } },
      { type: "task", task: { status: "completed" } },
      { type: "text", delta: "found" },
      { type: "result", result: { text: "found" } },
    ]);
    for (const message of sent) {
      const meta = ("params" in message ? message.params?._meta : undefined) as JsonObject | undefined;
      expect(meta?.["io.modelcontextprotocol/clientCapabilities"]).toEqual({
        extensions: { "io.modelcontextprotocol/tasks": {} },
      });
    }
  });

  // requires: tasks/poll-interval, tasks/poll-interval-respected
  it("keeps the interval the server suggests, as it changes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client, next, of } = modern();
    const call = client.callTool("research");
    (await next()).reply({ ...modernTask, pollIntervalMs: 80 });
    for (const [looks, interval] of [80, 160].entries()) {
      await tick();
      await vi.advanceTimersByTimeAsync(interval - 1);
      await tick();
      expect(of("tasks/get")).toHaveLength(looks);
      await vi.advanceTimersByTimeAsync(1);
      (await next()).reply(
        looks === 0
          ? state("working", { pollIntervalMs: 160 })
          : state("completed", { result: text("done") }),
      );
    }
    expect((await call).text).toBe("done");
  });

  it("takes a notification for a look, the last word included", async () => {
    const { client, next, tell, of } = modern();
    const events = all(client.callTool("research"));
    (await next()).reply({ ...modernTask, pollIntervalMs: 60_000 });
    await tick();
    tell("notifications/tasks", state("working", { statusMessage: "news", pollIntervalMs: 60_000 }));
    tell("notifications/tasks", { ...state("failed"), taskId: "another" });
    await tick();
    tell("notifications/tasks", state("completed", { result: text("told") }));
    expect((await events).at(-1)).toMatchObject({ result: { text: "told" } });
    expect(statuses(await events)).toEqual(["working", "working", "completed"]);
    expect(of("tasks/get")).toEqual([]);
  });

  it("subscribes to its notifications when told to, and ends that with the task", async () => {
    const { client, next, tell, sent } = meet("2026-07-28", { extensions: [tasks({ listen: true })] });
    const call = client.callTool("research");
    (await next()).reply({ ...modernTask, pollIntervalMs: 60_000 });
    const listening = await expectAsked(next, "subscriptions/listen");
    expect(listening.params.notifications).toEqual({ taskIds: [taskId] });
    tell("notifications/tasks", state("completed", { result: text("told") }));
    expect((await call).text).toBe("told");
    await tick();
    expect(sent.at(-1)).toMatchObject({
      method: "notifications/cancelled",
      params: { requestId: listening.id },
    });
  });

  it("has the application answer what the task asks for, once for each key", async () => {
    const asked: string[] = [];
    const { client, next } = modern({
      onElicit: ({ message }) => {
        asked.push(message);
        return { action: "accept", content: { name: "Luca" } };
      },
      onRoots: () => [{ uri: "file:///a" }],
    });
    const elicit = { method: "elicitation/create", params: { message: "Who?" } };
    const call = client.callTool("hello");
    (await next()).reply(modernTask);
    (await next()).reply(state("input_required", { inputRequests: { name: elicit } }));
    const update = await expectAsked(next, "tasks/update");
    expect(update.params).toMatchObject({
      taskId,
      inputResponses: { name: { action: "accept", content: { name: "Luca" } } },
    });
    update.reply({ resultType: "complete" });
    // The server takes its time to see the answer, and asks for more.
    const inputRequests = { name: elicit, roots: { method: "roots/list" } };
    (await expectAsked(next, "tasks/get")).reply(state("input_required", { inputRequests }));
    const more = await expectAsked(next, "tasks/update");
    expect(more.params.inputResponses).toEqual({ roots: { roots: [{ uri: "file:///a" }] } });
    more.reply({});
    (await expectAsked(next, "tasks/get")).reply(state("completed", { result: text("Hello, Luca!") }));
    expect((await call).text).toBe("Hello, Luca!");
    expect(asked).toEqual(["Who?"]);
  });

  it("takes the task's own word when an answer is refused: another client may have given one", async () => {
    const { client, next, of } = modern({ onElicit: () => ({ action: "accept", content: {} }) });
    const call = client.callTool("hello");
    (await next()).reply(modernTask);
    const inputRequests = { name: { method: "elicitation/create", params: { message: "Who?" } } };
    (await next()).reply(state("input_required", { inputRequests }));
    (await expectAsked(next, "tasks/update")).refuse(-32602, "The task asks for nothing");
    (await expectAsked(next, "tasks/get")).reply(state("completed", { result: text("Hello, Luca!") }));
    expect((await call).text).toBe("Hello, Luca!");
    expect(of("tasks/cancel")).toEqual([]);
  });

  it("rejects and cancels when an answer is refused that the task still waits for", async () => {
    const { client, next } = modern({ onElicit: () => ({ action: "accept", content: {} }) });
    const error = failed(client.callTool("hello"));
    (await next()).reply(modernTask);
    const inputRequests = { name: { method: "elicitation/create", params: { message: "Who?" } } };
    (await next()).reply(state("input_required", { inputRequests }));
    (await expectAsked(next, "tasks/update")).refuse(-32602, "Luca is no name");
    (await expectAsked(next, "tasks/get")).reply(state("input_required", { inputRequests }));
    await expectAsked(next, "tasks/cancel");
    expect(await error).toMatchObject({
      code: "rpc_error",
      message: expect.stringContaining("Luca is no name"),
    });
  });

  it("cancels the task when nobody can answer what it asks for", async () => {
    const { client, next } = modern();
    const call = client.callTool("hello");
    const error = failed(call);
    (await next()).reply(modernTask);
    const inputRequests = { name: { method: "elicitation/create", params: { message: "Who?" } } };
    (await next()).reply(state("input_required", { inputRequests }));
    await expectAsked(next, "tasks/cancel");
    expect(await error).toMatchObject({ code: "capability_missing" });
  });

  it("has the result checked and read as that of any call", async () => {
    const { client, next } = modern();
    const call = client.callTool("research", {}, { throwOnError: true });
    const error = failed(call);
    (await next()).reply(modernTask);
    (await next()).reply(state("completed", { result: { ...text("no luck"), isError: true } }));
    expect(await error).toMatchObject({ code: "tool_error" });
  });

  it.each([
    ["failed", { error: { code: -32603, message: "rate limit" } }, /failed: rate limit/, -32603],
    [
      "cancelled",
      { statusMessage: "an operator did" },
      /cancelled at the server: an operator did/,
      undefined,
    ],
  ])("rejects when the task is %s", async (status, more, message, rpcCode) => {
    const { client, next, of } = modern();
    const error = failed(client.callTool("research"));
    (await next()).reply(modernTask);
    (await next()).reply(state(status, more));
    expect(await error).toMatchObject({ code: "rpc_error", message: expect.stringMatching(message) });
    expect((await error).rpcCode).toBe(rpcCode);
    expect((await error).data).toMatchObject({ taskId, status });
    expect(of("tasks/cancel")).toEqual([]);
  });

  it.each(["banana", "__proto__", "", "completed?"])(
    "rejects when its status is %j, which no revision has, instead of looking on and on",
    async (status) => {
      const { client, next, of } = modern();
      const error = failed(client.callTool("research"));
      (await next()).reply(modernTask);
      (await next()).reply(state(status));
      expect(await error).toMatchObject({ code: "invalid_message" });
      expect(of("tasks/get")).toHaveLength(1);
    },
  );

  it("rejects when the task has expired", async () => {
    const { client, next } = modern();
    const error = failed(client.callTool("research"));
    (await next()).reply(modernTask);
    (await next()).refuse(-32602, "Task has expired");
    expect(await error).toMatchObject({
      code: "rpc_error",
      rpcCode: -32602,
      message: expect.stringContaining("does not know the task"),
    });
  });

  it("rejects a completed task without a result, and a look that shows no task", async () => {
    const first = modern();
    const missing = failed(first.client.callTool("research"));
    (await first.next()).reply(modernTask);
    (await first.next()).reply(state("completed"));
    expect(await missing).toMatchObject({ code: "invalid_message" });
    const second = modern();
    const nothing = failed(second.client.callTool("research"));
    (await second.next()).reply(modernTask);
    (await second.next()).reply({});
    expect(await nothing).toMatchObject({ code: "invalid_message" });
  });

  it("cancels the task with the call, and not by a notification", async () => {
    const { client, next, of } = modern();
    const call = client.callTool("research");
    const error = failed(call);
    (await next()).reply(modernTask);
    await expectAsked(next, "tasks/get");
    const reason = new Error("enough");
    call.cancel(reason);
    expect(await error).toBe(reason);
    expect((await expectAsked(next, "tasks/cancel")).params.taskId).toBe(taskId);
    const about = of("notifications/cancelled").map(({ params }) => params?.requestId);
    expect(about).toEqual([of("tasks/get")[0]?.id]);
  });

  it("cancels the task when the loop over its events is left", async () => {
    const { client, next } = modern();
    const call = client.callTool("research");
    (await next()).reply(modernTask);
    for await (const { type } of call) if (type === "task") break;
    await expectAsked(next, "tasks/cancel");
  });

  it("leaves the task to itself when the client is closed", async () => {
    const { client, next, of } = modern();
    const error = failed(client.callTool("research"));
    (await next()).reply(modernTask);
    await tick();
    await client.close();
    expect(await error).toMatchObject({ code: "closed" });
    await tick();
    expect(of("tasks/cancel")).toEqual([]);
  });

  it("counts news of the task as progress, and an interval the server asked for as none missing", async () => {
    const { client, next } = modern({ timeout: 60, maxTotalTimeout: 5_000 });
    const call = client.callTool("research");
    (await next()).reply({ ...modernTask, pollIntervalMs: 150 });
    (await next()).reply(state("working", { pollIntervalMs: 50 }));
    (await next()).reply(state("working", { pollIntervalMs: 50 }));
    (await next()).reply(state("completed", { result: text("done") }));
    expect((await call).text).toBe("done");
  });

  it("is given up, and cancelled, at the total limit", async () => {
    const { client, next } = modern({ timeout: 1_000, maxTotalTimeout: 120 });
    const error = failed(client.callTool("research"));
    (await next()).reply({ ...modernTask, pollIntervalMs: 60_000 });
    expect(await error).toMatchObject({ code: "timeout", message: expect.stringContaining("total") });
    await expectAsked(next, "tasks/cancel");
  });

  // requires: versioning/extension-unsupported, base/result-type-known-set
  it("is not followed where another request is answered so, nor without the extension", async () => {
    const first = modern();
    const prompt = failed(first.client.getPrompt("any"));
    (await first.next()).reply(modernTask);
    expect(await prompt).toMatchObject({ code: "invalid_message" });
    const second = meet("2026-07-28");
    const call = failed(second.client.callTool("any"));
    (await second.next()).reply(modernTask);
    expect(await call).toMatchObject({ code: "invalid_message" });
  });
});

describe("a call of a tool that may be a task, on 2025-11-25", () => {
  // requires: tasks/only-where-declared, tasks/where-required, tasks/polls-to-the-end
  // requires: tasks/id-parameter, tasks/notification-not-relied-on, tasks/status-not-relied-on
  // requires: tasks/polls-despite-notifications
  it.each(["required", "optional"])("becomes one where support is %s", async (name) => {
    const { client, next, of } = legacy();
    const events = all(client.callTool(name, { a: 1 }));
    const asked = await expectAsked(next, "tools/call");
    expect(asked.params).toMatchObject({ name, arguments: { a: 1 }, task: {} });
    asked.reply({ task: legacyTask });
    const look = await expectAsked(next, "tasks/get");
    look.reply(state("working"));
    (await next()).reply(state("completed"));
    const collected = await expectAsked(next, "tasks/result");
    expect(collected.params.taskId).toBe(taskId);
    collected.reply(text("found"));
    expect((await events).at(-1)).toMatchObject({ type: "result", result: { text: "found" } });
    expect(statuses(await events)).toEqual(["working", "completed"]);
    expect(of("tools/list")).toHaveLength(1);
  });

  // requires: tasks/poll-interval, tasks/poll-interval-respected, tasks/polls-despite-notifications
  it("is looked at as often as the server suggests, also while it sends news", async () => {
    const { client, next, tell, of } = legacy();
    await client.listTools();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const call = client.callTool("required");
    (await next()).reply({ task: { ...legacyTask, pollInterval: 300 } });
    await tick();
    tell("notifications/tasks/status", { ...legacyTask, pollInterval: 400 });
    await tick();
    await vi.advanceTimersByTimeAsync(399);
    await tick();
    expect(of("tasks/get")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    (await expectAsked(next, "tasks/get")).reply(state("completed"));
    (await expectAsked(next, "tasks/result")).reply(text("done"));
    expect((await call).text).toBe("done");
  });

  // requires: tasks/no-related-task, tasks/metadata-not-repeated
  it("asks for the time to live that was given", async () => {
    const { client, next } = meet("2025-11-25", { extensions: [tasks({ ttl: 5_000 })] }, legacyOpening);
    client.callTool("required").catch(() => {});
    expect((await next()).params.task).toEqual({ ttl: 5_000 });
  });

  // requires: tasks/not-where-forbidden
  it.each(["forbidden", "unlisted"])("stays a call where the tool is %s", async (name) => {
    const { client, next, of } = legacy();
    for (let calls = 0; calls < 2; calls++) {
      const call = client.callTool(name);
      const asked = await expectAsked(next, "tools/call");
      expect(asked.params.task).toBeUndefined();
      asked.reply(text("done"));
      expect((await call).text).toBe("done");
    }
    expect(of("tools/list")).toHaveLength(1);
  });

  // requires: tasks/not-without-capability, tasks/not-without-tools-call, tasks/only-where-declared
  it("stays a call where the server declares no tasks, whatever its tools say", async () => {
    const script = { "tools/list": legacyOpening["tools/list"] as () => unknown };
    const { client, next, of } = meet("2025-11-25", { extensions: [tasks()] }, script);
    const call = client.callTool("required");
    const asked = await next();
    expect(asked.params.task).toBeUndefined();
    asked.reply(text("done"));
    await call;
    expect(of("tools/list")).toEqual([]);
  });

  it("looks at the listing again after it changed", async () => {
    const { client, next, tell, of } = legacy();
    await client.listTools();
    client.callTool("required").catch(() => {});
    await expectAsked(next, "tools/call");
    expect(of("tools/list")).toHaveLength(1);
    tell("notifications/tools/list_changed");
    await tick();
    client.callTool("required").catch(() => {});
    await expectAsked(next, "tools/call");
    expect(of("tools/list")).toHaveLength(2);
  });

  // requires: tasks/input-required-asks-result, tasks/polls-beside-result, tasks/related-task
  // requires: tasks/related-task-shared, tasks/metadata-in-all
  it("takes tasks/result when input is required, and what it is answered for the end", async () => {
    const { client, next, ask } = legacy({ onElicit: () => ({ action: "decline" }) });
    const call = client.callTool("required");
    (await next()).reply({ task: legacyTask });
    (await expectAsked(next, "tasks/get")).reply(state("input_required"));
    const collected = await expectAsked(next, "tasks/result");
    const related = { "io.modelcontextprotocol/related-task": { taskId } };
    const said = await ask("elicitation/create", { message: "Which?", _meta: related });
    expect(said).toMatchObject({ result: { action: "decline", _meta: related } });
    (await expectAsked(next, "tasks/get")).reply(state("working"));
    collected.reply(text("as you wish"));
    expect((await call).text).toBe("as you wish");
  });

  // requires: tasks/messages-on-any-stream, progress/of-tasks, tasks/poll-interval
  it("hears its status, its progress and what is related to it on any stream", async () => {
    const { client, next, tell } = legacy();
    const events = all(client.callTool("required"));
    const asked = await next();
    asked.reply({ task: { ...legacyTask, pollInterval: 60_000 } });
    await tick();
    asked.progress(1, "half way");
    tell("notifications/message", {
      level: "info",
      data: "noted",
      _meta: { "io.modelcontextprotocol/related-task": { taskId } },
    });
    tell("notifications/message", { level: "info", data: "of somebody else" });
    tell("notifications/tasks/status", state("completed"));
    (await expectAsked(next, "tasks/result")).reply(text("done"));
    expect((await events).map(({ type }) => type)).toEqual([
      "task",
      "progress",
      "log",
      "task",
      "text",
      "result",
    ]);
  });

  // requires: tasks/no-related-task, tasks/metadata-not-repeated
  it("is named by its id alone where it is asked about", async () => {
    const { client, next, sent } = legacy();
    const call = client.callTool("required");
    (await next()).reply({ task: legacyTask });
    (await expectAsked(next, "tasks/get")).reply(state("working"));
    (await expectAsked(next, "tasks/get")).reply(state("completed"));
    (await expectAsked(next, "tasks/result")).reply(text("done"));
    await call;
    expect(JSON.stringify(sent)).not.toContain("related-task");
  });

  // requires: tasks/cancelled-not-kept
  it("rejects a failed task with what tasks/result says, and a cancelled one without asking", async () => {
    const first = legacy();
    const broken = failed(first.client.callTool("required"));
    (await first.next()).reply({ task: legacyTask });
    (await first.next()).reply(state("failed", { statusMessage: "limit" }));
    (await first.next()).refuse(-32000, "rate limit");
    expect(await broken).toMatchObject({
      code: "rpc_error",
      rpcCode: -32000,
      message: expect.stringContaining("rate limit"),
    });
    const second = legacy();
    const cancelled = failed(second.client.callTool("required"));
    (await second.next()).reply({ task: legacyTask });
    (await second.next()).reply(state("cancelled"));
    expect(await cancelled).toMatchObject({ code: "rpc_error", data: { status: "cancelled" } });
    expect(second.of("tasks/result")).toEqual([]);
  });

  it("resolves a failed task whose result is the tool's own failure", async () => {
    const { client, next } = legacy();
    const call = client.callTool("required");
    (await next()).reply({ task: legacyTask });
    (await next()).reply(state("failed"));
    (await next()).reply({ ...text("no luck"), isError: true });
    expect(await call).toMatchObject({ isError: true, text: "no luck" });
  });

  // requires: cancellation/of-tasks
  it("cancels the task with the call, and a request that is under way with a notification", async () => {
    const { client, next, of } = legacy();
    const call = client.callTool("required");
    const error = failed(call);
    (await next()).reply({ task: legacyTask });
    const look = await expectAsked(next, "tasks/get");
    call.cancel();
    expect(await error).toMatchObject({ name: "AbortError" });
    await expectAsked(next, "tasks/cancel");
    expect(of("notifications/cancelled").map(({ params }) => params?.requestId)).toEqual([look.id]);
  });
});

describe("a task that is resumed", () => {
  it("is followed as the call was, without calling the tool", async () => {
    const { client, next, of } = modern();
    const events = all(resumeTask(client, taskId));
    const look = await expectAsked(next, "tasks/get");
    expect(look.params.taskId).toBe(taskId);
    look.reply(state("working"));
    (await next()).reply(state("completed", { result: text("still here") }));
    expect((await events).at(-1)).toMatchObject({ type: "result", result: { text: "still here" } });
    expect(statuses(await events)).toEqual(["working", "completed"]);
    expect(of("tools/call")).toEqual([]);
  });

  it("is followed whatever its id, without calling the tool", async () => {
    const { client, next } = modern();
    const call = resumeTask(client, "");
    (await expectAsked(next, "tasks/get")).reply(state("completed", { result: text("still here") }));
    expect((await call).text).toBe("still here");
  });

  it("is followed on 2025-11-25 too", async () => {
    const { client, next, of } = legacy();
    const call = resumeTask(client, taskId);
    (await expectAsked(next, "tasks/get")).reply(state("completed"));
    (await expectAsked(next, "tasks/result")).reply(text("still here"));
    expect((await call).text).toBe("still here");
    expect(of("tools/list")).toEqual([]);
  });

  it("is cancelled with its call", async () => {
    const { client, next } = modern();
    const call = resumeTask(client, taskId);
    const error = failed(call);
    await expectAsked(next, "tasks/get");
    call.cancel();
    await error;
    await expectAsked(next, "tasks/cancel");
  });

  it("is refused by a client that follows none", () => {
    const { client } = meet("2026-07-28");
    const error = (() => {
      try {
        return resumeTask(client, taskId);
      } catch (reason) {
        return reason;
      }
    })();
    expect(isMcpError(error, "capability_missing")).toBe(true);
  });
});

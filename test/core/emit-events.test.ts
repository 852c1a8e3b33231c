import { describe, expect, it } from "vitest";
import { emitEvents } from "../../src/core/flow/events.ts";
import type { JsonObject, RpcNotification, ToolEvent } from "../../src/core/types.ts";

function told(method: string, params?: JsonObject): ToolEvent[] {
  const events: ToolEvent[] = [];
  const raw: RpcNotification = { jsonrpc: "2.0", method, params };
  emitEvents(raw, (event) => events.push(event));
  for (const event of events) expect(event.raw).toBe(raw);
  return events.map(({ raw: _, ...event }) => event as ToolEvent);
}

const text = (text: string): JsonObject => ({ type: "text", text });
const image: JsonObject = { type: "image", data: "AA==", mimeType: "image/png" };
const delta = (delta: string) => ({ type: "text", delta, source: "stream" });

/** The ways in which servers say something of a call before its result. */
const carriers: readonly [string, string, JsonObject | undefined, object[]][] = [
  [
    "S1 progress",
    "notifications/progress",
    { progressToken: "t1", progress: 1, total: 5, message: "one" },
    [{ type: "progress", progress: 1, total: 5, message: "one" }],
  ],
  [
    "S1 progress without total and message",
    "notifications/progress",
    { progressToken: "t1", progress: 0 },
    [{ type: "progress", progress: 0, total: undefined, message: undefined }],
  ],
  [
    "S2 a log entry that is a string",
    "notifications/message",
    { level: "info", logger: "x", data: "hello" },
    [{ type: "log", level: "info", logger: "x", data: "hello" }],
  ],
  [
    "S2 a log entry of FastMCP",
    "notifications/message",
    { level: "debug", data: { msg: "hello", extra: null } },
    [{ type: "log", level: "debug", logger: undefined, data: { msg: "hello", extra: null } }],
  ],
  [
    "S3 streamed content",
    "notifications/tool/streamContent",
    { toolName: "t", content: [text("a"), image, text("b")] },
    [delta("a"), { type: "content", content: image }, delta("b")],
  ],
  [
    "S3 the variant with events",
    "notifications/tool/streamContent",
    { toolName: "t", sessionId: "s", events: [{ a: 1 }] },
    [
      {
        type: "notification",
        method: "notifications/tool/streamContent",
        params: { toolName: "t", sessionId: "s", events: [{ a: 1 }] },
      },
    ],
  ],
  [
    "S4 a partial result",
    "notifications/tools/partial_result",
    { partialResultToken: "t1", seq: 0, content: [text("a")] },
    [delta("a")],
  ],
  [
    "S4 a partial result with only structured content",
    "notifications/tools/partial_result",
    { partialResultToken: "t1", seq: 1, structuredContent: { rows: [1] } },
    [
      {
        type: "notification",
        method: "notifications/tools/partial_result",
        params: { partialResultToken: "t1", seq: 1, structuredContent: { rows: [1] } },
      },
    ],
  ],
  [
    "S5 a partial result of a task",
    "notifications/tasks/partial",
    { taskId: "i", content: [text("a")], seq: 0 },
    [delta("a")],
  ],
  [
    "S6 the status of a task (2026 extension)",
    "notifications/tasks",
    { taskId: "i", status: "working" },
    [{ type: "task", task: { taskId: "i", status: "working" } }],
  ],
  [
    "S6 the status of a task (2025-11-25)",
    "notifications/tasks/status",
    { taskId: "i", status: "failed", statusMessage: "no" },
    [{ type: "task", task: { taskId: "i", status: "failed", statusMessage: "no" } }],
  ],
  [
    "S8 progress with extra fields",
    "notifications/progress",
    { progressToken: "t1", progress: 1, content: [text("a")], partialResult: {} },
    [{ type: "progress", progress: 1, total: undefined, message: undefined }],
  ],
  [
    "S8 a chunk of content under a name of its own",
    "notifications/tool/progress",
    { contentChunk: "a" },
    [{ type: "notification", method: "notifications/tool/progress", params: { contentChunk: "a" } }],
  ],
  [
    "S9 a resource that was updated",
    "notifications/resources/updated",
    { uri: "a:b" },
    [{ type: "notification", method: "notifications/resources/updated", params: { uri: "a:b" } }],
  ],
];

describe("emitEvents understands", () => {
  it.each(carriers)("%s", (_, method, params, events) => {
    expect(told(method, params)).toEqual(events);
  });
});

describe("emitEvents passes as they are", () => {
  it.each<[string, string, JsonObject | undefined]>([
    ["one nobody knows", "notifications/x", { a: 1 }],
    ["progress without a number", "notifications/progress", { progress: "1" }],
    ["progress without parameters", "notifications/progress", undefined],
    ["content that is no array", "notifications/tool/streamContent", { content: "a" }],
    [
      "a method that only begins like a carrier",
      "notifications/tool/streamContents",
      { content: [text("a")] },
    ],
    [
      "a method that only ends like a carrier",
      "x/notifications/tool/streamContent",
      { content: [text("a")] },
    ],
    ["a method that only begins like a task", "notifications/tasks/other", { taskId: "i" }],
  ])("%s", (_, method, params = {}) => {
    expect(told(method, params)).toEqual([{ type: "notification", method, params }]);
  });
});

it("emitEvents leaves out a malformed block and keeps the others", () => {
  const content = [null, "a", 7, {}, { type: "text" }, { type: 1 }, text("b"), []];
  expect(told("notifications/tool/streamContent", { content })).toEqual([
    { type: "content", content: { type: "text" } },
    delta("b"),
  ]);
});

it("emitEvents keeps unknown parameters in raw", () => {
  const raw: RpcNotification = {
    jsonrpc: "2.0",
    method: "notifications/progress",
    params: { progress: 1, contentChunk: "a", _meta: { x: 1 } },
  };
  emitEvents(raw, (event) => expect((event.raw as RpcNotification).params).toEqual(raw.params));
});

it("emitEvents lets structured content through that comes beside an empty list of blocks", () => {
  const params = { partialResultToken: "t1", seq: 0, content: [], structuredContent: { rows: [1] } };
  expect(told("notifications/tools/partial_result", params)).not.toEqual([]);
});

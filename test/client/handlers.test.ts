import { type CreateClientOptions, type ElicitRequest, McpError } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { deferred, meet, outcome, own, streams, tick } from "./support.ts";

const schema = {
  type: "object",
  properties: {
    name: { type: "string", default: "Ada" },
    age: { type: "integer", default: 36 },
    score: { type: "number", default: 9.5 },
    status: { type: "string", enum: ["active", "inactive"], default: "active" },
    verified: { type: "boolean", default: false },
    note: { type: ["string", "null"], default: null },
    free: { type: "string" },
  },
};

const defaults = { name: "Ada", age: 36, score: 9.5, status: "active", verified: false, note: null };

async function connected(options: Omit<CreateClientOptions, "transport"> = {}) {
  const scripted = meet("2025-11-25", options);
  await scripted.client.connect();
  return scripted;
}

describe("a handler declares its capability", () => {
  it.each<[string, Omit<CreateClientOptions, "transport">, object]>([
    // requires: lifecycle/negotiated-capabilities, lifecycle/must-use-negotiated-capabilities
    ["none without handlers", {}, {}],
    // requires: elicitation/declared, elicitation/declared-each-time, elicitation/a-mode
    ["onElicit", { onElicit: () => ({ action: "decline" }) }, { elicitation: { form: {}, url: {} } }],
    // requires: sampling/declared, sampling/declared-each-time
    [
      "onSample",
      { onSample: () => ({ role: "assistant", content: { type: "text", text: "" }, model: "m" }) },
      { sampling: {} },
    ],
    // requires: sampling/tools-declared
    [
      "onSample with tools",
      {
        onSample: () => ({ role: "assistant", content: { type: "text", text: "" }, model: "m" }),
        sampleTools: true,
      },
      { sampling: { tools: {} } },
    ],
    // requires: roots/declared, roots/declared-each-time
    ["onRoots", { onRoots: () => [] }, { roots: {} }],
  ])("%s", async (_, options, capabilities) => {
    const { of } = await connected(options);
    expect(of("initialize")[0]?.params?.capabilities).toEqual(capabilities);
    const modern = meet("2026-07-28", options);
    await modern.client.connect();
    const meta = modern.of("server/discover")[0]?.params?._meta as { [key: string]: unknown };
    expect(meta["io.modelcontextprotocol/clientCapabilities"]).toEqual(capabilities);
  });
});

describe("a handler of one call", () => {
  const answering = (who: string) => ({
    onElicit: () => ({ action: "accept" as const, content: { who } }),
  });
  const params = { message: "?", requestedSchema: { type: "object", properties: {} } };

  it("answers the rounds of its call, which declares what it can do", async () => {
    const { client, next, of } = meet("2026-07-28", { onRoots: () => [] });
    const call = client.callTool("a", {}, answering("call"));
    const inputRequests = { q: { method: "elicitation/create", params } };
    (await next()).reply({ resultType: "input_required", inputRequests, requestState: "s" });
    const again = await next();
    expect(again.params).toMatchObject({ inputResponses: { q: { content: { who: "call" } } } });
    again.reply({ content: [] });
    await call;
    client.callTool("b");
    await next();
    const declared = of("tools/call").map(({ params }) => {
      const meta = params?._meta as { [key: string]: unknown } | undefined;
      return meta?.["io.modelcontextprotocol/clientCapabilities"];
    });
    const both = { elicitation: { form: {}, url: {} }, roots: {} };
    expect(declared).toEqual([both, both, { roots: {} }]);
  });

  it("answers what comes on a shared channel while its call is the only one, and else the client's does", async () => {
    const { client, next, ask } = await connected(answering("client"));
    const who = async () => (await ask("elicitation/create", params)) as unknown;
    expect(await who()).toMatchObject({ result: { content: { who: "client" } } });
    const call = client.callTool("a", {}, answering("call"));
    const asked = await next();
    expect(await who()).toMatchObject({ result: { content: { who: "call" } } });
    const other = client.callTool("b");
    const beside = await next();
    expect(await who()).toMatchObject({ result: { content: { who: "client" } } });
    for (const one of [asked, beside]) one.reply({ content: [] });
    await Promise.all([call, other]);
    expect(await who()).toMatchObject({ result: { content: { who: "client" } } });
  });

  it("answers what comes on the stream of its call, whatever else is under way", async () => {
    const question = { jsonrpc: "2.0" as const, id: "q", method: "elicitation/create", params };
    const transport = streams(async function* (request) {
      yield { ...question, id: `q${request.id}` };
      await new Promise(() => {});
    }, "2025-11-25");
    const client = own({ transport, ...answering("client") });
    await client.connect();
    const calls = ["a", "b"].map((name) => client.callTool(name, {}, answering(name)));
    calls.push(client.callTool("c"));
    await vi.waitFor(() => expect(transport.sent.filter((message) => "result" in message)).toHaveLength(3));
    const said = transport.sent.flatMap((message) => ("result" in message ? [message.result.content] : []));
    expect(said).toEqual([{ who: "a" }, { who: "b" }, { who: "client" }]);
    for (const call of calls) call.cancel();
  });
});

describe("onSample", () => {
  const params = { messages: [], maxTokens: 5, tools: [{ name: "a", inputSchema: {} }] };
  const onSample = () => ({ role: "assistant" as const, content: [], model: "m" });

  it("is handed tools where it said that it can use them", async () => {
    const { ask } = await connected({ onSample, sampleTools: true });
    expect(await ask("sampling/createMessage", params)).toMatchObject({ result: { model: "m" } });
  });

  it("is not asked with tools where it did not", async () => {
    const { client, ask } = await connected({ onSample });
    client.on("error", () => {});
    expect(await ask("sampling/createMessage", params)).toMatchObject({ error: { code: -32602 } });
  });
});

describe("onElicit", () => {
  // requires: base/response-id, base/response-result-or-error, base/result-response-id
  // requires: base/result-response-result
  it("is handed the request, and its answer goes back", async () => {
    const onElicit = vi.fn((_: ElicitRequest) => ({ action: "accept" as const, content: { free: "x" } }));
    const { ask } = await connected({ onElicit });
    const params = { message: "Who?", requestedSchema: { type: "object", properties: {} } };
    expect(await ask("elicitation/create", params, 7)).toEqual({
      jsonrpc: "2.0",
      id: 7,
      result: { action: "accept", content: { free: "x" } },
    });
    expect(onElicit.mock.calls[0]?.[0]).toEqual(params);
  });

  // requires: elicitation/defaults, elicitation/form-without-mode
  it.each<[string, object | undefined, object]>([
    ["everything when it gives nothing", undefined, defaults],
    ["everything when it gives an empty object", {}, defaults],
    [
      "only what it leaves out",
      { name: "Bob", verified: true, free: "" },
      { ...defaults, name: "Bob", verified: true, free: "" },
    ],
    ["not what it gives as null", { age: null }, { ...defaults, age: null }],
  ])("has filled from the schema's defaults %s", async (_, content, expected) => {
    const { ask } = await connected({ onElicit: () => ({ action: "accept", content: content as never }) });
    const reply = await ask("elicitation/create", { message: "?", requestedSchema: schema });
    expect(reply).toMatchObject({ result: { action: "accept" } });
    expect((reply as unknown as { result: { content: unknown } }).result.content).toEqual(expected);
  });

  // requires: elicitation/decline
  it.each(["decline", "cancel"] as const)("that says %s sends no content", async (action) => {
    const { ask } = await connected({ onElicit: () => ({ action, content: { name: "x" } }) });
    expect(await ask("elicitation/create", { message: "?", requestedSchema: schema })).toMatchObject({
      result: { action },
    });
  });

  it("that sent a person to a URL sends no content", async () => {
    const { ask } = await connected({ onElicit: () => ({ action: "accept", content: { name: "x" } }) });
    const params = { mode: "url", url: "https://example.com", message: "?", requestedSchema: schema };
    expect((await ask("elicitation/create", params)) as object).toHaveProperty("result", {
      action: "accept",
    });
  });

  // requires: tasks/undeclared-as-usual
  it("answers as usual where the server would rather have a task, which was not declared", async () => {
    const { ask, of } = await connected({ onElicit: () => ({ action: "decline" }) });
    expect(await ask("elicitation/create", { message: "?", task: { ttl: 5_000 } }, 3)).toEqual({
      jsonrpc: "2.0",
      id: 3,
      result: { action: "decline" },
    });
    expect(of("initialize")[0]?.params?.capabilities).not.toHaveProperty("tasks");
  });

  // requires: elicitation/no-prefetch, elicitation/no-opening
  it("is all that happens to a URL: nothing is fetched, nothing is opened", async () => {
    const touched = vi.fn();
    vi.stubGlobal("fetch", touched);
    vi.stubGlobal("open", touched);
    const onElicit = vi.fn((_: ElicitRequest) => ({ action: "decline" as const }));
    const { ask } = await connected({ onElicit });
    const params = { mode: "url", url: "https://example.com/a", elicitationId: "e1", message: "?" };
    await ask("elicitation/create", params);
    expect(onElicit.mock.calls[0]?.[0]).toEqual(params);
    expect(touched).not.toHaveBeenCalled();
  });

  // requires: elicitation/error-mode
  it.each(["voice", "", 7, null])(
    "is not asked in a mode that was not declared, %j: -32602",
    async (mode) => {
      const onElicit = vi.fn(() => ({ action: "accept" as const }));
      const { ask } = await connected({ onElicit });
      expect(await ask("elicitation/create", { mode, message: "?" })).toMatchObject({
        error: { code: -32602 },
      });
      const { client, next } = meet("2026-07-28", { onElicit });
      const call = client.callTool("a");
      (await next()).reply({
        resultType: "input_required",
        inputRequests: { q: { method: "elicitation/create", params: { mode, message: "?" } } },
      });
      expect(await outcome(call)).toMatchObject({ reason: { code: "capability_missing" } });
      expect(onElicit).not.toHaveBeenCalled();
    },
  );

  it.each([[undefined], ["x"], [[]], [{ properties: "x" }], [{ properties: { a: null, b: "x", c: {} } }]])(
    "survives the schema %j",
    async (requestedSchema) => {
      const { ask } = await connected({ onElicit: () => ({ action: "accept" }) });
      expect(await ask("elicitation/create", { message: "?", requestedSchema })).toMatchObject({
        result: { action: "accept", content: {} },
      });
    },
  );

  it("cannot have a prototype put on its answer", async () => {
    const { ask } = await connected({ onElicit: () => ({ action: "accept" }) });
    const requestedSchema = JSON.parse('{"properties":{"__proto__":{"default":{"evil":true}}}}');
    const reply = await ask("elicitation/create", { message: "?", requestedSchema });
    expect(({} as { evil?: unknown }).evil).toBeUndefined();
    expect(
      (reply as unknown as { result: { content: { evil?: unknown } } }).result.content.evil,
    ).toBeUndefined();
  });
});

it("onSample and onRoots answer with what they return", async () => {
  const sample = {
    role: "assistant" as const,
    content: { type: "text" as const, text: "Paris" },
    model: "m",
  };
  const { ask } = await connected({
    onSample: async ({ maxTokens }) => ({ ...sample, stopReason: String(maxTokens) }),
    onRoots: async () => [{ uri: "file:///a", name: "a" }],
  });
  expect(await ask("sampling/createMessage", { messages: [], maxTokens: 5 })).toMatchObject({
    result: { ...sample, stopReason: "5" },
  });
  expect(await ask("roots/list")).toMatchObject({ result: { roots: [{ uri: "file:///a", name: "a" }] } });
});

// requires: ping/answered
it("a ping is answered without any handler", async () => {
  const { ask } = await connected();
  expect(await ask("ping", undefined, 0)).toEqual({ jsonrpc: "2.0", id: 0, result: {} });
});

// requires: roots/error-unsupported, lifecycle/error-capabilities
it.each(["elicitation/create", "sampling/createMessage", "roots/list", "x/unknown", "__proto__"])(
  "%s without a handler is refused with -32601",
  async (method) => {
    const { ask } = await connected();
    expect(await ask(method)).toMatchObject({ error: { code: -32601 } });
  },
);

// requires: base/error-code-integer, base/error-code-and-message, base/error-response-id
// requires: base/error-response-error, base/response-result-or-error
it("a refusal has the id of its request, a code, a message, and no result", async () => {
  const { ask } = await connected();
  expect(await ask("roots/list", undefined, "r-1")).toEqual({
    jsonrpc: "2.0",
    id: "r-1",
    error: { code: -32601, message: expect.stringMatching(/roots\/list/) },
  });
});

// requires: base/notification-unanswered, cancellation/invalid-ignored, elicitation/unknown-completion
it.each<[string, object | undefined]>([
  ["notifications/nobody/knows", { a: 1 }],
  ["notifications/cancelled", { requestId: "unknown", reason: "x" }],
  ["notifications/cancelled", { requestId: 1 }],
  ["notifications/cancelled", {}],
  ["notifications/cancelled", undefined],
  ["notifications/elicitation/complete", { elicitationId: "unknown" }],
  ["notifications/elicitation/complete", undefined],
])("the notification %s %j is neither answered nor an error", async (method, params) => {
  const { client, tell, ask, sent } = await connected({ onElicit: () => ({ action: "accept" }) });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  // One that was answered before, and is no more to be stopped.
  await ask("elicitation/create", { mode: "url", url: "https://a.example", message: "?" }, 1);
  const before = sent.length;
  tell(method, params as never);
  expect(await ask("ping")).toMatchObject({ result: {} });
  expect(sent.length).toBe(before + 1);
  expect(errors).toEqual([]);
});

// requires: patterns/no-responses, http/no-responses, base/error-codes-of-old, base/error-codes-reserved
// requires: base/error-codes-withdrawn
it.each(["ping", "roots/list", "elicitation/create", "x/unknown"])(
  "a server of 2026-07-28 that asks by %s gets no answer and no error code, and calls go on",
  async (method) => {
    const onElicit = vi.fn(() => ({ action: "accept" as const }));
    const { client, raw, next, sent } = meet("2026-07-28", { onElicit, onRoots: () => [] });
    const call = client.callTool("a");
    const asked = await next();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const before = sent.length;
    raw({ jsonrpc: "2.0", id: "s1", method, params: { message: "?" } });
    await tick();
    expect(errors).toMatchObject([{ code: "invalid_message" }]);
    asked.reply({ content: [] });
    await call;
    expect(sent.length).toBe(before);
    expect(onElicit).not.toHaveBeenCalled();
  },
);

describe("a handler that fails", () => {
  // requires: roots/error-internal, sampling/errors
  it.each<[string, () => never]>([
    [
      "throws",
      () => {
        throw new Error("my secret path");
      },
    ],
    ["rejects", (() => Promise.reject(new Error("my secret path"))) as () => never],
    [
      "throws nothing",
      () => {
        throw undefined;
      },
    ],
    ["returns nothing", (() => undefined) as unknown as () => never],
  ])("since it %s is an error for the server, which is not told why", async (_, onElicit) => {
    const { client, ask } = await connected({ onElicit });
    client.on("error", () => {});
    const reply = await ask("elicitation/create", { message: "?" });
    expect(reply).toMatchObject({ error: { code: -32603 } });
    expect(JSON.stringify(reply)).not.toContain("secret");
  });

  // requires: sampling/error-rejected, sampling/errors
  it("with an rpcCode is refused by that, and still not told why", async () => {
    const { client, ask } = await connected({
      onSample: () => {
        throw new McpError("forbidden", "my secret reason", { rpcCode: -1 });
      },
    });
    client.on("error", () => {});
    const reply = await ask("sampling/createMessage", { messages: [], maxTokens: 5 });
    expect(reply).toMatchObject({ error: { code: -1 } });
    expect(JSON.stringify(reply)).not.toContain("secret");
  });

  it("is reported, and the client goes on", async () => {
    const reason = new Error("bug");
    const { client, ask } = await connected({
      onRoots: () => {
        throw reason;
      },
    });
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    await ask("roots/list");
    expect(errors).toEqual([reason]);
    expect(await ask("ping")).toMatchObject({ result: {} });
  });
});

describe("the signal of a handler", () => {
  it("aborts when the client is closed, and its answer is not sent", async () => {
    const answered = deferred<{ action: "decline" }>();
    const asked = deferred<AbortSignal>();
    const { client, ask, sent } = await connected({
      onElicit: (_, { signal }) => {
        asked.resolve(signal as AbortSignal);
        return answered.promise;
      },
    });
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    ask("elicitation/create", { message: "?" });
    const signal = await asked.promise;
    expect(signal.aborted).toBe(false);
    const before = sent.length;
    await client.close();
    expect(signal.aborted).toBe(true);
    answered.resolve({ action: "decline" });
    await tick();
    expect(sent.length).toBe(before);
    expect(errors).toEqual([]);
  });

  // requires: cancellation/received
  it("aborts when the server takes its question back, which is then not answered", async () => {
    const asked = deferred<AbortSignal>();
    const answered = deferred<{ action: "decline" }>();
    const { ask, tell, sent } = await connected({
      onElicit: (_, { signal }) => {
        asked.resolve(signal as AbortSignal);
        return answered.promise;
      },
    });
    ask("elicitation/create", { message: "?" }, "q1");
    const signal = await asked.promise;
    const before = sent.length;
    tell("notifications/cancelled", { requestId: "q1" });
    await tick();
    expect(signal.aborted).toBe(true);
    answered.resolve({ action: "decline" });
    await tick();
    expect(sent.length).toBe(before);
  });
});

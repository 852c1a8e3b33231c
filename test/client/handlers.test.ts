import type { CreateClientOptions, ElicitRequest } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { deferred, meet, tick } from "./support.ts";

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
    ["none without handlers", {}, {}],
    ["onElicit", { onElicit: () => ({ action: "decline" }) }, { elicitation: { form: {}, url: {} } }],
    [
      "onSample",
      { onSample: () => ({ role: "assistant", content: { type: "text", text: "" }, model: "m" }) },
      { sampling: {} },
    ],
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

describe("onElicit", () => {
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

it("a ping is answered without any handler", async () => {
  const { ask } = await connected();
  expect(await ask("ping", undefined, 0)).toEqual({ jsonrpc: "2.0", id: 0, result: {} });
});

it.each(["elicitation/create", "sampling/createMessage", "roots/list", "x/unknown", "__proto__"])(
  "%s without a handler is refused with -32601",
  async (method) => {
    const { ask } = await connected();
    expect(await ask(method)).toMatchObject({ error: { code: -32601 } });
  },
);

describe("a handler that fails", () => {
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

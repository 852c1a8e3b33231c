import type { CreateClientOptions, JsonObject } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { all, deferred, meet, outcome, text, tick } from "./support.ts";

const options: Omit<CreateClientOptions, "transport"> = {
  onElicit: ({ message }) => ({ action: "accept", content: { said: message } }),
  onSample: () => ({ role: "assistant", content: { type: "text", text: "Paris" }, model: "m" }),
  onRoots: () => [{ uri: "file:///a" }],
};

const wants = (more: JsonObject): JsonObject => ({ resultType: "input_required", ...more });
const elicit = (message: string): JsonObject => ({ method: "elicitation/create", params: { message } });

/** What goes over a wire: without members that are undefined. */
const wire = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value));

describe("a server that wants input first", () => {
  // requires: mrtr/inputs-first, mrtr/state-echoed, mrtr/state-opaque, mrtr/state-untouched, mrtr/new-id
  // requires: mrtr/new-id-of-tools, base/explicit-state
  it("gets it with the same request, another id, and its state byte for byte", async () => {
    const { client, next } = meet("2026-07-28", options);
    const call = client.callTool("book", { seats: 2 });
    const first = await next();
    const requestState = ' {"a":1}\u0000é ';
    first.reply(
      wants({
        inputRequests: {
          name: elicit("Name?"),
          city: { method: "sampling/createMessage", params: { messages: [], maxTokens: 9 } },
          places: { method: "roots/list" },
        },
        requestState,
      }),
    );
    const second = await next();
    expect(second.id).not.toBe(first.id);
    expect(wire(second.params)).toMatchObject({
      name: "book",
      arguments: { seats: 2 },
      requestState,
      inputResponses: {
        name: { action: "accept", content: { said: "Name?" } },
        city: { role: "assistant", content: { type: "text", text: "Paris" }, model: "m" },
        places: { roots: [{ uri: "file:///a" }] },
      },
    });
    second.reply(text("booked"));
    expect((await call).text).toBe("booked");
  });

  it.each([{}, { inputRequests: {} }, { requestState: 5 }, { requestState: null, inputRequests: 7 }])(
    "and does not say which, %j, is not asked again and again",
    async (nothing) => {
      const { client, next, of } = meet("2026-07-28", options);
      const call = client.callTool("book");
      (await next()).reply(wants(nothing));
      await expect(call).rejects.toMatchObject({ code: "invalid_message" });
      expect(of("tools/call")).toHaveLength(1);
    },
  );

  it.each([{}, { action: "yes" }, { name: "x" }, "accept", 7])(
    "is not sent what onElicit cannot have meant: %j",
    async (nonsense) => {
      const { client, next, of } = meet("2026-07-28", { onElicit: () => nonsense as never });
      const call = client.callTool("book");
      (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
      await expect(call).rejects.toMatchObject({
        code: "rpc_error",
        cause: { message: expect.stringContaining("action") },
      });
      expect(of("tools/call")).toHaveLength(1);
    },
  );

  // requires: mrtr/no-state-no-state
  it("gets no state back that it did not give", async () => {
    const { client, next } = meet("2026-07-28", options);
    client.callTool("book");
    (await next()).reply(wants({ inputRequests: { name: elicit("?") }, requestState: "one" }));
    (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
    const third = wire((await next()).params);
    expect(third).not.toHaveProperty("requestState");
    expect(third).toHaveProperty("inputResponses");
  });

  it("gets no answers to a round that asked nothing", async () => {
    const { client, next } = meet("2026-07-28", options);
    client.callTool("book");
    (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
    (await next()).reply(wants({ requestState: "two" }));
    const third = wire((await next()).params);
    expect(third).toMatchObject({ requestState: "two" });
    expect(third).not.toHaveProperty("inputResponses");
  });

  // requires: mrtr/only-its-request
  it("has no effect on another call beside it", async () => {
    const { client, next } = meet("2026-07-28", options);
    client.callTool("book");
    (await next()).reply(wants({ requestState: "mine", inputRequests: {} }));
    await next();
    client.callTool("other");
    const { params } = await next();
    expect(wire(params)).not.toHaveProperty("requestState");
    expect(wire(params)).not.toHaveProperty("inputResponses");
  });

  it("may name its questions as it likes", async () => {
    const { client, next } = meet("2026-07-28", options);
    client.callTool("book");
    const inputRequests = JSON.parse(
      '{"__proto__":{"method":"roots/list"},"constructor":{"method":"roots/list"}}',
    );
    (await next()).reply(wants({ inputRequests }));
    const { inputResponses } = JSON.parse(JSON.stringify((await next()).params));
    expect(Object.keys(inputResponses)).toEqual(["__proto__", "constructor"]);
    expect(({} as { roots?: unknown }).roots).toBeUndefined();
  });

  it("may do so with any request", async () => {
    const { client, next } = meet("2026-07-28", options);
    const reading = client.readResource("a:b");
    (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
    const second = await next();
    expect(second).toMatchObject({ method: "resources/read", params: { uri: "a:b" } });
    second.reply({ contents: [] });
    expect(await reading).toEqual({ contents: [] });
  });

  it("does not get it for ever", async () => {
    const { client, of } = meet("2026-07-28", options, {
      "tools/call": () => wants({ requestState: "again" }),
    });
    await expect(client.callTool("book")).rejects.toMatchObject({ code: "limit_exceeded" });
    expect(of("tools/call")).toHaveLength(11);
  });

  it("of a client that cannot give it fails the call", async () => {
    const { client, next } = meet("2026-07-28");
    const call = client.callTool("book");
    (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
    await expect(call).rejects.toMatchObject({
      code: "capability_missing",
      message: expect.stringContaining("elicitation/create"),
    });
  });

  it("of a handler that throws fails the call with that as its cause", async () => {
    const reason = new Error("closed the dialog");
    const { client, next } = meet("2026-07-28", { onElicit: () => Promise.reject(reason) });
    const call = client.callTool("book");
    (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
    await expect(call).rejects.toMatchObject({ cause: reason });
  });

  it.each([[null], ["x"], [7], [[]], [{}]])("with the question %j is refused", async (question) => {
    const { client, next } = meet("2026-07-28", options);
    const call = client.callTool("book");
    (await next()).reply(wants({ inputRequests: { name: question } }));
    await expect(call).rejects.toMatchObject({ code: "capability_missing" });
  });

  it("streams all its rounds into one loop", async () => {
    const { client, next } = meet("2026-07-28", options);
    const events = all(client.callTool("book"));
    const first = await next();
    first.delta("a");
    first.reply(wants({ inputRequests: { name: elicit("?") } }));
    const second = await next();
    second.delta("b");
    second.reply(text("ab"));
    expect((await events).map(({ type }) => type)).toEqual(["text", "text", "result"]);
  });

  it("loses its dialog when the call is cancelled, and is not asked again", async () => {
    const asked = deferred<AbortSignal>();
    const onElicit = vi.fn((_, { signal }) => {
      asked.resolve(signal);
      return new Promise<never>(() => {});
    });
    const { client, next, of } = meet("2026-07-28", { onElicit });
    const call = client.callTool("book");
    (await next()).reply(wants({ inputRequests: { name: elicit("?") } }));
    const signal = await asked.promise;
    const reason = new Error("enough");
    call.cancel(reason);
    await expect(call).rejects.toBe(reason);
    expect(signal.aborted).toBe(true);
    await tick();
    expect(of("tools/call")).toHaveLength(1);
  });
});

it("on 2025-11-25 a result may say resultType without meaning anything by it", async () => {
  const { client, next } = meet("2025-11-25", options);
  const call = client.callTool("book");
  (await next()).reply({ ...text("done"), resultType: "input_required" });
  expect(await outcome(call)).toMatchObject({ value: { text: "done" } });
});

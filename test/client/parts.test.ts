import type { JsonObject, Message, RpcRequest, ToolEvent } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { all, deferred, eras, meet, outcome, own, result, streams, text, tick } from "./support.ts";

const types = (events: readonly ToolEvent[]) =>
  events.map((event) => (event.type === "text" ? `${event.source}:${event.delta}` : event.type));

describe.each(eras)("on %s, the parts of a call", (era) => {
  it("come in order, and the result last", async () => {
    const { client, next } = meet(era);
    const events = all(client.callTool("chat"));
    const asked = await next();
    asked.progress(1, "one");
    asked.delta("Hel");
    asked.told("notifications/x", { requestId: asked.id });
    asked.delta("lo");
    asked.reply(text("Hello"));
    expect(types(await events)).toEqual(["progress", "stream:Hel", "notification", "stream:lo", "result"]);
  });

  it("are all there for a loop that begins late", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("chat");
    const asked = await next();
    asked.progress(1);
    asked.delta("Hello");
    asked.reply(text("Hello!"));
    await tick();
    expect(types(await all(call))).toEqual(["progress", "stream:Hello", "result:!", "result"]);
  });

  it("end with the failure for a loop that begins late", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("chat");
    const asked = await next();
    asked.delta("Hel");
    asked.refuse(-1);
    await tick();
    const seen: ToolEvent[] = [];
    await expect(async () => {
      for await (const event of call) seen.push(event);
    }).rejects.toMatchObject({ code: "rpc_error" });
    expect(types(seen)).toEqual(["stream:Hel"]);
  });

  it("still let the whole be awaited inside the loop", async () => {
    const { client, next } = meet(era, { limits: { queuedEvents: 2 } });
    const call = client.callTool("chat");
    const reading = (async () => {
      for await (const event of call) if (event.type === "progress") return (await call).text;
      return undefined;
    })();
    const asked = await next();
    for (let n = 0; n < 20; n++) asked.progress(n);
    asked.reply(text("done"));
    expect(await outcome(reading)).toEqual({ value: "done" });
  });

  it("never lose text or the result when nobody reads them in time", async () => {
    const { client, next } = meet(era, { limits: { queuedEvents: 4 } });
    const call = client.callTool("chat");
    const asked = await next();
    for (let n = 0; n < 100; n++) {
      asked.delta(`${n},`);
      asked.progress(n);
    }
    asked.reply(text("end"));
    await tick();
    const events = await all(call);
    const streamed = Array.from({ length: 100 }, (_, n) => `${n},`).join("");
    expect(events.length).toBeLessThanOrEqual(5);
    expect(
      events.map((event) => (event.type === "text" && event.source === "stream" ? event.delta : "")).join(""),
    ).toBe(streamed);
    expect(events.at(-1)).toMatchObject({ type: "result", result: { text: "end" } });
  });

  it("fill a result that has nothing of its own", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("chat");
    const asked = await next();
    asked.delta("Hel");
    asked.delta("lo");
    asked.reply({ content: [] });
    expect(await call).toMatchObject({ text: "Hello", content: [{ type: "text", text: "Hello" }] });
  });

  it("that are numbered are missed when some do not come", async () => {
    const { client, next } = meet(era);
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const call = all(client.callTool("chat"));
    const asked = await next();
    const part = (seq: number, ...texts: string[]) =>
      asked.told("notifications/tools/partial_result", { requestId: asked.id, seq, ...text(...texts) });
    part(0, "a", "b");
    part(1, "c");
    asked.delta("d");
    part(2, "e");
    part(4, "g");
    asked.reply(text("abcdefg"));
    const deltas = ["stream:a", "stream:b", "stream:c", "stream:d", "stream:e", "stream:g"];
    expect(types(await call)).toEqual([...deltas, "result:abcdefg", "result"]);
    expect(errors).toMatchObject([{ code: "invalid_message", message: expect.stringMatching(/missing/) }]);
  });

  it("go to the call they name when two run at once", async () => {
    const { client, next } = meet(era);
    const [a, b] = [all(client.callTool("a")), all(client.callTool("b"))];
    const [one, two] = [await next(), await next()];
    two.delta("two");
    one.delta("one");
    one.reply(text("one"));
    two.reply(text("two"));
    expect(types(await a)).toEqual(["stream:one", "result"]);
    expect(types(await b)).toEqual(["stream:two", "result"]);
  });

  it("by the name of the tool go to the only call of it", async () => {
    const { client, next } = meet(era);
    const [a, b] = [all(client.callTool("a")), all(client.callTool("b"))];
    const [one, two] = [await next(), await next()];
    two.told("notifications/tool/streamContent", { toolName: "b", content: [{ type: "text", text: "x" }] });
    one.reply(text("one"));
    two.reply(text("x"));
    expect(types(await a)).toEqual(["result:one", "result"]);
    expect(types(await b)).toEqual(["stream:x", "result"]);
  });
});

/** A server that hands out one progress at a time, as they are taken, and counts them. */
function counting(count: number) {
  const taken = { count: 0 };
  async function* answer(asked: RpcRequest): AsyncGenerator<Message, void, undefined> {
    for (let n = 1; n <= count; n++) {
      taken.count = n;
      yield { jsonrpc: "2.0", method: "notifications/progress", params: { progress: n } };
    }
    yield result(asked, text("done"));
  }
  return { taken, transport: streams((asked) => answer(asked)) };
}

describe("where a call has a stream of its own, its parts", () => {
  it("belong to it whatever their token", async () => {
    const transport = streams(async function* (asked) {
      yield {
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: "other", progress: 1 },
      };
      yield result(asked, text("done"));
    });
    expect(types(await all(own({ transport }).callTool("a")))).toEqual(["progress", "result:done", "result"]);
  });

  it("are taken from the server no faster than they are read", async () => {
    const { taken, transport } = counting(1000);
    const client = own({ transport, limits: { queuedEvents: 10 } });
    let read = 0;
    for await (const event of client.callTool("a")) {
      if (event.type !== "progress") continue;
      read++;
      await tick();
      expect(taken.count - read).toBeLessThanOrEqual(11);
    }
    expect(read).toBe(1000);
  });

  it("wait in the server for a call that nobody has looked at", async () => {
    const { taken, transport } = counting(1000);
    const call = own({ transport, limits: { queuedEvents: 10 } }).callTool("a");
    await tick();
    expect(taken.count).toBe(10);
    expect((await call).text).toBe("done");
    expect(taken.count).toBe(1000);
  });

  it("do not hold up a call that is awaited inside the loop over them", async () => {
    const { taken, transport } = counting(1000);
    const call = own({ transport, limits: { queuedEvents: 10 } }).callTool("a");
    for await (const _ of call) {
      expect((await call).text).toBe("done");
      break;
    }
    expect(taken.count).toBe(1000);
  });

  it("do not hold up a call that is awaited", async () => {
    const { taken, transport } = counting(1000);
    expect((await own({ transport, limits: { queuedEvents: 10 } }).callTool("a")).text).toBe("done");
    expect(taken.count).toBe(1000);
  });
});

it("a stream of a call's text can be read after its result was awaited", async () => {
  const { client, next } = meet("2026-07-28");
  const call = client.callTool("chat");
  const stream = call.textStream();
  const asked = await next();
  asked.delta("Hel");
  asked.delta("lo");
  asked.reply(text("Hello"));
  expect((await call).text).toBe("Hello");
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  expect(pieces.join("")).toBe("Hello");
});

it("a loop that begins after the result was awaited still gets the result", async () => {
  const { client, next } = meet("2026-07-28");
  const call = client.callTool("chat");
  (await next()).reply(text("Hello"));
  const whole = await call;
  const events = await all(call);
  expect(events.at(-1)).toMatchObject({ type: "result", result: whole });
});

it("a loop that begins after the failure was awaited gets that, and no stale part before it", async () => {
  const { client, next } = meet("2026-07-28");
  const call = client.callTool("chat");
  const awaited = call.catch(() => {});
  const asked = await next();
  asked.delta("Hel");
  asked.refuse(-1);
  await awaited;
  const seen: ToolEvent[] = [];
  await expect(async () => {
    for await (const event of call) seen.push(event);
  }).rejects.toMatchObject({ code: "rpc_error" });
  expect(types(seen)).toEqual([]);
});

it("asking for two parts at once gives one after the other", async () => {
  const { client, next } = meet("2026-07-28");
  const reading = client.callTool("chat")[Symbol.asyncIterator]();
  const both = Promise.all([reading.next(), reading.next()]);
  const asked = await next();
  asked.progress(1);
  asked.progress(2);
  expect(await both).toMatchObject([{ value: { progress: 1 } }, { value: { progress: 2 } }]);
  asked.reply(text("done"));
});

it("a call whose parts were read to the end has no more", async () => {
  const { client, next } = meet("2026-07-28");
  const call = client.callTool("chat");
  const reading = call[Symbol.asyncIterator]();
  (await next()).reply({ content: [] });
  expect((await reading.next()).value?.type).toBe("result");
  const ended = deferred<boolean | undefined>();
  reading.next().then(({ done }) => ended.resolve(done));
  expect(await ended.promise).toBe(true);
});

describe.each(["2025-11-25", "2026-07-28"] as const)("on %s with a stream for each call", (era) => {
  it("what has the token of another call goes to that, whichever stream it comes on", async () => {
    const [both, over] = [deferred<void>(), deferred<void>()];
    const tokens: unknown[] = [];
    const step = (call: number, progress: number): Message => {
      const params = { progressToken: tokens[call] ?? "of nobody", progress };
      return { jsonrpc: "2.0", method: "notifications/progress", params };
    };
    const transport = streams(async function* (request) {
      const first = tokens.push((request.params?._meta as JsonObject | undefined)?.progressToken) === 1;
      if (!first) both.resolve();
      await (first ? both : over).promise;
      if (first) yield* [step(1, 10), step(0, 1), step(1, 20), step(2, 2)];
      over.resolve();
      yield result(request, text("done"));
    }, era);
    const client = own({ transport, protocolVersion: era });
    const [a, b] = await Promise.all([all(client.callTool("count")), all(client.callTool("count"))]);
    const steps = (events: readonly ToolEvent[]) =>
      events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
    expect([steps(a), steps(b)]).toEqual([
      [1, 2],
      [10, 20],
    ]);
  });
});

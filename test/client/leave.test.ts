import { describe, expect, it } from "vitest";
import { all, deferred, eras, meet, outcome, own, result, silence, streams, text, tick } from "./support.ts";

const abortError = { name: "AbortError" };

describe.each(eras)("on %s, a call is cancelled", (era) => {
  it.each<[string, (step: () => void) => void]>([
    ["break", () => {}],
    ["throw", (step) => step()],
  ])("by leaving its loop with %s", async (way) => {
    const { client, next, of } = meet(era);
    const call = client.callTool("chat");
    const asked = await next();
    asked.progress(1);
    const mine = new Error("mine");
    const loop = (async () => {
      for await (const _ of call) {
        if (way === "throw") throw mine;
        break;
      }
    })();
    if (way === "throw") await expect(loop).rejects.toBe(mine);
    else await loop;
    await expect(call).rejects.toMatchObject(abortError);
    expect(of("notifications/cancelled").map(({ params }) => params)).toEqual([
      { requestId: asked.id, reason: "cancelled" },
    ]);
  });

  it("by leaving the loop over its text", async () => {
    const { client, next, of } = meet(era);
    const call = client.callTool("chat");
    (await next()).delta("Hel");
    for await (const _ of call.text()) break;
    await expect(call).rejects.toMatchObject(abortError);
    expect(of("notifications/cancelled")).toHaveLength(1);
  });

  it("by cancelling the stream of its text", async () => {
    const { client, next, of } = meet(era);
    const call = client.callTool("chat");
    const stream = call.textStream();
    await next();
    const reason = new Error("gone");
    await stream.cancel(reason);
    await expect(call).rejects.toBe(reason);
    expect(of("notifications/cancelled")).toHaveLength(1);
  });

  it("by leaving its text before reading any", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("chat");
    const { result } = call;
    await next();
    await call.text().return?.();
    expect(await outcome(result)).toMatchObject({ reason: abortError });
  });

  // requires: cancellation/sent
  it("with the signal's own reason", async () => {
    const { client, next, of } = meet(era);
    const controller = new AbortController();
    const call = client.callTool("chat", {}, { signal: controller.signal });
    const loop = all(call);
    loop.catch(() => {});
    const asked = await next();
    const reason = { not: "an error" };
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(loop).rejects.toBe(reason);
    expect(of("notifications/cancelled")[0]?.params?.requestId).toBe(asked.id);
  });

  it("with an AbortError when no reason is given", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("chat");
    await next();
    call.cancel();
    await expect(call).rejects.toMatchObject(abortError);
  });

  it("once, however often it is asked to", async () => {
    const { client, next, of } = meet(era);
    const call = client.callTool("chat");
    await next();
    call.cancel(new Error("first"));
    call.cancel(new Error("second"));
    await expect(call).rejects.toThrow("first");
    expect(of("notifications/cancelled")).toHaveLength(1);
  });

  // requires: cancellation/only-in-flight
  it("without a word to the server when it was not sent yet", async () => {
    const { client, sent } = meet(era);
    await client.connect();
    const before = sent.length;
    const call = client.callTool("chat", {}, { signal: AbortSignal.abort("never mind") });
    await expect(call).rejects.toBe("never mind");
    await tick();
    expect(sent.length).toBe(before);
  });

  // requires: cancellation/only-in-flight
  it("without a word to the server when it is over", async () => {
    const { client, next, of } = meet(era);
    const controller = new AbortController();
    const call = client.callTool("chat", {}, { signal: controller.signal });
    (await next()).reply(text("done"));
    await call;
    call.cancel();
    controller.abort();
    await tick();
    expect(of("notifications/cancelled")).toEqual([]);
    expect((await call).text).toBe("done");
  });

  it("without harm to others", async () => {
    const { client, next } = meet(era);
    const [a, b] = [client.callTool("a"), client.callTool("b")];
    const [, second] = [await next(), await next()];
    a.cancel();
    await expect(a).rejects.toMatchObject(abortError);
    second.reply(text("b"));
    expect((await b).text).toBe("b");
  });
});

it("a left loop is over: asking for more gives nothing", async () => {
  const { client, next } = meet("2026-07-28");
  const reading = client.callTool("chat")[Symbol.asyncIterator]();
  (await next()).progress(1);
  await reading.next();
  expect(await reading.return?.()).toEqual({ value: undefined, done: true });
  expect(await reading.next()).toEqual({ value: undefined, done: true });
});

// requires: cancellation/sent
it("on 2026-07-28 with a stream of its own, closing that stream is all the server hears", async () => {
  const closed = deferred();
  const transport = streams(async function* (_, options) {
    options.signal.addEventListener("abort", () => closed.resolve(), { once: true });
    yield { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };
    yield* silence(options);
  });
  const call = own({ transport }).callTool("chat");
  for await (const _ of call) break;
  await closed.promise;
  await tick();
  expect(transport.sent.map((message) => "method" in message && message.method)).toEqual([
    "server/discover",
    "tools/call",
  ]);
});

// requires: http/cancels-explicitly
it("on 2025-11-25 with a stream of its own, the server is told as well", async () => {
  const transport = streams((_, options) => silence(options), "2025-11-25");
  const client = own({ transport });
  await client.connect();
  const call = client.callTool("chat");
  await tick();
  call.cancel();
  await expect(call).rejects.toMatchObject(abortError);
  expect(transport.sent.at(-1)).toMatchObject({ method: "notifications/cancelled" });
});

it("a call made in the breath in which the only other one is cancelled is not cancelled with it", async () => {
  const { client, next } = meet("2025-11-25");
  const first = client.callTool("a");
  first.cancel();
  const second = client.callTool("b");
  next().then((asked) => asked.reply(text("b")));
  expect((await second).text).toBe("b");
});

it("a signal is left without listeners once its calls are over", async () => {
  const transport = streams(async function* (asked) {
    yield result(asked, text("x"));
  });
  const client = own({ transport });
  const controller = new AbortController();
  let listeners = 0;
  const signal = {
    get aborted() {
      return controller.signal.aborted;
    },
    get reason() {
      return controller.signal.reason;
    },
    addEventListener: () => void listeners++,
    removeEventListener: () => void listeners--,
  };
  for (let n = 0; n < 5; n++) await client.callTool("a", {}, { signal });
  expect(listeners).toBe(0);
});

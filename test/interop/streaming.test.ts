import type { ToolEvent } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { revisions } from "../servers/gated.ts";
import { all, fetchWith, meet } from "./support.ts";

describe.each(revisions)("a tool call over %s", (revision) => {
  it("hands out each event before the server goes on to the next, and all before the result", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated", { topic: "rivers" });
    const events = call[Symbol.asyncIterator]();
    const gated = await server.nextCall();
    expect(gated.arguments).toEqual({ topic: "rivers" });

    await gated.progress(1, "Looking", 2);
    expect((await events.next()).value).toMatchObject({
      type: "progress",
      progress: 1,
      total: 2,
      message: "Looking",
    });
    await gated.text("Hel");
    expect((await events.next()).value).toMatchObject({ type: "text", delta: "Hel", source: "stream" });
    await gated.progress(2);
    expect((await events.next()).value).toMatchObject({ type: "progress", progress: 2 });
    await gated.text("lo");
    expect((await events.next()).value).toMatchObject({ type: "text", delta: "lo", source: "stream" });

    gated.finish("Hello");
    const last = (await events.next()).value as ToolEvent;
    expect(last).toMatchObject({ type: "result", result: { text: "Hello", isError: false } });
    expect(await events.next()).toEqual({ value: undefined, done: true });
    expect(await call).toBe("result" in last && last.result);
  });

  it("delivers everything that shares a chunk with the response, in order", async () => {
    const { server, client } = await meet(revision, { fetch: fetchWith(() => heldBack("first", "last")) });
    const events = all(client.callTool("gated"));
    const gated = await server.nextCall();
    await gated.progress(1, "first");
    await gated.text("a");
    await gated.progress(2, "second");
    await gated.text("b");
    gated.finish({ content: [{ type: "text", text: "ab, and last" }] });

    expect((await events).map(brief)).toEqual([1, "a", 2, "b", ", and last", "result"]);
  });

  it("does not care where the network cuts the stream, be it inside a character", async () => {
    const { server, client } = await meet(revision, { fetch: fetchWith(byteByByte) });
    const events = all(client.callTool("gated"));
    const gated = await server.nextCall();
    await gated.text("Grüße, 世界 ");
    await gated.text("🌊");
    gated.finish("Grüße, 世界 🌊\r\n\u2028!");

    expect((await events).map(brief)).toEqual(["Grüße, 世界 ", "🌊", "\r\n\u2028!", "result"]);
  });

  it("gets its own events when others run beside it", async () => {
    const { server, client } = await meet(revision);
    const seen = ["a", "b", "c"].map((name) => all(client.callTool("gated", { name })));
    const calls = [await server.nextCall(), await server.nextCall(), await server.nextCall()];
    for (const step of [1, 2, 3]) {
      for (const call of calls) await call.progress(step, `${call.arguments.name}${step}`);
    }
    // Answered in another order than they were asked.
    for (const call of calls.reverse()) call.finish(`${call.arguments.name} is done`);

    const lists = await Promise.all(seen);
    for (const [index, name] of ["a", "b", "c"].entries()) {
      expect(
        lists[index]?.map((event) => (event.type === "progress" ? event.message : brief(event))),
      ).toEqual([`${name}1`, `${name}2`, `${name}3`, `${name} is done`, "result"]);
    }
  });

  it("hands out logs, unknown notifications, and blocks that are not text, each with its message", async () => {
    const { server, client } = await meet(revision);
    const events = client.callTool("gated")[Symbol.asyncIterator]();
    const gated = await server.nextCall();
    const image = { type: "image" as const, data: "AAAA", mimeType: "image/png" };

    await gated.content([{ type: "text", text: "Look: " }, image]);
    expect((await events.next()).value).toMatchObject({ type: "text", delta: "Look: " });
    expect((await events.next()).value).toMatchObject({
      type: "content",
      content: image,
      raw: { method: "notifications/tool/streamContent" },
    });
    const progressToken = gated.meta.progressToken;
    await gated.notify("notifications/example/unknown", { progressToken, extra: { kept: true } });
    expect((await events.next()).value).toMatchObject({
      type: "notification",
      method: "notifications/example/unknown",
      params: { extra: { kept: true } },
    });
    gated.finish();
    expect(brief((await events.next()).value as ToolEvent)).toBe("result");
  });

  // requires: progress/token-type, progress/token-unique, progress/token-unique-stateless
  it("sends a progress token that is a string and no other call's", async () => {
    const { server, client } = await meet(revision);
    const calls = [
      client.callTool("gated"),
      client.callTool("gated", {}, { meta: { progressToken: "mine" } }),
    ];
    const gated = [await server.nextCall(), await server.nextCall()];
    const tokens = gated.map(({ meta }) => meta.progressToken);
    expect(tokens.map((token) => typeof token)).toEqual(["string", "string"]);
    expect(new Set(tokens).size).toBe(2);
    for (const call of gated) call.finish("done");
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(["done", "done"]);
  });

  it("can be iterated after it was answered", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const gated = await server.nextCall();
    await gated.progress(1);
    await gated.text("Hi");
    gated.finish("Hi");
    // An answer to a later request: the one before it is in as well.
    await client.callTool("echo", { message: "later" });

    expect((await all(call)).map(brief)).toEqual([1, "Hi", "result"]);
    expect((await call).text).toBe("Hi");
  });
});

describe("on a stream that calls share", () => {
  it("content that only names its tool goes to the one call of that tool", async () => {
    const { server, client } = await meet("2024-11-05");
    const seen = ["gated", "other"].map((tool) => all(client.callTool(tool)));
    const calls = [await server.nextCall(), await server.nextCall()];
    for (const call of calls) await call.text(`of ${call.name}`);
    for (const call of calls) call.finish();
    const [gated, other] = await Promise.all(seen);
    expect(gated?.map(brief)).toEqual(["of gated", "result"]);
    expect(other?.map(brief)).toEqual(["of other", "result"]);
  });

  it("content that may be of either of two calls goes to neither, and to the client's listeners", async () => {
    const { server, client } = await meet("2024-11-05");
    const heard: unknown[] = [];
    client.on("notification", ({ params }) => heard.push(params.toolName));
    const seen = [all(client.callTool("gated")), all(client.callTool("gated"))];
    const calls = [await server.nextCall(), await server.nextCall()];
    await calls[0]?.text("whose?");
    for (const call of calls) call.finish("mine");
    for (const events of await Promise.all(seen)) expect(events.map(brief)).toEqual(["mine", "result"]);
    expect(heard).toEqual(["gated"]);
  });
});

function brief(event: ToolEvent): string | number {
  if (event.type === "text") return event.delta;
  return event.type === "progress" ? event.progress : event.type;
}

/** Holds back what comes from a chunk with `from` in it on, and lets it go as one chunk with `to` in it. */
function heldBack(from: string, to: string): TransformStream<Uint8Array, Uint8Array> {
  let held: Buffer | undefined;
  return new TransformStream({
    transform(chunk, controller) {
      if (!held && !Buffer.from(chunk).includes(from)) return controller.enqueue(chunk);
      held = Buffer.concat([held ?? Buffer.alloc(0), chunk]);
      if (!held.includes(to)) return;
      controller.enqueue(new Uint8Array(held));
      held = undefined;
    },
  });
}

function byteByByte(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at++) controller.enqueue(chunk.slice(at, at + 1));
    },
  });
}

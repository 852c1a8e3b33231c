import { connect, createClient, streamableHttp, type ToolCall, type ToolEvent } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { type GatedCall, type GatedServer, type Revision, revisions } from "../servers/gated.ts";
import { count, deferred, meet, own, startHandMade } from "./support.ts";

const left = new Error("seen enough");

/** Ways to leave a loop over the parts of a call. */
const leave: Record<string, (parts: AsyncIterable<unknown>) => Promise<unknown>> = {
  async break(parts) {
    for await (const _ of parts) break;
  },
  async return(parts) {
    for await (const part of parts) return part;
  },
  async throw(parts) {
    try {
      for await (const _ of parts) throw left;
    } catch (error) {
      expect(error).toBe(left);
    }
  },
};

/** The server knows that nobody waits, and holds no connection open for an answer. */
async function ended(revision: Revision, gated: GatedCall): Promise<void> {
  await gated.aborted;
  // Over HTTP+SSE the stream is everybody's, and goes on.
  if (revision !== "2024-11-05") await gated.disconnected;
}

/** Told once: by a message where there is a session, by closing the stream where there is none. */
function expectTold(revision: Revision, server: GatedServer): void {
  const told = server.requests.filter(({ method }) => method === "notifications/cancelled");
  const asked = server.requests.find(({ method }) => method === "tools/call")?.body as { id: number };
  if (revision === "2026-07-28") expect(told).toEqual([]);
  else expect(told.map(({ body }) => body)).toMatchObject([{ params: { requestId: asked.id } }]);
}

describe.each(revisions)("over %s, the server stops", (revision) => {
  it.each(Object.keys(leave))("when a loop over the events is left with %s", async (way) => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const leaving = leave[way]?.(call);
    const gated = await server.nextCall();
    await gated.progress(1);
    await leaving;
    await ended(revision, gated);
    await expect(call.result).rejects.toMatchObject({ name: "AbortError" });
    expect((await client.callTool("echo", { message: "still here" })).text).toBe("still here");
    expectTold(revision, server);
  });

  it.each(Object.keys(leave))("when a loop over the text is left with %s", async (way) => {
    const { server, client } = await meet(revision);
    const leaving = leave[way]?.(client.callTool("gated").text());
    const gated = await server.nextCall();
    await gated.text("Hel");
    await leaving;
    await ended(revision, gated);
  });

  it("when the text stream is cancelled", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const reader = call.textStream().getReader();
    const gated = await server.nextCall();
    await gated.text("Hel");
    expect(await reader.read()).toEqual({ value: "Hel", done: false });
    await reader.cancel(left);
    await ended(revision, gated);
    await expect(call.result).rejects.toBe(left);
  });

  it("when the signal aborts, whose reason both the call and the loop throw", async () => {
    const { server, client } = await meet(revision);
    const controller = new AbortController();
    const call = client.callTool("gated", {}, { signal: controller.signal });
    const seen: ToolEvent[] = [];
    const first = deferred();
    const loop = (async () => {
      for await (const event of call) {
        seen.push(event);
        first.resolve();
      }
    })();
    const gated = await server.nextCall();
    await gated.progress(1);
    await first.promise;
    controller.abort(left);
    await expect(call).rejects.toBe(left);
    await expect(loop).rejects.toBe(left);
    expect(seen.map(({ type }) => type)).toEqual(["progress"]);
    await ended(revision, gated);
    expect((await client.callTool("echo", { message: "still here" })).text).toBe("still here");
    expectTold(revision, server);
  });

  it.each([
    ["a call that was only awaited", (call: ToolCall) => call.then()],
    ["a call nobody looks at", () => undefined],
  ])("when cancel() is called on %s, before it said anything", async (_title, look) => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const looking = expect(look(call) ?? call.result).rejects.toBe(left);
    const gated = await server.nextCall();
    call.cancel(left);
    call.cancel(new Error("too late"));
    await looking;
    await ended(revision, gated);
    expect((await client.callTool("echo", { message: "still here" })).text).toBe("still here");
    expectTold(revision, server);
  });

  it("with one call only, and the others go on", async () => {
    const { server, client } = await meet(revision);
    const calls = [1, 2, 3].map((n) => client.callTool("gated", { n }));
    const gated = [await server.nextCall(), await server.nextCall(), await server.nextCall()];
    const second = calls[(gated[1]?.arguments.n as number) - 1];
    second?.cancel(left);
    await gated[1]?.aborted;
    await expect(second).rejects.toBe(left);
    expect(gated.map((call) => call.isAborted)).toEqual([false, true, false]);
    gated[0]?.finish("first");
    gated[2]?.finish("third");
    const others = await Promise.all(calls.filter((call) => call !== second));
    expect(others.map(({ text }) => text).sort()).toEqual(["first", "third"]);
  });

  it("nothing when the signal aborts after the answer", async () => {
    const { server, client } = await meet(revision);
    const controller = new AbortController();
    const call = client.callTool("gated", {}, { signal: controller.signal });
    const gated = await server.nextCall();
    gated.finish("done");
    expect((await call).text).toBe("done");
    controller.abort(left);
    call.cancel(left);
    for await (const _ of call);
    await client.callTool("echo", { message: "later" });
    expect(count(server.requests, "notifications/cancelled")).toBe(0);
    expect((await call).text).toBe("done");
  });

  it("nothing for a call whose signal had aborted before: it is never sent", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated", {}, { signal: AbortSignal.abort(left) });
    await expect(call).rejects.toBe(left);
    await client.callTool("echo", { message: "later" });
    expect(server.calls).toEqual([]);
    expect(count(server.requests, "tools/call")).toBe(1);
    expect(count(server.requests, "notifications/cancelled")).toBe(0);
  });
});

describe("while the server is silent about who it is", () => {
  it("connect ends with the signal's reason, and lets go of the connection", async () => {
    const asked = deferred();
    const server = own(await startHandMade(undefined, () => asked.resolve()));
    const controller = new AbortController();
    const connecting = connect(server.url, { signal: controller.signal });
    await asked.promise;
    controller.abort(left);
    await expect(connecting).rejects.toBe(left);
    expect(await server.requests[0]?.ended).toBe("aborted");
  });

  it("connect does not start with a signal that has aborted", async () => {
    const server = own(await startHandMade(undefined, () => {}));
    await expect(connect(server.url, { signal: AbortSignal.abort(left) })).rejects.toBe(left);
    expect(server.requests).toEqual([]);
  });

  it("a call that waits for the connection ends with the signal's reason", async () => {
    const asked = deferred();
    const server = own(await startHandMade(undefined, () => asked.resolve()));
    const client = own(createClient({ transport: streamableHttp(server.url) }));
    const controller = new AbortController();
    const call = client.callTool("gated", {}, { signal: controller.signal });
    await asked.promise;
    controller.abort(left);
    await expect(call).rejects.toBe(left);
    expect(count(server.requests, "tools/call")).toBe(0);
  });
});

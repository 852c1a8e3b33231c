import { setImmediate as tick } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Client } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { type GatedCall, revisions } from "../servers/gated.ts";
import { deferred, meet, received } from "./support.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const EVENTS = 500;

/** Streams to the client, and counts the messages that are still held when all have arrived. */
async function kept(client: Client, gated: GatedCall): Promise<number> {
  const messages: WeakRef<object>[] = [];
  const arrived = deferred();
  const off = client.on("message", ({ direction, message }) => {
    if (direction !== "in" || !("method" in message)) return;
    messages.push(new WeakRef(message));
    if (messages.length === EVENTS) arrived.resolve();
  });
  for (let n = 1; n < EVENTS; n++) await gated.progress(n, `step ${n}`);
  await gated.text("and one delta");
  await arrived.promise;
  off();
  await another(client, gated);
  // A weak reference holds on until the job that made it, or looked at it, is over.
  await tick();
  collect();
  return messages.filter((message) => message.deref()).length;
}

/** One message more, in a chunk of its own: what the last chunk held may be on somebody's stack until the next. */
async function another(client: Client, gated: GatedCall): Promise<void> {
  const last = received(client, ({ params }) => (params as { message?: string })?.message === "last");
  await gated.progress(EVENTS, "last");
  await last;
}

/** The latest message or two may still be on somebody's stack. */
const FEW = 5;

describe.each(revisions)("over %s, the messages of a call", (revision) => {
  it("are let go when it is only awaited", async () => {
    const { server, client } = await meet(revision);
    const result = client.callTool("gated").then(({ text }) => text);
    expect(await kept(client, await server.nextCall())).toBeLessThanOrEqual(FEW);
    server.calls[0]?.finish("done");
    expect(await result).toBe("done");
  });

  it("are let go once they were read", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const reading = (async () => {
      for await (const _ of call);
    })();
    expect(await kept(client, await server.nextCall())).toBeLessThanOrEqual(FEW);
    server.calls[0]?.finish("done");
    await reading;
  });

  it("wait for a reader while nobody has said what they want of it, and are let go by await", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const gated = await server.nextCall();
    // This also shows that the measure would see them above.
    expect(await kept(client, gated)).toBeGreaterThanOrEqual(EVENTS);
    const { result } = call;
    expect(await kept(client, gated)).toBeLessThanOrEqual(FEW);
    gated.finish("done");
    await result;
  });

  it("are let go when the loop over them is left", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const gated = await server.nextCall();
    const refs: WeakRef<object>[] = [];
    const arrived = deferred();
    client.on("message", ({ direction, message }) => {
      if (direction !== "in" || !("method" in message)) return;
      if (refs.push(new WeakRef(message)) === 100) arrived.resolve();
    });
    for (let n = 1; n <= 100; n++) await gated.progress(n);
    await arrived.promise;
    for await (const _ of call) break;
    await gated.aborted;
    await client.callTool("echo", { message: "later" });
    await tick();
    collect();
    expect(refs.filter((ref) => ref.deref()).length).toBeLessThanOrEqual(FEW);
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });
});

import { setImmediate as tick } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Client } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { type GatedCall, revisions } from "../servers/gated.ts";
import { meet } from "./support.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const EVENTS = 200;

/** The latest message or two may still be on somebody's stack. */
const FEW = 5;

/** Streams to the client, and returns a function that counts the messages which are still held. */
async function stream(client: Client, gated: GatedCall): Promise<() => Promise<number>> {
  const messages: WeakRef<object>[] = [];
  let arrived = () => {};
  const off = client.on("message", ({ direction, message }) => {
    if (direction !== "in" || !("method" in message)) return;
    messages.push(new WeakRef(message));
    arrived();
  });
  // One by one, each in a chunk of its own: what shares a chunk may be held until the next one comes.
  for (let n = 1; n <= EVENTS; n++) {
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await (n % 10 === 0 ? gated.text(`${n} `) : gated.progress(n, `step ${n}`));
    await here;
  }
  off();
  return async () => {
    // A weak reference holds on until the job that made it, or looked at it, is over.
    await tick();
    collect();
    return messages.filter((message) => message.deref()).length;
  };
}

describe.each(revisions)("over %s, the messages of a call", (revision) => {
  it("are let go when it is only awaited", async () => {
    const { server, client } = await meet(revision);
    const result = client.callTool("gated").then(({ text }) => text);
    const gated = await server.nextCall();
    const held = await stream(client, gated);
    expect(await held()).toBeLessThanOrEqual(FEW);
    gated.finish("done");
    expect(await result).toBe("done");
  });

  it("are let go once they were read", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const reading = (async () => {
      for await (const _ of call);
    })();
    const gated = await server.nextCall();
    const held = await stream(client, gated);
    expect(await held()).toBeLessThanOrEqual(FEW);
    gated.finish("done");
    await reading;
  });

  it("wait for a reader while nobody has said what they want of it, and are let go by await", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const gated = await server.nextCall();
    const held = await stream(client, gated);
    // This also shows that the measure would see them in the tests above.
    expect(await held()).toBe(EVENTS);
    const { result } = call;
    expect(await held()).toBeLessThanOrEqual(FEW);
    gated.finish("done");
    await result;
  });

  it("are let go when the loop over them is left", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const gated = await server.nextCall();
    const held = await stream(client, gated);
    for await (const _ of call) break;
    await gated.aborted;
    expect(await held()).toBeLessThanOrEqual(FEW);
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });
});

import { setImmediate as tick } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Client, createClient, type ToolCall, type Transport } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { eras, meet, type Scripted, silence, streams } from "./support.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Whether it is gone. A weak reference holds on until the job that made it is over. */
async function collected(ref: WeakRef<object>): Promise<boolean> {
  for (let n = 0; n < 20 && ref.deref(); n++) {
    await tick();
    gc();
  }
  return ref.deref() === undefined;
}

/** Runs in a function of its own, whose variables are nobody's once it is over. A call itself would be awaited. */
async function within(run: () => Promise<WeakRef<object>> | WeakRef<object>): Promise<WeakRef<object>> {
  return run();
}

describe.each(eras)("on %s", (era) => {
  const start = async (): Promise<Scripted> => {
    const scripted = meet(era);
    await scripted.client.connect();
    return scripted;
  };

  it("a call that was answered is collected, though nobody looked at it", async () => {
    const { client, next } = await start();
    const ref = await within(() => new WeakRef(client.callTool("a")));
    (await next()).reply({ content: [] });
    expect(await collected(ref)).toBe(true);
  });

  it("a call that failed is collected, though nobody looked at it", async () => {
    const { client, next } = await start();
    const ref = await within(() => new WeakRef(client.callTool("a")));
    (await next()).refuse(-32000);
    expect(await collected(ref)).toBe(true);
  });

  it("a call that was abandoned without a word keeps its place only until it is over", async () => {
    const { client, next } = await start();
    const ref = await within(() => new WeakRef(client.callTool("a", {}, { timeout: 20 })));
    await next();
    await new Promise<void>((over) => client.on("error", () => over()));
    expect(await collected(ref)).toBe(true);
  });

  it.each([
    ["events", (call: ToolCall) => call],
    ["text", (call: ToolCall) => call.text()],
  ])("calls whose loop over %s was left are collected, but for the last", async (_, parts) => {
    const { client, next } = await start();
    const refs: WeakRef<object>[] = [];
    const leave = async (): Promise<void> => {
      const call = client.callTool("a");
      refs.push(new WeakRef(call));
      (await next()).delta("x");
      for await (const _ of parts(call)) break;
    };
    for (let n = 0; n < 10; n++) await leave();
    for (const ref of refs.slice(0, -1)) expect(await collected(ref)).toBe(true);
  });

  it("a call that was aborted is collected, while its signal lives on", async () => {
    const { client, next } = await start();
    const controller = new AbortController();
    const ref = await within(async () => {
      const call = client.callTool("a", {}, { signal: controller.signal });
      await next();
      controller.abort();
      await call.catch(() => {});
      return new WeakRef(call);
    });
    expect(await collected(ref)).toBe(true);
    expect(controller.signal.aborted).toBe(true);
  });

  it("a call that was answered is collected, while the signal it was given lives on", async () => {
    const { client, next } = await start();
    const { signal } = new AbortController();
    const ref = await within(async () => {
      const call = client.callTool("a", {}, { signal });
      (await next()).reply({ content: [] });
      await call;
      return new WeakRef(call);
    });
    expect(await collected(ref)).toBe(true);
    expect(signal.aborted).toBe(false);
  });

  it("a listing that was left is collected", async () => {
    const { client, next } = await start();
    const ref = await within(async () => {
      const listing = client.listTools();
      const loop = (async () => {
        for await (const _ of listing) break;
      })();
      (await next()).reply({ tools: [{ name: "a", inputSchema: {} }], nextCursor: "2" });
      await loop;
      return new WeakRef(listing);
    });
    expect(await collected(ref)).toBe(true);
  });

  const closing = async (use: (client: Client) => Promise<unknown>): Promise<WeakRef<object>> =>
    within(async () => {
      const transport: Transport = streams((_, options) => silence(options), era);
      const client = createClient({ transport });
      await client.connect();
      await use(client);
      await client.close();
      return new WeakRef(client);
    });

  it("a closed client is collected", async () => {
    expect(await collected(await closing(async () => {}))).toBe(true);
  });

  it("a client that was closed in the middle of calls is collected, while a signal of theirs lives on", async () => {
    const { signal } = new AbortController();
    const ref = await closing(async (client) => {
      for (let n = 0; n < 5; n++) client.callTool("a", {}, { signal }).catch(() => {});
    });
    expect(await collected(ref)).toBe(true);
    expect(signal.aborted).toBe(false);
  });

  it("a client that was closed with listeners is collected, while the listeners live on", async () => {
    const listener = () => {};
    const ref = await closing(async (client) => {
      client.on("notification", listener);
      client.on("status", listener);
    });
    expect(await collected(ref)).toBe(true);
    expect(listener).toBeDefined();
  });

  it("a client that nobody closed is collected once nothing is under way", async () => {
    const ref = await within(async () => {
      const client = createClient({ transport: streams((_, options) => silence(options), era) });
      await client.connect();
      await client.callTool("a", {}, { timeout: 10 }).catch(() => {});
      return new WeakRef(client);
    });
    expect(await collected(ref)).toBe(true);
  });
});

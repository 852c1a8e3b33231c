import type { ClientEvents, JsonObject, Message, RpcRequest, Transport } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { eras, meet, own, text, tick } from "./support.ts";

async function connected(era: (typeof eras)[number] = "2025-11-25", options = {}) {
  const scripted = meet(era, options);
  await scripted.client.connect();
  return scripted;
}

describe.each(eras)("on %s", (era) => {
  it("status follows the life of the client", async () => {
    const { client } = meet(era);
    const seen: string[] = [client.status];
    client.on("status", (status) => {
      expect(client.status).toBe(status);
      seen.push(status);
    });
    await client.connect();
    await client.connect();
    await client.close();
    await client.close();
    expect(seen).toEqual(["idle", "connecting", "ready", "closed"]);
  });

  it("message shows every wire message with its direction, in order", async () => {
    const { client, next, sent } = meet(era);
    const seen: ClientEvents["message"][] = [];
    client.on("message", (message) => seen.push(message));
    const call = client.callTool("a");
    const asked = await next();
    asked.progress(1);
    asked.reply(text("x"));
    await call;
    expect(seen.filter(({ direction }) => direction === "out").map(({ message }) => message)).toMatchObject(
      sent,
    );
    expect(seen.slice(-3)).toMatchObject([
      { direction: "out", message: { method: "tools/call" } },
      { direction: "in", message: { method: "notifications/progress" } },
      { direction: "in", message: { result: text("x") } },
    ]);
  });

  it("notification tells every one of them, also those of a call", async () => {
    const { client, next, tell } = await connected(era);
    const seen: string[] = [];
    client.on("notification", ({ method, params }) => seen.push(`${method} ${JSON.stringify(params)}`));
    const call = client.callTool("a");
    const asked = await next();
    asked.told("notifications/x", { requestId: asked.id });
    tell("notifications/y");
    asked.reply(text("x"));
    await call;
    expect(seen).toEqual([`notifications/x {"requestId":${asked.id}}`, "notifications/y {}"]);
  });

  it.each(["tools", "prompts", "resources"] as const)(
    "%sChanged tells that the list changed",
    async (what) => {
      const { client, tell } = await connected(era);
      const seen: string[] = [];
      for (const event of ["toolsChanged", "promptsChanged", "resourcesChanged"] as const) {
        client.on(event, (value) => seen.push(`${event} ${value}`));
      }
      tell(`notifications/${what}/list_changed`);
      tell(`notifications/${what}/list_changed/x`);
      tell(`x/notifications/${what}/list_changed`);
      await tick();
      expect(seen).toEqual([`${what}Changed undefined`]);
    },
  );

  it("log tells log entries", async () => {
    const { client, tell } = await connected(era);
    const seen: unknown[] = [];
    client.on("log", (entry) => seen.push(entry));
    tell("notifications/message", { level: "info", logger: "x", data: { a: 1 } });
    await tick();
    expect(seen).toEqual([{ level: "info", logger: "x", data: { a: 1 } }]);
  });
});

describe("error tells what no promise carries:", () => {
  it("an answer to nothing", async () => {
    const { client, raw } = await connected();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    raw({ jsonrpc: "2.0", id: 999, result: {} });
    await tick();
    expect(errors).toMatchObject([{ code: "invalid_message" }]);
  });

  // requires: cancellation/late-answer, cancellation/late-answer-ignored
  it("but not the late answer to a call that was given up, which most servers send", async () => {
    const { client, next } = await connected();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const call = client.callTool("a");
    const asked = await next();
    const { result } = call;
    call.cancel();
    await expect(result).rejects.toThrow();
    asked.reply(text("late"));
    await tick();
    expect(errors).toEqual([]);
  });

  it("nor a second answer to a call that has one (S7)", async () => {
    const { client, next } = await connected();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const call = client.callTool("a");
    const asked = await next();
    asked.reply(text("one"));
    asked.reply(text("two"));
    expect((await call).text).toBe("one");
    await tick();
    expect(errors).toEqual([]);
  });

  it("a second answer on a channel that is slow to let go of the first", async () => {
    const said: Message[] = [];
    let heard = () => {};
    const transport: Transport = {
      name: "custom",
      shared: true,
      legacyOnly: true,
      close: async () => {},
      send(message, { signal }) {
        const answer = (result: JsonObject) =>
          said.push({ jsonrpc: "2.0", id: (message as RpcRequest).id, result });
        const { method } = message as RpcRequest;
        if (method === "initialize") answer({ protocolVersion: "2024-11-05", capabilities: {} });
        if (method === "tools/call") for (const each of ["one", "two"]) answer(text(each));
        heard();
        const over = new Promise<IteratorResult<Message>>((done) => {
          const end = () => setImmediate(() => done({ value: undefined, done: true }));
          if ("id" in message) signal.addEventListener("abort", end);
          else end();
        });
        return { [Symbol.asyncIterator]: () => ({ next: () => over }) };
      },
      async *inbound({ signal }) {
        while (!signal.aborted) {
          for (let one = said.shift(); one; one = said.shift()) yield one;
          await new Promise<void>((done) => {
            heard = done;
            signal.addEventListener("abort", () => done());
          });
        }
      },
    };
    const client = own({ transport });
    expect((await client.callTool("a")).text).toBe("one");
  });

  it("the failure of a call that nobody looked at", async () => {
    const { client, next } = await connected();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    client.callTool("a");
    (await next()).refuse(-32000, "broke");
    await tick();
    expect(errors).toMatchObject([{ code: "rpc_error", rpcCode: -32000 }]);
  });

  it("not the failure of one that somebody did", async () => {
    const { client, next } = await connected();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const { result } = client.callTool("a");
    (await next()).refuse(-32000);
    await expect(result).rejects.toThrow();
    expect(errors).toEqual([]);
  });

  it.each<[string, (reason: Error) => () => void]>([
    [
      "throws",
      (reason) => () => {
        throw reason;
      },
    ],
    ["rejects", (reason) => () => Promise.reject(reason) as never],
  ])("a listener that %s, and the others hear all the same", async (_, listener) => {
    const { client, tell } = await connected();
    const reason = new Error("mine");
    const errors: unknown[] = [];
    const heard = vi.fn();
    client.on("error", (error) => errors.push(error));
    client.on("toolsChanged", listener(reason));
    client.on("toolsChanged", heard);
    tell("notifications/tools/list_changed");
    await tick();
    expect(errors).toEqual([reason]);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("but not a listener of error that throws itself", async () => {
    const { client, raw, next } = await connected();
    const heard = vi.fn();
    client.on("error", () => {
      throw new Error("worse");
    });
    client.on("error", heard);
    raw({ jsonrpc: "2.0", id: 999, result: {} });
    await tick();
    expect(heard).toHaveBeenCalledTimes(1);
    const call = client.callTool("a");
    (await next()).reply(text("x"));
    expect((await call).text).toBe("x");
  });

  it("also to a logger, which may throw", async () => {
    const warn = vi.fn(() => {
      throw new Error("full");
    });
    const { client, raw } = await connected("2025-11-25", { logger: { warn } });
    const heard = vi.fn();
    client.on("error", heard);
    raw({ jsonrpc: "2.0", id: 999, result: {} });
    await tick();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("[invalid_message]"));
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe("a listener", () => {
  it("is heard no more once taken off, and taking it off twice harms nobody", async () => {
    const { client, tell } = await connected();
    const [first, second] = [vi.fn(), vi.fn()];
    const off = client.on("toolsChanged", first);
    client.on("toolsChanged", second);
    off();
    off();
    tell("notifications/tools/list_changed");
    await tick();
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledTimes(1);
  });

  it("that is added twice hears once", async () => {
    const { client, tell } = await connected();
    const heard = vi.fn();
    client.on("toolsChanged", heard);
    client.on("toolsChanged", heard);
    tell("notifications/tools/list_changed");
    await tick();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("may take itself and others off while it is heard", async () => {
    const { client, tell } = await connected();
    const second = vi.fn();
    const off = client.on("toolsChanged", () => {
      off();
      offSecond();
    });
    const offSecond = client.on("toolsChanged", second);
    tell("notifications/tools/list_changed");
    tell("notifications/tools/list_changed");
    await tick();
    expect(second.mock.calls.length).toBeLessThanOrEqual(1);
  });

  it("may close the client", async () => {
    const { client, tell } = await connected();
    client.on("toolsChanged", () => void client.close());
    tell("notifications/tools/list_changed");
    await tick();
    expect(client.status).toBe("closed");
  });
});

import type { ServerResponse } from "node:http";
import { describe, expect, it, vi } from "vitest";
import type { GatedServer } from "../servers/gated.ts";
import { deferred, meet } from "./support.ts";

/** A server of 2024-11-05 that holds the answer to POSTs back while `hold` is set. */
async function holding() {
  const held: (() => void)[] = [];
  const on = { hold: false };
  const arrived = deferred();
  const before = (_: unknown, res: ServerResponse) => {
    if (!on.hold) return false;
    const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse;
    res.writeHead = () => res;
    res.end = ((...args: unknown[]) => {
      held.push(() => end(...args));
      arrived.resolve();
      return res;
    }) as ServerResponse["end"];
    return false;
  };
  const { server, client } = await meet("2024-11-05", {}, { before });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  on.hold = true;
  return { server, client, errors, on, held, arrived: arrived.promise };
}

const postOf = (server: GatedServer, method: string) => {
  const post = server.requests.find((request) => request.method === method);
  if (!post) throw new Error(`no POST of ${method}`);
  return post;
};

/** Timers of so many milliseconds never fire in the tests that want to see something else end a POST. */
async function withoutTimers<T>(ms: number, run: (isCleared: () => boolean) => Promise<T>): Promise<T> {
  const { setTimeout } = globalThis;
  let timer: unknown;
  const set = vi.spyOn(globalThis, "setTimeout").mockImplementation(((action: () => void, after?: number) => {
    if (after !== ms) return setTimeout(action, after);
    timer = setTimeout(() => {}, 60_000);
    return timer;
  }) as typeof setTimeout);
  const cleared = vi.spyOn(globalThis, "clearTimeout");
  try {
    return await run(() => timer !== undefined && cleared.mock.calls.some(([one]) => one === timer));
  } finally {
    set.mockRestore();
    cleared.mockRestore();
    clearTimeout(timer as never);
  }
}

describe("over 2024-11-05, a POST that its answer has overtaken", () => {
  it("holds nobody up, and may end by itself", () =>
    withoutTimers(250, async () => {
      const { server, client, errors, on, held, arrived } = await holding();
      expect((await client.callTool("echo", { message: "x" })).text).toBe("x");
      await arrived;
      on.hold = false;
      for (const end of held) end();
      expect(await postOf(server, "tools/call").ended).toBe("finished");
      expect((await client.callTool("echo", { message: "y" })).text).toBe("y");
      expect(errors).toEqual([]);
    }));

  it("is given up after a while", async () => {
    const { server, client, errors, on } = await holding();
    expect((await client.callTool("echo", { message: "x" })).text).toBe("x");
    expect(await postOf(server, "tools/call").ended).toBe("aborted");
    on.hold = false;
    expect((await client.callTool("echo", { message: "y" })).text).toBe("y");
    expect(errors).toEqual([]);
  });

  it("costs no connection for long: more calls than a browser has connections are answered", async () => {
    const { server, client } = await holding();
    const calls = Array.from({ length: 20 }, (_, i) => client.callTool("echo", { message: `${i}` }));
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(calls.map((_, i) => `${i}`));
    const posts = server.requests.filter(({ method }) => method === "tools/call");
    expect(await Promise.all(posts.map(({ ended }) => ended))).toEqual(posts.map(() => "aborted"));
  });

  it("ends with the client, and leaves no timer", () =>
    withoutTimers(250, async (isCleared) => {
      const { server, client } = await holding();
      expect((await client.callTool("echo", { message: "x" })).text).toBe("x");
      expect(isCleared()).toBe(false);
      await client.close();
      expect(await postOf(server, "tools/call").ended).toBe("aborted");
      await vi.waitUntil(isCleared);
    }));
});

it("over 2024-11-05, cancelling a call ends its POST, and tells the server", () =>
  withoutTimers(250, async () => {
    const { server, client, on } = await holding();
    const stop = new AbortController();
    const call = client.callTool("gated", {}, { signal: stop.signal });
    const gated = await server.nextCall();
    on.hold = false;
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(await postOf(server, "tools/call").ended).toBe("aborted");
    await gated.aborted;
    expect((await client.callTool("echo", { message: "y" })).text).toBe("y");
  }));

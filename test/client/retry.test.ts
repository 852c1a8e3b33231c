import {
  type CreateClientOptions,
  type JsonObject,
  McpError,
  type RequestOptions,
  type RpcRequest,
  type SendOptions,
  type Transport,
} from "mcp-rivulet";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { all, type Era, eras, meet, nothing, own, result, streams, text, tick } from "./support.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Fails as often as told with what `fail` makes, then answers. */
function failing(times: number, fail: () => unknown) {
  const asked: RpcRequest[] = [];
  const transport = streams(async function* (request) {
    if (asked.push(request) <= times) throw fail();
    yield result(request, text("done"));
  });
  return { asked, transport };
}

const lost = () => new McpError("connection_lost", "gone");
const limited = (retryAfterMs?: number) => () =>
  new McpError("rate_limited", "slow down", { status: 429, retryAfterMs, retryable: true });

/** Lets time go by until the promise settles, or an hour is over; says how long it took. */
async function elapsed(promise: PromiseLike<unknown>): Promise<number> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  const start = performance.now();
  for (let turn = 0; turn < 36_000; turn++) {
    await tick();
    if (done) break;
    await vi.advanceTimersByTimeAsync(100);
  }
  return performance.now() - start;
}

describe("a call that is not known to have been carried out", () => {
  it.each<[string, () => unknown]>([
    ["its connection is lost", lost],
    ["it cannot connect", () => new McpError("connect_failed", "x")],
    ["the server answers 500", () => new McpError("http_error", "x", { status: 500 })],
  ])("is sent once when %s", async (_, fail) => {
    const { asked, transport } = failing(1, fail);
    const call = own({ transport }).callTool("pay");
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^(connect|http)/) });
    expect(asked).toHaveLength(1);
  });

  it("is sent as often more as retry says, after growing waits, each with an id of its own", async () => {
    const { asked, transport } = failing(3, lost);
    const call = own({ transport }).callTool("read", {}, { retry: 3 });
    const took = await elapsed(call.result);
    expect((await call).text).toBe("done");
    expect(new Set(asked.map(({ id }) => id)).size).toBe(4);
    expect(took).toBeGreaterThanOrEqual(500 + 500 + 1000);
    expect(took).toBeLessThanOrEqual(500 + 1000 + 2000 + 300);
  });

  it("fails with the last failure when that was not enough", async () => {
    const { asked, transport } = failing(9, lost);
    const call = own({ transport }).callTool("read", {}, { retry: 2 });
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(asked).toHaveLength(3);
  });

  it("fails with the loss, which may have run, when the server was not even reached after it", async () => {
    const refused = () => new McpError("connect_failed", "refused", { retryable: true });
    const became = [refused, lost, refused, refused];
    const { asked, transport } = failing(9, () => became[asked.length - 1]?.());
    const call = own({ transport }).callTool("read", {}, { retry: 3 });
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost", retryable: false });
    expect(asked).toHaveLength(4);
  });

  it("is sent again when its stream ends without an answer", async () => {
    let sent = 0;
    const transport = streams((asked) =>
      sent++ === 0
        ? nothing()
        : (async function* () {
            yield result(asked, text("done"));
          })(),
    );
    const call = own({ transport }).callTool("read", {}, { retry: 1 });
    await elapsed(call.result);
    expect((await call).text).toBe("done");
  });

  it("is not sent again when the wait does not fit in what is left of its time", async () => {
    const { asked, transport } = failing(9, lost);
    const call = own({ transport }).callTool("read", {}, { retry: 9, timeout: 400 });
    const took = await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(asked).toHaveLength(1);
    expect(took).toBeLessThan(400);
  });

  it.each([
    "rpc_error",
    "invalid_message",
    "unauthorized",
    "forbidden",
    "limit_exceeded",
    "content_type",
  ] as const)("is never sent again after %s", async (code) => {
    const { asked, transport } = failing(9, () => new McpError(code, "x"));
    const call = own({ transport }).callTool("read", {}, { retry: 3 });
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code });
    expect(asked).toHaveLength(1);
  });

  it("stops waiting when it is cancelled", async () => {
    const { asked, transport } = failing(9, lost);
    const call = own({ transport }).callTool("read", {}, { retry: 9 });
    await tick();
    call.cancel(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
  });
});

describe("a call of a tool that was listed as harmless", () => {
  /** Lists a tool "read" with these annotations; breaks calls off after `parts`, as often as told. */
  function listed(annotations: unknown, breaks: number, parts: readonly string[] = [], era?: Era) {
    const called: RpcRequest[] = [];
    const transport = streams(async function* (request) {
      if (request.method === "tools/list") {
        yield result(request, { tools: [{ name: "read", inputSchema: { type: "object" }, annotations }] });
      } else {
        const broken = called.push(request) <= breaks;
        const content = (text: string) => ({ requestId: request.id, content: [{ type: "text", text }] });
        for (const part of parts)
          yield { jsonrpc: "2.0", method: "notifications/tool/streamContent", params: content(part) };
        if (broken) throw lost();
        yield result(request, parts.length > 0 ? { content: [] } : text("done"));
      }
    }, era);
    return { called, transport };
  }

  const harmless: readonly unknown[] = [{ readOnlyHint: true }, { idempotentHint: true }];

  it.each(eras.flatMap((era) => harmless.map((each) => [each, era] as const)))(
    "goes once more after its connection was lost: %j, %s",
    async (annotations, era) => {
      const { called, transport } = listed(annotations, 1, [], era);
      const client = own({ transport, protocolVersion: era });
      await client.listTools();
      const call = client.callTool("read");
      const took = await elapsed(call.result);
      expect((await call).text).toBe("done");
      expect(called).toHaveLength(2);
      expect(called[0]?.id).not.toBe(called[1]?.id);
      expect(took).toBeGreaterThanOrEqual(200);
    },
  );

  it("does not go a third time", async () => {
    const { called, transport } = listed({ readOnlyHint: true }, 9);
    const client = own({ transport });
    await client.listTools();
    const call = client.callTool("read");
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(called).toHaveLength(2);
  });

  it("fails with what became of it when there is no way to go again", async () => {
    const tools = [{ name: "read", inputSchema: { type: "object" }, annotations: { readOnlyHint: true } }];
    const { client, next, drop } = meet("2025-11-25", {}, { "tools/list": () => ({ tools }) });
    await client.listTools();
    const call = client.callTool("read");
    await next();
    await drop();
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
  });

  it("goes once more when only awaited, whatever it streamed, and that counts once", async () => {
    const { called, transport } = listed({ readOnlyHint: true }, 1, ["Hel", "lo"]);
    const client = own({ transport });
    await client.listTools();
    const call = client.callTool("read").result;
    await elapsed(call);
    expect((await call).text).toBe("Hello");
    expect(called).toHaveLength(2);
  });

  it("does not when a part of it was handed on", async () => {
    const { called, transport } = listed({ readOnlyHint: true }, 1, ["Hel"]);
    const client = own({ transport });
    await client.listTools();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const token of client.callTool("read").text()) seen.push(token);
    })();
    await elapsed(reading);
    await expect(reading).rejects.toMatchObject({ code: "connection_lost" });
    expect(seen).toEqual(["Hel"]);
    expect(called).toHaveLength(1);
  });

  it("does when it is read, and nothing of it came", async () => {
    const { called, transport } = listed({ readOnlyHint: true }, 1);
    const client = own({ transport });
    await client.listTools();
    const reading = all(client.callTool("read").text());
    await elapsed(reading);
    expect(await reading).toEqual(["done"]);
    expect(called).toHaveLength(2);
  });

  it.each<[string, unknown, Partial<CreateClientOptions>, RequestOptions]>([
    ["the caller passes retry: 0", { readOnlyHint: true }, {}, { retry: 0 }],
    ["the client does not reconnect", { readOnlyHint: true }, { reconnect: false }, {}],
    ["there is no time for it", { readOnlyHint: true }, {}, { timeout: 100 }],
    ["it is annotated with something else", { readOnlyHint: "true", idempotentHint: 1 }, {}, {}],
    ["it has no annotations", undefined, {}, {}],
    ["its annotations are none", "readOnlyHint", {}, {}],
  ])("does not when %s", async (_, annotations, options, limits) => {
    const { called, transport } = listed(annotations, 1);
    const client = own({ transport, ...options });
    await client.listTools();
    const call = client.callTool("read", {}, limits);
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(called).toHaveLength(1);
  });

  it("does not while no listing of the client has shown it, nor when the latest took it back", async () => {
    const annotations = { readOnlyHint: true };
    const { called, transport } = listed(annotations, 2);
    const client = own({ transport });
    const unlisted = client.callTool("read");
    await elapsed(unlisted.result);
    await expect(unlisted).rejects.toMatchObject({ code: "connection_lost" });
    await client.listTools();
    annotations.readOnlyHint = false;
    await client.listTools();
    const call = client.callTool("read");
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(called).toHaveLength(2);
  });

  it("goes as often as the caller says when they do", async () => {
    const { called, transport } = listed({ readOnlyHint: true }, 9);
    const client = own({ transport });
    await client.listTools();
    const call = client.callTool("read", {}, { retry: 2 });
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(called).toHaveLength(3);
  });
});

describe("a server that asked for patience", () => {
  it("is given it, without any retry being asked for", async () => {
    const { asked, transport } = failing(1, limited(3000));
    const call = own({ transport }).callTool("read");
    const took = await elapsed(call.result);
    expect((await call).text).toBe("done");
    expect(asked).toHaveLength(2);
    expect(took).toBeGreaterThanOrEqual(3000);
    expect(took).toBeLessThan(3500);
  });

  it("is not asked without pause when it asks for none", async () => {
    const { asked, transport } = failing(3, limited(0));
    const call = own({ transport }).callTool("read");
    const took = await elapsed(call.result);
    expect(asked).toHaveLength(4);
    expect(took).toBeGreaterThanOrEqual(1500);
  });

  it("for more than there is time for is an error at once, which says how long", async () => {
    const { asked, transport } = failing(1, limited(90_000));
    const call = own({ transport }).callTool("read");
    expect(await elapsed(call.result)).toBe(0);
    await expect(call).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 90_000, retryable: true });
    expect(asked).toHaveLength(1);
  });

  it("again and again is not asked for ever", async () => {
    const { asked, transport } = failing(1000, limited(1));
    const call = own({ transport, maxTotalTimeout: 1e9 }).callTool("read");
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "rate_limited" });
    expect(asked.length).toBeLessThanOrEqual(11);
  });

  it("without saying how much is not asked again by itself", async () => {
    const { asked, transport } = failing(1, limited());
    const call = own({ transport }).callTool("read");
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "rate_limited" });
    expect(asked).toHaveLength(1);
  });
});

/** A server with sessions; `expire()` forgets the one there is. */
function sessions(answer: (request: RpcRequest) => JsonObject = () => text("done")) {
  const asked: string[] = [];
  let current = 0;
  let known = 0;
  const transport: Transport = {
    name: "sessions",
    send(message, _options: SendOptions) {
      return (async function* () {
        if (!("method" in message)) return;
        asked.push(message.method);
        if (!("id" in message)) return;
        if (message.method === "initialize") {
          known = ++current;
          yield result(message, { protocolVersion: "2025-11-25", capabilities: { logging: {} } });
        } else if (message.method === "server/discover")
          throw new McpError("http_error", "x", { status: 400 });
        else if (known !== current || current === 0)
          throw new McpError("session_expired", "x", { retryable: true });
        else yield result(message, answer(message));
      })();
    },
    async close() {},
  };
  return {
    asked,
    transport,
    expire: () => {
      known = -1;
    },
    count: (method: string) => asked.filter((one) => one === method).length,
  };
}

describe("a session that expired", () => {
  it("is renewed once for all calls, and each call goes again", async () => {
    const server = sessions();
    const client = own({ transport: server.transport });
    await client.connect();
    server.expire();
    const calls = ["a", "b", "c"].map((name) => client.callTool(name).result);
    await elapsed(Promise.all(calls));
    for (const call of calls) expect((await call).text).toBe("done");
    expect(server.count("initialize")).toBe(2);
    expect(server.count("tools/call")).toBe(6);
    expect(client.status).toBe("ready");
  });

  it("again at once is an error", async () => {
    const server = sessions();
    const client = own({ transport: server.transport });
    await client.connect();
    client.on("message", ({ message }) => {
      if ("method" in message && message.method === "tools/call") server.expire();
    });
    const call = client.callTool("a");
    await elapsed(call.result);
    await expect(call).rejects.toMatchObject({ code: "session_expired" });
    expect(server.count("tools/call")).toBe(2);
  });

  it("many times in a long life is no error, as long as calls come through between", async () => {
    const server = sessions();
    const client = own({ transport: server.transport });
    const errors: unknown[] = [];
    const statuses: string[] = [];
    client.on("error", (error) => errors.push(error));
    await client.connect();
    client.on("status", (status) => statuses.push(status));
    for (let n = 0; n < 15; n++) {
      server.expire();
      const call = client.callTool("a");
      await elapsed(call.result);
      expect((await call).text).toBe("done");
    }
    expect(errors).toEqual([]);
    expect(new Set(statuses)).toEqual(new Set(["reconnecting", "ready"]));
  });

  it("is renewed without reconnect too, and reports no error that is none", async () => {
    const server = sessions();
    const client = own({ transport: server.transport, reconnect: false });
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    await client.connect();
    server.expire();
    const call = client.callTool("a");
    await elapsed(call.result);
    expect((await call).text).toBe("done");
    expect(errors).toEqual([]);
  });

  it("has its successor told the log level", async () => {
    const server = sessions();
    const client = own({ transport: server.transport });
    await client.setLogLevel("debug");
    expect(server.count("logging/setLevel")).toBe(1);
    server.expire();
    await elapsed(client.callTool("a").result);
    await tick();
    expect(server.count("logging/setLevel")).toBe(2);
  });

  it("has its successor not told a log level that was refused", async () => {
    const server = sessions(({ method }) => {
      if (method !== "logging/setLevel") return text("done");
      throw new McpError("rpc_error", "no such level", { rpcCode: -32602 });
    });
    const client = own({ transport: server.transport });
    await expect(client.setLogLevel("debug")).rejects.toMatchObject({ rpcCode: -32602 });
    server.expire();
    await elapsed(client.callTool("a").result);
    await tick();
    expect(server.count("logging/setLevel")).toBe(1);
  });
});

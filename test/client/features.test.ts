import { listen } from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { eras, meet, outcome, text, tick } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("ping", () => {
  it("is ping on 2025-11-25", async () => {
    const { client, of } = meet("2025-11-25");
    await client.ping();
    expect(of("ping")).toHaveLength(1);
  });

  it("asks the server who it is on 2026-07-28, which has no ping", async () => {
    const { client, of } = meet("2026-07-28");
    await client.connect();
    const before = of("server/discover").length;
    await client.ping();
    expect(of("ping")).toHaveLength(0);
    expect(of("server/discover")).toHaveLength(before + 1);
  });

  it.each(eras)("fails on %s when the server does not answer", async (era) => {
    const method = era === "2026-07-28" ? "server/discover" : "ping";
    const { client, drop } = meet(era);
    await client.connect();
    await drop();
    await tick();
    const controller = new AbortController();
    const ping = client.ping({ signal: controller.signal });
    controller.abort(method);
    await expect(ping).rejects.toBe(method);
  });
});

// requires: ping/timeout-is-failure, ping/timeout
it("a ping that is not answered in its time fails as a timeout", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { client } = meet("2025-11-25", {}, { ping: () => {} });
  await client.connect();
  const ping = client.ping({ timeout: 500 });
  ping.catch(() => {});
  await vi.advanceTimersByTimeAsync(500);
  await expect(ping).rejects.toMatchObject({ code: "timeout" });
});

// requires: resources/not-found, base/accepts-32002, base/error-codes-without-meaning
it.each([-32000, -32001, -32002, -32003, -32019, -32602])(
  "the error code %i of a server of 2026-07-28 is handed on, and leads to nothing",
  async (code) => {
    const { client, next, sent } = meet("2026-07-28");
    const reading = client.readResource("file:///nowhere");
    const asked = await next();
    const before = sent.length;
    asked.refuse(code, "Resource not found", { uri: "file:///nowhere" });
    await expect(reading).rejects.toMatchObject({
      code: "rpc_error",
      rpcCode: code,
      data: { uri: "file:///nowhere" },
    });
    await tick();
    expect(sent.length).toBe(before);
  },
);

// requires: tools/annotations-untrusted
it.each(eras)(
  "on %s, a tool that calls itself idempotent and read-only is not called twice for that where the caller says so",
  async (era) => {
    const annotations = { idempotentHint: true, readOnlyHint: true, destructiveHint: false };
    const tools = [{ name: "pay", inputSchema: { type: "object" }, annotations }];
    const { client, next, of, drop } = meet(era, {}, { "tools/list": () => ({ tools }) });
    expect(await client.listTools()).toMatchObject([{ annotations }]);
    const call = client.callTool("pay", {}, { retry: 0 });
    await next();
    await drop();
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(of("tools/call")).toHaveLength(1);
  },
);

// requires: prompts/capabilities, subscriptions/filter-checked
it("listen promises no changes of prompts that the server has not declared to tell", async () => {
  const { client } = meet("2025-11-25");
  await client.connect();
  const changes = listen(client, { toolsListChanged: true, promptsListChanged: true });
  const { toolsListChanged, promptsListChanged } = await changes.ready;
  expect([toolsListChanged, promptsListChanged]).toEqual([true, undefined]);
  changes.close();
});

describe("setLogLevel", () => {
  it("is a request on 2025-11-25", async () => {
    const { client, next } = meet("2025-11-25");
    const setting = client.setLogLevel("warning");
    const asked = await next();
    expect(asked).toMatchObject({ method: "logging/setLevel", params: { level: "warning" } });
    expect(await outcome(setting)).toBeUndefined();
    asked.reply({});
    await setting;
    client.callTool("a");
    expect((await next()).meta).not.toHaveProperty("io.modelcontextprotocol/logLevel");
  });

  it("is said with every request from then on on 2026-07-28, where there is no such request", async () => {
    const { client, next, of } = meet("2026-07-28");
    client.callTool("a");
    expect((await next()).meta).not.toHaveProperty("io.modelcontextprotocol/logLevel");
    await client.setLogLevel("debug");
    expect(of("logging/setLevel")).toHaveLength(0);
    client.callTool("b");
    expect((await next()).meta["io.modelcontextprotocol/logLevel"]).toBe("debug");
  });

  it("gives way to what a request says for itself", async () => {
    const { client, next } = meet("2026-07-28");
    await client.setLogLevel("debug");
    client.callTool("a", {}, { meta: { "io.modelcontextprotocol/logLevel": "error" } });
    expect((await next()).meta["io.modelcontextprotocol/logLevel"]).toBe("error");
  });

  it("passes on that the server refused it", async () => {
    const { client, next } = meet("2025-11-25");
    const setting = client.setLogLevel("debug");
    (await next()).refuse(-32602, "no such level");
    await expect(setting).rejects.toMatchObject({ code: "rpc_error", rpcCode: -32602 });
  });
});

describe.each(eras)("on %s, notify", (era) => {
  it("sends the notification, connecting first when that is needed", async () => {
    const { client, sent } = meet(era);
    await client.notify("notifications/roots/list_changed", { a: 1 });
    expect(sent.at(-1)).toEqual({
      jsonrpc: "2.0",
      method: "notifications/roots/list_changed",
      params: { a: 1 },
    });
    expect(client.status).toBe("ready");
  });

  it("takes a signal, as every method does", async () => {
    const { client, sent } = meet(era);
    await client.connect();
    const [before, reason] = [sent.length, new Error("enough")];
    const signal = AbortSignal.abort(reason);
    await expect(client.notify("notifications/x", {}, { signal })).rejects.toBe(reason);
    expect(sent).toHaveLength(before);
  });

  it("rejects on a closed client", async () => {
    const { client } = meet(era);
    await client.close();
    await expect(client.notify("notifications/x")).rejects.toMatchObject({ code: "closed" });
  });
});

describe.each(eras)("on %s, the server", (era) => {
  it("is known once connected", async () => {
    const { client } = meet(era);
    expect(client.server).toBeUndefined();
    await client.connect();
    expect(client.server).toEqual({
      info: { name: "scripted", version: "1.0.0" },
      capabilities: expect.objectContaining({ tools: { listChanged: true } }),
      instructions: undefined,
      protocolVersion: era,
      transport: "memory",
      verdict: { url: undefined, transport: "memory", protocolVersion: era },
    });
  });

  it("is told who the client is", async () => {
    const clientInfo = { name: "test", version: "9" };
    const { client, of, next } = meet(era, { clientInfo });
    client.callTool("a");
    const asked = await next();
    if (era === "2026-07-28") expect(asked.meta["io.modelcontextprotocol/clientInfo"]).toEqual(clientInfo);
    else expect(of("initialize")[0]?.params?.clientInfo).toEqual(clientInfo);
  });
});

it("a ping that comes before the handshake is over is answered at once", async () => {
  const { client, ask } = meet(
    "2025-11-25",
    {},
    {
      initialize: (asked) => {
        ask("ping").then(() => asked.reply({ protocolVersion: "2025-11-25", capabilities: {} }));
      },
      "tools/call": () => text("done"),
    },
  );
  expect(await outcome(client.callTool("a"))).toMatchObject({ value: { text: "done" } });
});

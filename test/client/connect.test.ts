import { McpError, type Transport } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import {
  type Deferred,
  deferred,
  eras,
  meet,
  outcome,
  own,
  type Script,
  silence,
  streams,
  text,
  tick,
} from "./support.ts";

/** A client whose server has not answered yet. */
function waiting() {
  const scripted = meet("2025-11-25", {}, { "server/discover": () => {} });
  return scripted;
}

describe.each(eras)("on %s, connect", (era) => {
  it("resolves when calls can be made, and again at once", async () => {
    const { client, sent } = meet(era);
    await Promise.all([client.connect(), client.connect()]);
    const before = sent.length;
    await client.connect();
    expect(sent.length).toBe(before);
    expect(client.status).toBe("ready");
  });

  it("is what a call does by itself, once for all", async () => {
    const { client, of } = meet(era, {}, { "tools/call": () => text("x") });
    await Promise.all([client.callTool("a"), client.callTool("b")]);
    expect(of("server/discover")).toHaveLength(1);
    expect(of("initialize").length).toBeLessThanOrEqual(1);
  });

  it("may be asked again after it was refused", async () => {
    let refuse = true;
    const { client } = meet(
      era,
      { protocolVersion: era },
      {
        [era === "2026-07-28" ? "server/discover" : "initialize"]: (asked) => {
          if (refuse) return asked.refuse(-32000, "not yet");
          return era === "2026-07-28"
            ? { supportedVersions: [era], capabilities: {} }
            : { protocolVersion: era, capabilities: {} };
        },
      },
    );
    await expect(client.connect()).rejects.toMatchObject({ code: "rpc_error" });
    expect(client.status).toBe("idle");
    refuse = false;
    await client.connect();
    expect(client.status).toBe("ready");
  });
});

describe("connect", () => {
  it("sends initialized after initialize, and calls only after that", async () => {
    const { client, sent } = meet(
      "2025-11-25",
      { protocolVersion: "2025-11-25" },
      { "tools/call": () => text("x") },
    );
    await client.callTool("a");
    expect(sent.map((message) => "method" in message && message.method)).toEqual([
      "initialize",
      "notifications/initialized",
      "tools/call",
    ]);
  });

  it("rejects with the signal's reason, and gives the handshake up", async () => {
    const { client } = waiting();
    const controller = new AbortController();
    const connecting = client.connect({ signal: controller.signal });
    await tick();
    controller.abort("enough");
    await expect(connecting).rejects.toBe("enough");
    await tick();
    expect(client.status).toBe("idle");
  });

  it("rejects at once with the reason of a signal that has aborted", async () => {
    const { client } = waiting();
    await expect(client.connect({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });

  it("goes on for those who still want it when one gives up", async () => {
    const held: Deferred<void> = deferred();
    const { client } = meet(
      "2025-11-25",
      {},
      {
        "server/discover": (asked) => {
          held.promise.then(() => asked.refuse(-32601));
        },
      },
    );
    const controller = new AbortController();
    const first = client.connect({ signal: controller.signal });
    const second = client.connect();
    await tick();
    controller.abort("enough");
    await expect(first).rejects.toBe("enough");
    held.resolve();
    await second;
    expect(client.status).toBe("ready");
  });

  it("gives up after its timeout", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client } = waiting();
    const connecting = client.connect({ timeout: 500 });
    connecting.catch(() => {});
    await vi.advanceTimersByTimeAsync(499);
    expect(client.status).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1);
    await expect(connecting).rejects.toMatchObject({ code: "timeout" });
    await vi.advanceTimersByTimeAsync(0);
    expect(client.status).toBe("idle");
    vi.useRealTimers();
  });

  it("tries what is older when a server is silent about what it does not know", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client } = waiting();
    const connecting = client.connect();
    await vi.advanceTimersByTimeAsync(20_000);
    await connecting;
    expect(client.server?.protocolVersion).toBe("2025-11-25");
    vi.useRealTimers();
  });

  it("of a revision that nobody speaks rejects", async () => {
    const { client, sent } = meet("2026-07-28", { protocolVersion: "1999-01-01" });
    await expect(client.connect()).rejects.toMatchObject({ code: "unsupported_version" });
    expect(sent).toEqual([]);
  });

  it.each<[string, string, Script]>([
    [
      "a legacy version of a modern server",
      "2025-11-25",
      { initialize: () => ({ protocolVersion: "2026-07-28", capabilities: {} }) },
    ],
    ["one that the server does not offer", "2025-06-18", {}],
  ])("pinned to %s rejects", async (_, protocolVersion, script) => {
    const { client } = meet("2025-11-25", { protocolVersion }, script);
    await expect(client.connect()).rejects.toMatchObject({ code: "unsupported_version" });
  });

  it("speaks modern to a server that knows neither discover nor initialize", async () => {
    const { client, next } = meet("2026-07-28", {}, { "server/discover": (asked) => asked.refuse(-32601) });
    const call = client.callTool("a");
    const asked = await next();
    expect(asked.meta["io.modelcontextprotocol/protocolVersion"]).toBe("2026-07-28");
    asked.reply(text("x"));
    await call;
  });

  it.each<[string, object]>([
    ["no version", { capabilities: {} }],
    ["a version of nobody", { protocolVersion: "1999-01-01", capabilities: {} }],
    ["a version that is no text", { protocolVersion: 7, capabilities: {} }],
  ])("refuses an initialize with %s", async (_, result) => {
    const { client } = meet("2025-11-25", {}, { initialize: () => ({ ...result }) });
    await expect(client.connect()).rejects.toMatchObject({
      code: expect.stringMatching(/^(invalid_message|unsupported_version|negotiation_failed)$/),
    });
  });

  it("passes on what a transport fails with, and what it is", async () => {
    const failure = new McpError("connect_failed", "nobody there");
    const transport: Transport = {
      // biome-ignore lint/correctness/useYield: it only fails
      async *send() {
        throw failure;
      },
      async close() {},
    };
    await expect(own({ transport }).connect()).rejects.toBe(failure);
    await expect(own({ transport }).callTool("a")).rejects.toBe(failure);
  });
});

describe("close", () => {
  const CLOSED = { code: "closed" };

  it("of an idle client is all there is to it, and final", async () => {
    const { client, sent } = meet("2025-11-25");
    await client.close();
    expect(client.status).toBe("closed");
    await expect(client.connect()).rejects.toMatchObject(CLOSED);
    await expect(client.callTool("a")).rejects.toMatchObject(CLOSED);
    await expect(client.listTools()).rejects.toMatchObject(CLOSED);
    await expect(client.ping()).rejects.toMatchObject(CLOSED);
    expect(sent).toEqual([]);
  });

  it("while connecting rejects who waits", async () => {
    const { client } = waiting();
    const all = [client.connect(), client.callTool("a").result];
    await tick();
    await client.close();
    for (const one of all) await expect(one).rejects.toMatchObject(CLOSED);
    await tick();
    expect(client.status).toBe("closed");
  });

  it.each(eras)("on %s rejects calls under way, and ends their loops", async (era) => {
    const { client, next } = meet(era);
    const call = client.callTool("a");
    const loop = (async () => {
      for await (const _ of call);
    })();
    const asked = await next();
    asked.progress(1);
    await tick();
    await client.close();
    await expect(call).rejects.toMatchObject(CLOSED);
    await expect(loop).rejects.toMatchObject(CLOSED);
    asked.reply(text("late"));
    await tick();
  });

  it("while looking for a lost server again stops that", async () => {
    const { client, drop } = meet("2025-11-25");
    await client.connect();
    await drop();
    await tick();
    expect(client.status).toBe("reconnecting");
    await client.close();
    expect(client.status).toBe("closed");
    await expect(client.callTool("a")).rejects.toMatchObject(CLOSED);
  });

  it("twice, or at the same time, is once", async () => {
    const closed = vi.fn(async () => {});
    const transport = { ...streams((_, options) => silence(options)), close: closed };
    const client = own({ transport });
    await client.connect();
    const seen: string[] = [];
    client.on("status", (status) => seen.push(status));
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(seen).toEqual(["closed"]);
  });

  it("leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client, next } = meet("2025-11-25");
    const call = client.callTool("a");
    await next();
    await client.close();
    await expect(call).rejects.toMatchObject(CLOSED);
    const idle = waiting().client;
    const connecting = idle.connect();
    await idle.close();
    await expect(connecting).rejects.toMatchObject(CLOSED);
    await tick();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("happens by itself at the end of a block", async () => {
    const { client: made } = meet("2026-07-28");
    {
      await using client = made;
      await client.connect();
      expect(client.status).toBe("ready");
    }
    expect(made.status).toBe("closed");
  });
});

describe("a shared channel that ends", () => {
  it("fails the calls on it, and is opened again for the next", async () => {
    const { client, next, drop } = meet("2025-11-25");
    const call = client.callTool("a");
    await next();
    await drop();
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(client.status).toBe("reconnecting");
  });

  it("is not looked for with reconnect: false, which is no error of its own", async () => {
    const { client, drop } = meet("2025-11-25", { reconnect: false });
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    await client.connect();
    await drop();
    await tick();
    expect(client.status).toBe("idle");
    for (const error of errors) expect(error).toMatchObject({ code: "connection_lost" });
    expect(await outcome(client.connect())).toMatchObject({ reason: { code: expect.any(String) } });
  });
});

import { McpError, type Transport } from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { remember, verdicts } from "../../src/client/verdicts.ts";
import { type Deferred, deferred, eras, meet, own, type Script, text, tick } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A client whose server has not answered yet. */
function waiting() {
  const scripted = meet("2025-11-25", {}, { "server/discover": () => {} });
  return scripted;
}

it("connect remembers no more than a thousand servers, those it met last", () => {
  const verdict = { transport: "streamable-http", protocolVersion: "2026-07-28" };
  for (let i = 0; i < 1_100; i++) remember(`https://${i}.example/`, verdict);
  expect(verdicts.size).toBeLessThanOrEqual(1_000);
  expect(verdicts.has("https://1099.example/")).toBe(true);
  verdicts.clear();
});

describe.each(eras)("on %s, connect", (era) => {
  it("resolves when calls can be made, and again at once", async () => {
    const { client, sent } = meet(era);
    await Promise.all([client.connect(), client.connect()]);
    const before = sent.length;
    await client.connect();
    expect(sent.length).toBe(before);
    expect(client.status).toBe("ready");
  });

  // requires: discover/sent-first
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

// requires: base/info-for-display-only, discover/server-info-for-display, base/meta-reserved-keys
it.each([
  undefined,
  null,
  7,
  "x",
  {},
  { name: "github", version: "0.0.1" },
  { name: "__proto__", version: 7 },
])("on 2026-07-28, what the server says it is, %j, changes nothing but what is shown", async (serverInfo) => {
  const _meta = {
    "io.modelcontextprotocol/serverInfo": serverInfo,
    "io.modelcontextprotocol/subscriptionId": serverInfo,
    "io.modelcontextprotocol/logLevel": serverInfo,
    "io.modelcontextprotocol/related-task": serverInfo,
    progressToken: serverInfo,
  };
  const complete = { resultType: "complete", _meta };
  const { client, next, sent, tell } = meet(
    "2026-07-28",
    {},
    { "server/discover": () => ({ ...complete, supportedVersions: ["2026-07-28"], capabilities: {} }) },
  );
  const call = client.callTool("a", { b: 1 });
  const asked = await next();
  expect(asked.params).toMatchObject({ name: "a", arguments: { b: 1 } });
  tell("notifications/progress", { progressToken: asked.token, progress: 1, _meta });
  asked.reply({ ...complete, ...text("done") });
  expect((await call).text).toBe("done");
  expect(client.server?.info).toEqual(serverInfo);
  expect(sent.map((message) => "method" in message && message.method)).toEqual([
    "server/discover",
    "tools/call",
  ]);
});

describe("connect", () => {
  // requires: lifecycle/initialize-first, lifecycle/initialized, lifecycle/nothing-before-answer
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

  // requires: cancellation/not-of-initialize
  it("that is given up during initialize cancels nothing at the server", async () => {
    const pinned = { protocolVersion: "2025-11-25" };
    const { client, sent } = meet("2025-11-25", pinned, { initialize: () => {} });
    const controller = new AbortController();
    const connecting = client.connect({ signal: controller.signal });
    await tick();
    controller.abort("enough");
    await expect(connecting).rejects.toBe("enough");
    await tick();
    expect(sent.map((message) => "method" in message && message.method)).toEqual(["initialize"]);
  });

  // requires: lifecycle/offers-supported-version, lifecycle/offers-latest-version
  it("offers the latest version that begins with initialize, and takes an older one of the server", async () => {
    const { client, of } = meet(
      "2025-11-25",
      {},
      { initialize: () => ({ protocolVersion: "2024-11-05", capabilities: {} }) },
    );
    await client.connect();
    expect(of("initialize")[0]?.params?.protocolVersion).toBe("2025-11-25");
    expect(client.server?.protocolVersion).toBe("2024-11-05");
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

  // requires: lifecycle/error-initialize-timeout
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
  });

  it("waits longer than the client's timeout when told so, at every step of the handshake", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client } = meet("2025-11-25", { timeout: 1000 }, { initialize: () => undefined });
    const connecting = client.connect({ timeout: 5000 });
    await vi.advanceTimersByTimeAsync(4999);
    expect(client.status).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1);
    await expect(connecting).rejects.toMatchObject({ code: "timeout" });
  });

  // requires: lifecycle/offers-latest-version
  it("tries what is older when a server is silent about what it does not know", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client } = waiting();
    const connecting = client.connect();
    await vi.advanceTimersByTimeAsync(20_000);
    await connecting;
    expect(client.server?.protocolVersion).toBe("2025-11-25");
  });

  // A modern server refuses initialize with a code of its own choice, and one that names its versions with -32022.
  it.each([[-32601], [-32602], [-32020], [-32022, { supported: ["2026-07-28"] }]])(
    "asks a server again that was slow to begin, and refuses initialize with %i",
    async (code, data?: object) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
      let asked = 0;
      const { client, of } = meet(
        "2026-07-28",
        {},
        {
          "server/discover": () =>
            asked++ ? { supportedVersions: ["2026-07-28"], capabilities: {} } : undefined,
          initialize: (request) => request.refuse(code, "no", data),
        },
      );
      const connecting = client.connect();
      await vi.advanceTimersByTimeAsync(20_000);
      await connecting;
      expect(client.server?.protocolVersion).toBe("2026-07-28");
      expect([of("server/discover"), of("initialize")].map(({ length }) => length)).toEqual([2, 1]);
    },
  );

  it("of a revision that nobody speaks rejects", async () => {
    const { client, sent } = meet("2026-07-28", { protocolVersion: "1999-01-01" });
    await expect(client.connect()).rejects.toMatchObject({ code: "unsupported_version" });
    expect(sent).toEqual([]);
  });

  it.each<[string, string, Script]>([
    // requires: lifecycle/disconnects-from-unsupported
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
    // requires: lifecycle/error-version-mismatch, lifecycle/disconnects-from-unsupported
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

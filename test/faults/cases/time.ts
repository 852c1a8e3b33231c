import type { Bench, Case } from "../types.ts";
import { ALL, call, each, event, failure, OK, ok, progress, STREAMABLE, sse } from "./lib.ts";

const LATE = { code: "timeout", error: { retryable: false }, message: /\((timeout|maxTotalTimeout)\)/ };
const IDLE = { ...LATE, message: /\(timeout\)/ };
const soon = { timeout: 300 };

/** The call is given up in time, and its connection with it; resolves with the limit that it came to. */
const freed =
  (options: object = soon) =>
  async (bench: Bench): Promise<unknown> => {
    const client = await bench.connect();
    const { message } = await failure(client.callTool("echo", {}, options));
    await bench.freed("tools/call");
    return /^\[timeout\] .*\((\w+)\)/.exec(message)?.[1];
  };

/** Rule 5: time. It is what is tested here, so that servers, readers and people take some. */
export const cases: readonly Case[] = [
  ...each(ALL, () => ({
    name: "a server that takes the request and never answers",
    server: { "tools/call": { then: "hang" as const } },
    client: freed(),
    expect: { value: "timeout" },
  })),
  ...each(ALL, () => ({
    name: "the timeout names what was asked and is an McpError",
    server: { "tools/call": { then: "hang" as const } },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, soon),
    expect: { ...LATE, message: /tools\/call.*300 ms/ },
  })),
  ...(["json", "sse"] as const).flatMap((as) =>
    each(STREAMABLE, () => ({
      name: `headers (${as}), then silence`,
      server: { "tools/call": { as, then: "hang" as const } },
      client: freed(),
      expect: { value: "timeout" },
    })),
  ),
  ...each(["2024-11-05"], () => ({
    name: "202, then silence",
    server: { "tools/call": { status: 202 } },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, soon),
    expect: IDLE,
  })),
  ...(
    [
      ["keepalive comments only", [{ forever: ": ping\n\n", every: 40 }]],
      ["events without data only", [{ forever: "event: ping\nid: 1\n\ndata:\n\n", every: 40 }]],
      ["an event that never ends", ["data: {", { forever: " ", every: 40 }]],
    ] as const
  ).flatMap(([name, body]) =>
    each(STREAMABLE, (revision) => ({
      name,
      server: { "tools/call": sse(revision, body) },
      client: freed(),
      expect: { value: "timeout" },
    })),
  ),
  ...each(["2024-11-05"], () => ({
    name: "keepalive comments only",
    server: { "tools/call": { stream: [{ repeat: ": ping\n\n", times: 3 }] } },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, soon),
    expect: IDLE,
  })),
  ...each(ALL, (revision) => ({
    name: "progress keeps it alive",
    server: {
      "tools/call": sse(
        revision,
        [progress(1), { pause: 500 }, progress(2), { pause: 500 }, progress(3), { pause: 500 }, event(ok)],
        "hang",
      ),
    },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, { timeout: 900 }),
    expect: { value: OK },
  })),
  ...each(STREAMABLE, () => ({
    name: "bytes of a JSON answer keep it alive",
    server: {
      "tools/call": {
        as: "json" as const,
        body: ["{", { pause: 500 }, " ", { pause: 500 }, " ", { pause: 500 }, ok.slice(1)],
      },
    },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, { timeout: 900 }),
    expect: { value: OK },
  })),
  ...each(["2024-11-05"], () => ({
    name: "progress of another request does not keep it alive",
    server: {
      "tools/call": {
        stream: Array.from({ length: 12 }, () => [
          progress(1).replace("$token", '"nobody"'),
          { pause: 100 },
        ]).flat(),
      },
    },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, soon),
    expect: IDLE,
  })),
  ...each(ALL, (revision) => ({
    name: "endless progress ends at maxTotalTimeout",
    server: { "tools/call": sse(revision, { forever: progress(), every: 40 }, "hang") },
    client: async (bench) =>
      (await bench.connect()).callTool("echo", {}, { timeout: 1000, maxTotalTimeout: 1500 }),
    expect: { code: "timeout", message: /maxTotalTimeout/ },
  })),
  ...each(STREAMABLE, () => ({
    name: "an endless JSON body ends at maxTotalTimeout",
    server: { "tools/call": { as: "json" as const, body: ["{", { forever: " ", every: 40 }] } },
    client: freed({ timeout: 1000, maxTotalTimeout: 1500 }),
    expect: { value: "maxTotalTimeout" },
  })),
  ...each(ALL, () => ({
    name: "maxTotalTimeout shorter than timeout",
    server: { "tools/call": { then: "hang" as const } },
    client: async (bench) =>
      (await bench.connect()).callTool("echo", {}, { timeout: 5000, maxTotalTimeout: 200 }),
    expect: LATE,
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "what the reader takes its time for is no timeout",
    server: {
      "tools/call": sse(revision, [{ repeat: progress(), times: 40 }, { until: "read" }, event(ok)], "hang"),
    },
    client: async (bench) => {
      const client = await bench.connect({ limits: { queuedEvents: 4 } });
      let seen = 0;
      for await (const one of client.callTool("echo", {}, { timeout: 300 })) {
        if (seen++ === 0) await new Promise((done) => setTimeout(done, 700));
        bench.go("read");
        if (one.type === "result") return one.result.text;
      }
    },
    expect: { value: "ok" },
  })),
  ...each(["2026-07-28"], () => ({
    name: "what a person takes their time for is no timeout",
    server: {
      "tools/call": [
        {
          as: "json" as const,
          body: '{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"}}}}',
        },
        { usual: true as const },
      ],
    },
    client: async (bench) => {
      const client = await bench.connect({
        onRoots: () => new Promise((done) => setTimeout(done, 700, [])),
      });
      return client.callTool("echo", {}, soon);
    },
    expect: { value: { text: "echo" }, requests: { "tools/call": 2 } },
  })),
  // The handshake.
  ...each(ALL, () => ({
    name: "a server that takes connections and says nothing",
    server: {
      "server/discover": { then: "hang" as const },
      initialize: { then: "hang" as const },
      GET: { then: "hang" as const },
    },
    client: (bench) => bench.connect(soon),
    expect: { code: "timeout" },
  })),
  ...each(["auto"], () => ({
    name: "a server that takes connections and says nothing",
    server: {
      "server/discover": { then: "hang" as const },
      initialize: { then: "hang" as const },
      GET: { then: "hang" as const },
    },
    client: (bench) => bench.connect(soon),
    expect: { code: ["timeout", "negotiation_failed"] },
  })),
  ...each(["auto"], () => ({
    name: "a server that is silent about server/discover only",
    server: { "server/discover": { then: "hang" as const } },
    client: call({ timeout: 900 }),
    expect: { value: { text: "echo" } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "the endpoint event never comes",
    server: { GET: { as: "sse" as const, body: { forever: ": ping\n\n", every: 40 } } },
    client: (bench) => bench.connect(soon),
    expect: { code: "timeout" },
  })),
  ...each(["2024-11-05"], () => ({
    name: "messages, but the endpoint event never comes",
    server: {
      GET: {
        as: "sse" as const,
        body: { forever: event('{"jsonrpc":"2.0","method":"notifications/x"}'), every: 40 },
      },
    },
    client: (bench) => bench.connect(soon),
    expect: { code: "timeout" },
  })),
  ...each(["2024-11-05"], () => ({
    name: "a stream that ends before its endpoint event",
    server: { GET: { as: "sse" as const, body: ": hi\n\n" } },
    client: (bench) => bench.connect(),
    expect: { code: "connection_lost" },
  })),
  ...each(["2025-11-25", "2024-11-05"], () => ({
    name: "notifications/initialized is never taken",
    server: { "notifications/initialized": { then: "hang" as const } },
    client: (bench) => bench.connect(soon),
    expect: { code: "timeout" },
  })),
  ...each(["2025-11-25"], () => ({
    name: "initialize with endless progress has no more time than a whole handshake",
    server: { initialize: { as: "sse" as const, body: { forever: progress(), every: 40 } } },
    client: async (bench) => bench.create(soon).callTool("echo", {}, { timeout: 60_000 }),
    expect: { code: "timeout", message: /connect was given up/ },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a session that cannot be renewed in time",
    server: {
      "tools/call": { status: 404 },
      initialize: [{ usual: true as const }, { then: "hang" as const }],
    },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, soon),
    expect: { code: "timeout" },
  })),
  ...each(ALL, () => ({
    name: "timeout: Infinity is no timer",
    server: {},
    client: async (bench) =>
      (await bench.connect({ timeout: Number.POSITIVE_INFINITY })).callTool(
        "echo",
        {},
        { timeout: Number.POSITIVE_INFINITY },
      ),
    expect: { value: { text: "echo" } },
  })),
  ...each(ALL, () => ({
    name: "a call that is done leaves no timer",
    server: {},
    client: async (bench) => (await bench.connect()).callTool("echo", {}, { timeout: 86_400_000 }),
    expect: { value: { text: "echo" } },
  })),
];

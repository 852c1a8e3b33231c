import type { Client } from "mcp-rivulet";
import type { Case, Outcome, Say } from "../types.ts";
import { ALL, call, each, event, failure, ok, paced, progress, rpcError, settled, sse } from "./lib.ts";

const gone: Say = { status: 404, as: "json", body: rpcError(-32001, "Session not found", "null") };
const usual: Say = { usual: true };
const busy = (status: number, after?: string): Say => ({
  status,
  headers: after === undefined ? {} : { "retry-after": after },
});
const INITIALIZED =
  '{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"0"}}}';
const quick = { reconnect: { delay: 50, maxDelay: 200, attempts: 4 } };

/** Resolves when the client has given up looking for its server. */
const idle = (client: Client): Promise<void> =>
  new Promise((done) => {
    client.on("status", (status) => {
      if (status === "idle") done();
    });
  });

/** Rule 3: what can be recovered is, and nothing runs twice. */
export const cases: readonly Case[] = [
  ...(
    [
      ["404 with a JSON-RPC error", gone],
      ["404 and nothing", { status: 404 }],
      ["404 and a page", { status: 404, as: "html", body: "SECRET-PAGE" }],
      [
        "400 No valid session",
        {
          status: 400,
          as: "json",
          body: rpcError(-32000, "Bad Request: No valid session ID provided", "null"),
        },
      ],
      [
        "400 Session not found",
        { status: 400, as: "json", body: rpcError(-32600, "session not found", "null") },
      ],
      [
        "400 and the words as text",
        { status: 400, as: "text", body: "Bad Request: No valid session ID provided" },
      ],
    ] as const
  ).flatMap(([name, say]) =>
    each(["2025-11-25", "2025-03-26"], () => ({
      name: `session lost (${name}) once: renewed, and the call goes again`,
      server: { "tools/call": [say, usual] },
      client: call(),
      expect: {
        value: { text: "echo" },
        requests: { initialize: 2, "tools/call": 2 },
        check: ({ requests }) => {
          const used = (wanted: string) =>
            requests
              .filter(({ key }) => key === wanted)
              .map(({ headers }) => headers["mcp-session-id"] ?? "none");
          const ids = [...used("initialize"), ...used("tools/call")].join();
          return ids === "none,none,SECRET-SESSION-1,SECRET-SESSION-2" ? undefined : `sessions ${ids}`;
        },
      },
    })),
  ),
  ...each(["2025-11-25"], () => ({
    name: "session lost twice is an error",
    server: { "tools/call": gone },
    client: call(),
    expect: {
      code: "session_expired",
      requests: { initialize: 2, "tools/call": 2 },
      error: { hasCause: true, retryable: true },
    },
  })),
  ...each(["2025-11-25"], () => ({
    name: "session lost with thirty calls in flight: one initialize, each call once more",
    server: { "tools/call SECRET-SESSION-1": gone },
    client: async (bench) => {
      const client = await bench.connect();
      const calls = Array.from({ length: 30 }, (_, i) => client.callTool(`tool${i}`).result);
      return (await Promise.all(calls)).every(({ text }, i) => text === `tool${i}`);
    },
    expect: { value: true, requests: { initialize: 2, "tools/call": 60 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "session lost, and initialize fails too",
    server: { "tools/call": gone, initialize: [usual, { status: 500 }] },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: false });
      const outcome = await failure(client.callTool("echo"));
      return /http_error|negotiation_failed/.test(outcome.code) && outcome.status === 500;
    },
    expect: { value: true, requests: { initialize: [2, 3], "tools/call": 1 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "after a failed renewal the next call tries again, and works",
    server: { "tools/call": [gone, usual], initialize: [usual, { then: "reset" as const }, usual] },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: { delay: 60_000 } });
      const one = await settled(client.callTool("echo"));
      return [one, await settled(client.callTool("echo"))];
    },
    expect: { value: ["connect_failed", "ok"], requests: { initialize: 3, "tools/call": 2 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a listing goes on after a lost session",
    server: {
      "tools/list": [gone, { as: "json" as const, body: '{"jsonrpc":"2.0","id":$id,"result":{"tools":[]}}' }],
    },
    client: async (bench) => (await bench.connect()).listTools(),
    expect: { value: [], requests: { initialize: 2, "tools/list": 2 } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "404 in the stateless era is no lost session",
    server: { "tools/call": gone },
    client: call(),
    expect: { code: "http_error", error: { status: 404, rpcCode: -32001 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "404 with -32601 is an unknown method, not a lost session",
    server: {
      "tools/call": { status: 404, as: "json" as const, body: rpcError(-32601, "Method not found") },
    },
    client: call(),
    expect: { code: "http_error", error: { status: 404, rpcCode: -32601 }, requests: { initialize: 1 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "400 is not a lost session because the path says session",
    server: {
      "/session/mcp": [
        { as: "json" as const, headers: { "mcp-session-id": "SECRET-SESSION-9" }, body: INITIALIZED },
        { status: 202 },
        { status: 400 },
      ],
      GET: { status: 405 },
    },
    client: async (bench) => {
      const { connect } = await import("mcp-rivulet");
      let posts = 0;
      const counting = (url: string, init: RequestInit) => {
        if (init.method === "GET") return Promise.resolve(new Response(null, { status: 405 }));
        if (init.method === "POST") posts++;
        return fetch(url, init);
      };
      const client = await connect(
        bench.url.replace("/mcp", "/session/mcp"),
        bench.options({ fetch: counting }),
      );
      const error = await failure(client.callTool("echo"));
      await client.close();
      return [error.code, error.status, posts];
    },
    expect: { value: ["http_error", 400, 3] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "no session id, no lost session",
    server: {
      initialize: { as: "json" as const, body: INITIALIZED },
      "tools/call": gone,
    },
    client: call(),
    expect: { code: "http_error", error: { status: 404 }, requests: { initialize: 1 } },
  })),
  ...["a b", "sess\u00e9", "x\ty"].map(
    (id) =>
      ({
        name: `a session id that is no visible ASCII (${JSON.stringify(id)}) is not one`,
        revision: "2025-11-25" as const,
        server: {
          initialize: { as: "json" as const, headers: { "mcp-session-id": id }, body: INITIALIZED },
        },
        client: call(),
        expect: {
          value: { text: "echo" },
          check: ({ requests }) =>
            requests.some(({ headers }) => headers["mcp-session-id"]) ? "sent it" : undefined,
        },
      }) satisfies Case,
  ),
  ...each(["2025-11-25"], () => ({
    name: "a session id on another answer than initialize's changes nothing",
    server: {
      "tools/call": { as: "json" as const, headers: { "mcp-session-id": "SECRET-SESSION-evil" }, body: ok },
    },
    client: async (bench) => {
      const client = await bench.connect();
      await client.callTool("echo");
      await client.ping();
      return "ok";
    },
    expect: {
      value: "ok",
      check: ({ requests }) =>
        requests.some(({ headers }) => headers["mcp-session-id"] === "SECRET-SESSION-evil")
          ? "took it over"
          : undefined,
    },
  })),
  // The shared stream of 2024-11-05.
  ...["end", "reset"].map(
    (then) =>
      ({
        name: `the shared stream is lost (${then}): all pending calls fail at once, and the next works`,
        revision: "2024-11-05" as const,
        server: {
          "tools/call": [
            { status: 202 },
            { status: 202 },
            { stream: ": bye\n\n", streamThen: then as "end" },
            usual,
          ],
        },
        client: async (bench) => {
          const client = await bench.connect(quick);
          const calls = ["a", "b", "c"].map((name) => settled(client.callTool(name)));
          return [...(await Promise.all(calls)), (await client.callTool("d")).text];
        },
        expect: {
          value: ["connection_lost", "connection_lost", "connection_lost", "d"],
          requests: { GET: 2, initialize: 2, "tools/call": 4 },
        },
      }) satisfies Case,
  ),
  ...each(["2024-11-05"], () => ({
    name: "the shared stream is lost before the POST is answered: the call fails at once",
    server: {
      "tools/call": [{ then: "hang" as const }, usual],
      ping: { stream: { until: "posted" }, streamThen: "end" as const },
    },
    client: async (bench) => {
      const client = await bench.connect(quick);
      client.ping().catch(() => {});
      const outcome = settled(client.callTool("a"));
      await bench.seen("tools/call");
      bench.go("posted");
      const code = await outcome;
      await bench.freed("tools/call");
      return [code, (await client.callTool("b")).text];
    },
    expect: { value: ["connection_lost", "b"], requests: { "tools/call": 2 } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "a server that is found out anew gets no two requests at once, and the failure its own name",
    server: {
      GET: [usual, { as: "sse" as const, body: "event: endpoint\ndata: /messages\n\n" }],
      "tools/call": { stream: ": bye\n\n", streamThen: "end" as const },
    },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: false });
      return [await settled(client.callTool("a")), await settled(client.callTool("b"))];
    },
    expect: {
      value: ["connection_lost", "connection_lost"],
      check: ({ requests }: Outcome) => {
        const [, ...at] = requests.filter(({ key }) => key === "GET").map((request) => request.at);
        // A timer may come a little early.
        return at.slice(1).some((time, i) => time - (at[i] as number) < 45) ? `GET at ${at}` : undefined;
      },
    },
  })),
  ...["end", "reset"].map(
    (then) =>
      ({
        name: `the shared stream is lost (${then}) while nobody waits: it comes back by itself, and that is no news`,
        revision: "2024-11-05" as const,
        server: {
          ping: [{ stream: [event(ok.replace(/\{"content.*\]\}/, "{}"))], streamThen: then as "end" }, usual],
        },
        client: async (bench) => {
          const client = await bench.connect(quick);
          // A reset may overtake the answer.
          await settled(client.ping());
          await bench.seen("initialize", 2);
          return (await client.callTool("echo")).text;
        },
        expect: { value: "echo", requests: { GET: 2 }, errors: [] },
      }) satisfies Case,
  ),
  ...each(["2024-11-05"], () => ({
    name: "a shared stream that ends after each handshake is not hammered",
    server: {
      "notifications/initialized": { stream: ": bye\n\n", streamThen: "end" as const },
    },
    client: async (bench) => {
      const client = bench.create(quick);
      const resigned = idle(client);
      // Whether its end is seen before the handshake is over is a matter of luck.
      if ((await settled(client.connect())) === "ok") await resigned;
      return "done";
    },
    expect: { value: "done", requests: { GET: [1, 5], initialize: [1, 5] }, check: paced("GET") },
  })),
  ...each(["2024-11-05"], () => ({
    name: "a shared stream that ends when the client is just ready is not hammered",
    server: {
      "notifications/initialized": {
        stream: [{ until: "ready $n" }, ": bye\n\n"],
        streamThen: "end" as const,
      },
    },
    client: async (bench) => {
      const client = bench.create({ reconnect: { delay: 200, maxDelay: 400, attempts: 3 } });
      let times = 0;
      client.on("status", (status) => {
        if (status === "ready") bench.go(`ready ${++times}`);
      });
      await client.connect();
      await idle(client);
      return "done";
    },
    expect: { value: "done", requests: { GET: 4, initialize: 4 }, check: paced("GET", 190) },
  })),
  ...each(["2024-11-05"], () => ({
    name: "a shared stream that ends with the answer to initialize",
    server: {
      initialize: {
        stream: event(
          '{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{"name":"x","version":"0"}}}',
        ),
        streamThen: "end" as const,
      },
    },
    client: async (bench) => {
      const client = await bench.connect({ ...quick });
      return settled(client.callTool("echo", {}, { timeout: 5000 }));
    },
    expect: { code: "connection_lost" },
  })),
  ...each(["2024-11-05"], () => ({
    name: "the server forgot the session, and its stream is still open: renewed once",
    server: { "tools/call": [{ status: 404, as: "text" as const, body: "Could not find session" }, usual] },
    client: call(),
    expect: { value: { text: "echo" }, requests: { "tools/call": 2, initialize: 2, GET: 2 } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "the server forgot the session, and ends its stream before it says so: renewed once",
    server: { "tools/call": [{ stream: ": bye\n\n", streamThen: "end" as const, status: 404 }, usual] },
    client: call(),
    expect: { value: { text: "echo" }, requests: { "tools/call": 2, initialize: 2, GET: 2 } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "one call hears that the session is gone while the stream stays open: the others are not left waiting",
    server: {
      "tools/call": [
        { status: 202 },
        { status: 404, as: "text" as const, body: "Could not find session" },
        usual,
      ],
    },
    client: async (bench) => {
      const client = await bench.connect();
      const first = settled(client.callTool("a"));
      await bench.answered(4);
      return [(await client.callTool("b")).text, await first];
    },
    expect: { value: ["b", "connection_lost"], requests: { "tools/call": 3, GET: 2, initialize: 2 } },
  })),
  // Asked to wait.
  ...[429, 503].flatMap((status) =>
    each(ALL, () => ({
      name: `${status} with Retry-After: 1 is waited for`,
      server: { "tools/call": [busy(status, "1"), usual] },
      client: call(),
      expect: {
        value: { text: "echo" },
        requests: { "tools/call": 2 },
        check: ({ requests }) => {
          const [a, b] = requests.filter(({ key }) => key === "tools/call");
          return (b?.at ?? 0) - (a?.at ?? 0) < 990 ? "came back too early" : undefined;
        },
      },
    })),
  ),
  ...each(["2026-07-28"], () => ({
    name: "Retry-After as a date",
    server: { "tools/call": [busy(503, new Date(Date.now() - 60_000).toUTCString()), usual] },
    client: call(quick),
    expect: { value: { text: "echo" }, requests: { "tools/call": 2 } },
  })),
  ...[429, 503].flatMap((status) =>
    each(ALL, () => ({
      name: `${status} with a Retry-After of an hour is an error at once`,
      server: { "tools/call": busy(status, "3600") },
      client: call(),
      expect: { code: "rate_limited", error: { status, retryAfterMs: 3_600_000, retryable: true } },
    })),
  ),
  ...["9".repeat(400), "1e400", new Date(8.64e15).toUTCString()].map(
    (after) =>
      ({
        name: `an endless Retry-After (${after.slice(0, 12)}…)`,
        revision: "2026-07-28" as const,
        server: { "tools/call": busy(429, after) },
        client: call(),
        expect: { code: "rate_limited", error: { retryable: true } },
      }) satisfies Case,
  ),
  ...["soon", "-5", "Thu, 99 Foo 2026", ""].map(
    (after) =>
      ({
        name: `a bogus Retry-After (${JSON.stringify(after)}) leads to no storm`,
        revision: "2026-07-28" as const,
        server: { "tools/call": busy(429, after) },
        client: call({ ...quick, maxTotalTimeout: 2000 }),
        expect: { code: ["rate_limited", "timeout"], requests: { "tools/call": [1, 11] } },
      }) satisfies Case,
  ),
  ...["-5", new Date(0).toUTCString()].map(
    (after) =>
      ({
        name: `a Retry-After of the past (${after}) is now`,
        revision: "2026-07-28" as const,
        server: { "tools/call": busy(429, after) },
        // So that there is no time for another attempt.
        client: call({ reconnect: { delay: 60_000 }, timeout: 20_000 }),
        expect: { code: "rate_limited", error: { retryAfterMs: 0 } },
      }) satisfies Case,
  ),
  ...each(["2026-07-28"], () => ({
    name: "429 without Retry-After is an error",
    server: { "tools/call": busy(429) },
    client: call(),
    expect: { code: "rate_limited", error: { status: 429, retryable: true } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "503 without Retry-After is an error",
    server: { "tools/call": busy(503) },
    client: call(),
    expect: { code: ["http_error", "rate_limited"], error: { status: 503 } },
  })),
  ...([{}, { reconnect: false }, quick] as const).map(
    (options, i) =>
      ({
        name: `Retry-After: 0 for ever ends within the total limit, and is paced (${i})`,
        revision: "2026-07-28" as const,
        server: { "tools/call": busy(429, "0") },
        client: call({ ...options, timeout: 1500, maxTotalTimeout: 2000 }),
        expect: {
          code: ["rate_limited", "timeout"],
          requests: { "tools/call": [2, 12] },
          check: paced("tools/call"),
        },
      }) satisfies Case,
  ),
  ...each(["2026-07-28", "2025-11-25"], () => ({
    name: "429 with Retry-After while connecting is waited for",
    server: { initialize: [busy(429, "1"), usual], "server/discover": [busy(429, "1"), usual] },
    client: call(),
    expect: { value: { text: "echo" } },
  })),
  ...each(["2026-07-28", "2025-11-25"], () => ({
    name: "429 with a Retry-After of an hour while connecting is an error at once",
    server: { initialize: busy(429, "3600"), "server/discover": busy(429, "3600") },
    client: call(),
    expect: { code: "rate_limited", error: { retryAfterMs: 3_600_000 } },
  })),
  // At most once.
  ...[500, 502, 503, 504, 408, 409].flatMap((status) =>
    each(["2026-07-28", "2025-11-25"], () => ({
      name: `${status} is not sent again`,
      server: { "tools/call": { status } },
      client: call(),
      expect: { code: ["http_error", "rate_limited"], error: { status }, requests: { "tools/call": 1 } },
    })),
  ),
  ...each(["2026-07-28", "2025-11-25"], (revision) => ({
    name: "retry: 2 sends again after a loss, and then it works",
    server: { "tools/call": [sse(revision, progress()), { then: "reset" as const }, usual] },
    client: async (bench) => {
      const client = await bench.connect(quick);
      return client.callTool("echo", {}, { retry: 2 });
    },
    expect: { value: { text: "echo" }, requests: { "tools/call": 3 } },
  })),
  ...each(["2026-07-28"], (revision) => ({
    name: "retry: 1 gives up after the second loss",
    server: { "tools/call": sse(revision, progress()) },
    client: async (bench) => (await bench.connect(quick)).callTool("echo", {}, { retry: 1 }),
    expect: { code: "connection_lost", requests: { "tools/call": 2 } },
  })),
  ...each(["2026-07-28", "2025-11-25"], () => ({
    name: "retry does not repeat what was refused",
    server: { "tools/call": { as: "json" as const, body: rpcError(-32602, "No") } },
    client: async (bench) => (await bench.connect(quick)).callTool("echo", {}, { retry: 3 }),
    expect: { code: "rpc_error", requests: { "tools/call": 1 } },
  })),
  ...each(ALL, () => ({
    name: "a server that was away is there again",
    server: { "tools/call": [{ then: "reset" as const }, usual] },
    client: async (bench) => {
      const client = await bench.connect();
      return [await settled(client.callTool("a")), (await client.callTool("b")).text];
    },
    expect: { value: ["connect_failed", "b"], requests: { "tools/call": 2 } },
  })),
];

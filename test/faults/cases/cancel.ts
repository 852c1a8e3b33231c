import type { Bench, Case } from "../types.ts";
import {
  ALL,
  abortWhen,
  each,
  event,
  failure,
  listening,
  ok,
  progress,
  STREAMABLE,
  settled,
  sse,
} from "./lib.ts";

const INPUT =
  '{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"}}}}';
const quick = { reconnect: { delay: 60_000 } };
const REASON = "my reason";

/** Connects, aborts a call `when`, waits for its connection to be free, and calls once more. */
const abort =
  (when: (bench: Bench) => Promise<unknown>, options = {}) =>
  async (bench: Bench): Promise<unknown> => {
    const client = await bench.connect({ ...quick, ...options });
    const outcome = await abortWhen(client, () => when(bench), options);
    await bench.freed("tools/call");
    return [outcome, (await client.callTool("again")).text];
  };
const RESULT = { value: [REASON, "again"], requests: { "tools/call": 2 } };
const told = ({ requests }: { requests: readonly { key: string }[] }): string | undefined =>
  requests.filter(({ key }) => key === "notifications/cancelled").length === 1
    ? undefined
    : "did not tell the server once";
const silent = ({ requests }: { requests: readonly { key: string }[] }): string | undefined =>
  requests.some(({ key }) => key === "notifications/cancelled") ? "told the server" : undefined;

const text = (delta: string): string =>
  event(
    `{"jsonrpc":"2.0","method":"notifications/tool/streamContent","params":{"content":[{"type":"text","text":"${delta}"}]}}`,
  );
/** The shared stream of 2024-11-05, with an answer that comes when the steps say so. */
const withAnswer = {
  as: "sse" as const,
  body: ["event: endpoint\ndata: /messages\n\n", { until: "answer" }, event(ok)],
  then: "hang" as const,
};

/** Rule 4: giving up. */
export const cases: readonly Case[] = [
  ...each(ALL, (revision) => ({
    name: "abort before headers",
    server: { "tools/call": [{ then: "hang" as const }, { usual: true as const }] },
    client: abort((bench) => bench.seen("tools/call")),
    expect: { ...RESULT, check: revision === "2026-07-28" ? silent : told },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "abort in the middle of a JSON body",
    server: {
      "tools/call": [
        { as: "json" as const, body: '{"jsonrpc":', then: "hang" as const },
        { usual: true as const },
      ],
    },
    client: abort(async (bench) => {
      // The handshake's answers, and then the headers of this one.
      await bench.answered(revision === "2026-07-28" ? 2 : 3);
      await new Promise((done) => setImmediate(done));
    }),
    expect: { ...RESULT, check: revision === "2026-07-28" ? silent : told },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "abort in the middle of an event",
    server: {
      "tools/call": [
        {
          as: "sse" as const,
          body: [progress(), 'data: {"jsonrpc"', { mark: "sent" }],
          then: "hang" as const,
        },
        { usual: true as const },
      ],
    },
    client: abort((bench) => bench.mark("sent")),
    expect: { ...RESULT, check: revision === "2026-07-28" ? silent : told },
  })),
  ...each(ALL, () => ({
    name: "abort while waiting for Retry-After",
    server: { "tools/call": [{ status: 429, headers: { "retry-after": "30" } }, { usual: true as const }] },
    client: abort((bench) => bench.waits(30_000)),
    expect: RESULT,
  })),
  ...each(["2025-11-25"], () => ({
    name: "abort while waiting to resume",
    server: {
      "tools/call": [
        { as: "sse" as const, body: event("", "id: e1\nretry: 30000\n") },
        { usual: true as const },
      ],
    },
    client: abort((bench) => bench.waits(30_000)),
    expect: { ...RESULT, requests: { "tools/call": 2, "GET resume": 0 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "abort while the resuming GET hangs",
    server: {
      "tools/call": [{ as: "sse" as const, body: event("", "id: e1\nretry: 0\n") }, { usual: true as const }],
      "GET resume": { then: "hang" as const },
    },
    client: async (bench) => {
      const client = await bench.connect();
      const outcome = await abortWhen(client, () => bench.seen("GET resume"));
      await bench.freed("GET resume");
      return outcome;
    },
    expect: { value: REASON, requests: { "GET resume": 1 } },
  })),
  ...each(STREAMABLE, () => ({
    name: "abort while waiting for a retry",
    server: { "tools/call": [{ then: "reset" as const }, { usual: true as const }] },
    client: async (bench) => {
      const client = await bench.connect(quick);
      return abortWhen(client, () => bench.waits(30_000), { retry: 3 });
    },
    expect: { value: REASON, requests: { "tools/call": 1 } },
  })),
  ...each(ALL, () => ({
    name: "a signal that has aborted already",
    server: {},
    client: async (bench) => {
      const client = await bench.connect();
      return settled(client.callTool("echo", {}, { signal: AbortSignal.abort(new Error(REASON)) }));
    },
    expect: { value: REASON, requests: { "tools/call": 0 } },
  })),
  ...[null, 0, "", "words", { code: "odd" }].map(
    (reason) =>
      ({
        name: `abort with the reason ${JSON.stringify(reason)} rejects with just that`,
        revision: "2026-07-28" as const,
        server: { "tools/call": { then: "hang" as const } },
        client: async (bench) => {
          const client = await bench.connect();
          const controller = new AbortController();
          const call = client.callTool("echo", {}, { signal: controller.signal });
          await bench.seen("tools/call");
          controller.abort(reason);
          const caught = await failure(call);
          await bench.freed("tools/call");
          return [caught];
        },
        expect: { value: [reason] },
      }) satisfies Case,
  ),
  ...each(ALL, () => ({
    name: "every method listens to its signal while connecting",
    server: {
      "server/discover": { then: "hang" as const },
      initialize: { then: "hang" as const },
      GET: { then: "hang" as const },
    },
    client: async (bench) => {
      const client = bench.create();
      const signal = AbortSignal.timeout(200);
      return Promise.all([
        failure(client.callTool("x", {}, { signal })).then(({ name }) => name),
        failure(client.listTools({ signal })).then(({ name }) => name),
        failure(client.readResource("a:b", { signal })).then(({ name }) => name),
        failure(client.getPrompt("a", {}, { signal })).then(({ name }) => name),
        failure(client.ping({ signal })).then(({ name }) => name),
        failure(client.setLogLevel("info", { signal })).then(({ name }) => name),
        failure(client.request("x/y", {}, { signal })).then(({ name }) => name),
      ]);
    },
    expect: { value: Array(7).fill("TimeoutError") },
  })),
  ...each(ALL, () => ({
    name: "leaving the loop frees the connection",
    server: {
      "tools/call": { usual: true as const },
    },
    client: async (bench) => {
      const client = await bench.connect();
      for await (const one of client.callTool("echo")) if (one.type === "progress") break;
      await bench.freed("tools/call");
      return (await client.callTool("again")).text;
    },
    expect: { value: "again", requests: { "tools/call": 2 } },
  })).map((one) => ({
    ...one,
    server: {
      "tools/call": [sse(one.revision, progress(), "hang"), { usual: true as const }],
    },
  })),
  ...each(STREAMABLE, () => ({
    name: "cancelling the text stream frees the connection",
    server: { "tools/call": { as: "sse" as const, body: text("a"), then: "hang" as const } },
    client: async (bench) => {
      const client = await bench.connect();
      const reader = client.callTool("echo").textStream().getReader();
      const { value } = await reader.read();
      await reader.cancel();
      await bench.freed("tools/call");
      return value;
    },
    expect: { value: "a" },
  })),
  ...each(STREAMABLE, () => ({
    name: "abort while the application's handler thinks",
    server: { "tools/call": { as: "json" as const, body: INPUT } },
    client: async (bench) => {
      let asked = () => {};
      let told: { readonly aborted: boolean } | undefined;
      const asking = new Promise<void>((done) => {
        asked = done;
      });
      const client = await bench.connect({
        onRoots: ({ signal }) => {
          asked();
          told = signal;
          return new Promise(() => {});
        },
      });
      return [await abortWhen(client, () => asking), told?.aborted];
    },
    expect: { value: [REASON, true] },
  })).slice(0, 1),
  ...each(ALL, () => ({
    name: "a late answer after an abort is nobody's",
    server: {
      "tools/call": [{ then: "hang" as const }, { usual: true as const }],
      "notifications/cancelled": { status: 202 },
    },
    client: abort((bench) => bench.seen("tools/call")),
    expect: RESULT,
  })),
  ...each(["2025-11-25", "2024-11-05"], (revision) => ({
    name: "a loop that is left just before close(): the server is told all the same, and that is no error",
    server: { "tools/call": sse(revision, [progress()], "hang") },
    client: async (bench) => {
      const client = await bench.connect();
      for await (const _ of client.callTool("echo")) break;
      await client.close();
      await bench.seen("notifications/cancelled");
      return "told";
    },
    expect: { value: "told", errors: [] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "the server never takes the notice of an abort: close() lets go of it",
    server: { "tools/call": { then: "hang" as const }, "notifications/cancelled": { then: "hang" as const } },
    client: async (bench) => {
      const client = await bench.connect();
      const outcome = await abortWhen(client, () => bench.seen("tools/call"));
      await bench.seen("notifications/cancelled");
      return outcome;
    },
    expect: { value: REASON },
  })),
  ...["is let go after its answer came", "does not outlive close()"].flatMap((fate, closed) =>
    each(["2024-11-05"], () => ({
      name: `a POST that is never answered itself ${fate}`,
      server: { "tools/call": { then: "hang" as const }, GET: withAnswer },
      client: async (bench) => {
        const client = await bench.connect();
        const call = client.callTool("echo").result;
        await bench.seen("tools/call");
        bench.go("answer");
        const { text } = await call;
        if (!closed) await bench.freed("tools/call");
        return text;
      },
      expect: { value: "ok" },
    })),
  ),
  ...each(["2024-11-05"], () => ({
    name: "what is left of a failed attempt is let go before the next",
    server: {
      "tools/call": [{ then: "hang" as const }, { usual: true as const }],
      ping: { stream: { until: "posted" }, streamThen: "end" as const },
    },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: { delay: 50 } });
      client.ping().catch(() => {});
      const call = client.callTool("echo", {}, { retry: 1 }).result;
      await bench.seen("tools/call");
      bench.go("posted");
      const { text } = await call;
      await bench.freed("tools/call");
      return text;
    },
    expect: { value: "echo", requests: { "tools/call": 2 } },
  })),
  ...each(["2025-11-25", "2025-06-18", "2025-03-26"], () => ({
    name: "connect() that fails after a session began ends it",
    server: { "notifications/initialized": { status: 500 } },
    client: async (bench) => {
      const outcome = await settled(bench.connect());
      await bench.seen("DELETE");
      return outcome;
    },
    expect: { value: "http_error", requests: { DELETE: 1 } },
  })),
  ...each(ALL, (revision) => {
    const key = revision === "2026-07-28" ? "server/discover" : "initialize";
    const result = `"protocolVersion":"${revision}","supportedVersions":["${revision}"],"capabilities":{}`;
    const body = `{"jsonrpc":"2.0","id":$id,"result":{${result}}}`;
    return {
      name: "one of two that wait for the handshake gives up: it goes on for the other",
      server: {
        [key]:
          revision === "2024-11-05"
            ? { stream: [{ until: "given up" }, event(body)] }
            : { as: "json" as const, body: [{ until: "given up" }, body] },
      },
      client: async (bench) => {
        const client = bench.create();
        const other = client.callTool("other").result;
        const outcome = await abortWhen(client, () => bench.seen(key));
        bench.go("given up");
        return [outcome, (await other).text];
      },
      expect: { value: [REASON, "other"], requests: { [key]: 1 } },
    };
  }),
  ...each(["2024-11-05"], () => ({
    name: "a handshake that fails leaves no stream behind",
    server: { initialize: { status: 500 } },
    client: async (bench) => {
      const outcome = await settled(bench.create().connect());
      await bench.freed("GET");
      return outcome;
    },
    expect: { value: "http_error" },
  })),
  // close()
  ...ALL.flatMap((revision) =>
    (
      [
        ["before headers", { then: "hang" }, (bench: Bench) => bench.seen("tools/call")],
        [
          "while waiting for Retry-After",
          { status: 429, headers: { "retry-after": "30" } },
          (bench: Bench) => bench.waits(30_000),
        ],
        ...(revision === "2024-11-05"
          ? []
          : ([
              [
                "in a JSON body",
                { as: "json", body: ['{"jsonrpc":', { mark: "sent" }], then: "hang" },
                (bench: Bench) => bench.mark("sent"),
              ],
              [
                "in an event",
                { as: "sse", body: [progress(), "data: {", { mark: "sent" }], then: "hang" },
                (bench: Bench) => bench.mark("sent"),
              ],
              [
                "in an error body",
                { status: 500, as: "json", body: ["{", { mark: "sent" }], then: "hang" },
                (bench: Bench) => bench.mark("sent"),
              ],
            ] as const)),
        ...(revision === "2025-11-25"
          ? ([
              [
                "while waiting to resume",
                { as: "sse", body: event("", "id: e1\nretry: 30000\n") },
                (bench: Bench) => bench.waits(30_000),
              ],
            ] as const)
          : []),
      ] as const
    ).map(
      ([name, say, when]) =>
        ({
          name: `close() twice ${name}`,
          revision,
          server: { "tools/call": say as object },
          client: async (bench) => {
            const client = await bench.connect();
            const outcome = settled(client.callTool("echo"));
            await when(bench);
            const closing = [client.close(), client.close()];
            await Promise.all(closing);
            await client.close();
            const after = await settled(client.callTool("echo"));
            await bench.freed("tools/call");
            return [await outcome, after, client.status, await settled(client.ping())];
          },
          expect: {
            value: ["closed", "closed", "closed", "closed"],
            requests: { DELETE: revision === "2025-11-25" ? 1 : 0 },
          },
        }) satisfies Case,
    ),
  ),
  ...ALL.flatMap((revision) =>
    ["server/discover", "initialize", "notifications/initialized", "GET"].map(
      (key) =>
        ({
          name: `close() while connecting, at ${key}`,
          revision,
          server: { [key]: { then: "hang" as const } },
          client: async (bench) => {
            const client = bench.create();
            const outcome = settled(client.connect());
            const used =
              revision === "2026-07-28" ? "server/discover" : key === "server/discover" ? "initialize" : key;
            await Promise.race([bench.seen(used), outcome]);
            await client.close();
            return [/closed|ok/.test(await outcome), client.status];
          },
          expect: { value: [true, "closed"], requests: { DELETE: [0, 1] } },
        }) satisfies Case,
    ),
  ),
  ...each(ALL, () => ({
    name: "close() before anything",
    server: {},
    client: async (bench) => {
      const client = bench.create();
      await client.close();
      return [
        await settled(client.connect()),
        await settled(client.callTool("x")),
        await settled(client.listTools()),
      ];
    },
    expect: { value: ["closed", "closed", "closed"], requests: { DELETE: 0 } },
  })),
  ...each(ALL, () => ({
    name: "close() in the middle of a loop",
    server: {},
    client: async (bench) => {
      const client = await bench.connect();
      try {
        for await (const one of client.callTool("echo")) if (one.type === "progress") await client.close();
      } catch (error) {
        return (error as { code: string }).code;
      }
    },
    expect: { value: "closed" },
  })).map((one) => ({ ...one, server: { "tools/call": sse(one.revision, progress(), "hang") } })),
  ...each(["2025-11-25"], () => ({
    // requires: lifecycle/error-shutdown-timeout
    name: "close() with a server that never answers the DELETE",
    server: { DELETE: { then: "hang" as const }, GET: { then: "hang" as const } },
    client: async (bench) => {
      const client = await listening(bench);
      await bench.seen("GET");
      await client.close();
      await bench.seen("DELETE");
      return "closed";
    },
    expect: { value: "closed", requests: { DELETE: 1 } },
  })),
  ...[405, 404, 500, 301].map(
    (status) =>
      ({
        name: `close() with DELETE answered ${status}`,
        revision: "2025-11-25" as const,
        server: {
          DELETE: { status, headers: { location: "$evil/" }, as: "html" as const, body: "SECRET-PAGE" },
        },
        client: async (bench) => {
          const client = await bench.connect();
          await client.close();
          await bench.seen("DELETE");
          await bench.freed("DELETE");
          return bench.errors.length;
        },
        expect: { value: 0, requests: { DELETE: 1 } },
      }) satisfies Case,
  ),
  ...each(["2025-11-25"], () => ({
    name: "close() after the server has gone",
    server: { DELETE: { then: "reset" as const } },
    client: async (bench) => {
      const client = await bench.connect();
      await client.close();
      await bench.seen("DELETE");
      return bench.errors.length;
    },
    expect: { value: 0 },
  })),
  ...each(["2024-11-05"], () => ({
    name: "close() while a lost stream is awaited",
    server: {
      GET: [{ usual: true as const }, { then: "reset" as const }],
      ping: { stream: ": bye\n\n", streamThen: "end" as const },
    },
    client: async (bench) => {
      const client = await bench.connect(quick);
      const lost = await settled(client.ping());
      await bench.waits(30_000);
      await client.close();
      return lost;
    },
    expect: { value: "connection_lost" },
  })),
  // connect() itself
  ...ALL.flatMap((revision) =>
    // The GET stream of 2025-11-25 is no part of connecting.
    ["server/discover", "initialize", "notifications/initialized", revision === "2025-11-25" ? [] : "GET"]
      .flat()
      .map(
        (key) =>
          ({
            name: `abort while connecting, at ${key}`,
            revision,
            server: { [key]: { then: "hang" as const } },
            client: async (bench) => {
              const controller = new AbortController();
              const outcome = settled(bench.connect({ signal: controller.signal }));
              const used =
                revision === "2026-07-28"
                  ? "server/discover"
                  : key === "server/discover"
                    ? "initialize"
                    : key;
              await bench.seen(used);
              controller.abort(new Error(REASON));
              const reason = await outcome;
              if (key === used) await bench.freed(used);
              return reason === REASON || key !== used;
            },
            expect: { value: true },
          }) satisfies Case,
      ),
  ),
  ...each(ALL, () => ({
    name: "client.connect({ signal }) aborted frees the connection",
    server: {
      "server/discover": [{ then: "hang" as const }, { usual: true as const }],
      initialize: [{ then: "hang" as const }, { usual: true as const }],
    },
    client: async (bench) => {
      const client = bench.create();
      const controller = new AbortController();
      const outcome = settled(client.connect({ signal: controller.signal }));
      const first = await Promise.race(["server/discover", "initialize"].map((key) => bench.seen(key)));
      controller.abort(new Error(REASON));
      const reason = await outcome;
      await bench.freed(first.key);
      return reason;
    },
    expect: { value: REASON },
  })),
  ...each(ALL, () => ({
    name: "client.connect({ timeout }) frees the connection",
    server: {
      "server/discover": { then: "hang" as const },
      initialize: { then: "hang" as const },
    },
    client: async (bench) => {
      const client = bench.create();
      const outcome = await settled(client.connect({ timeout: 1000 }));
      await Promise.race(["server/discover", "initialize"].map((key) => bench.freed(key)));
      return outcome;
    },
    expect: { value: "timeout" },
  })),
];

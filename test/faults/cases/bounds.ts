import type { Case, Revision, Say } from "../types.ts";
import {
  ALL,
  call,
  each,
  event,
  failure,
  listening,
  OK,
  ok,
  progress,
  rpcError,
  STREAMABLE,
  settled,
  sse,
} from "./lib.ts";

const LEGACY: readonly Revision[] = ["2025-11-25", "2024-11-05"];
const limits = { messageBytes: 10_000 };
const OVER = { code: "limit_exceeded", error: { retryable: false } };
/** The answer, made just as long as that with blanks. The id is taken to have one digit. */
const sized = (length: number): string => ok.replace("}}", `}${" ".repeat(length - ok.length + 2)}}`);
const MB = "x".repeat(1_000_000);
const KB64 = "x".repeat(65_536);
const page = (cursor: string): string =>
  `{"jsonrpc":"2.0","id":$id,"result":{"tools":[{"name":"t$n","inputSchema":{}}],"nextCursor":${cursor}}}`;
const input =
  '{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"}},"requestState":"s$n"}}';
/** So many characters of text that the tool streams. */
const streamed = (length: number): string =>
  event(
    `{"jsonrpc":"2.0","method":"notifications/tool/streamContent","params":{"progressToken":$token,"content":[{"type":"text","text":"${"x".repeat(length)}"}]}}`,
  );
const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

/** The same event so many times, then the answer. */
const flood = (revision: Revision, repeat: string, times: number): Say =>
  sse(revision, [{ repeat, times }, event(ok)], "hang");

/** A request of the server, the `$i`th. */
const asks = (method: string, id = '"s$i"'): string =>
  event(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{}}`);

/** Rule 7: bounds. What they cost is seen in the memory of the process. */
export const cases: readonly Case[] = [
  ...each(ALL, (revision) => ({
    name: "a message at the limit passes",
    server: {
      "tools/call":
        revision === "2024-11-05"
          ? sse(revision, event(sized(10_000)), "hang")
          : { as: "json" as const, body: sized(10_000) },
    },
    client: call({ limits }),
    expect: { value: OK },
  })),
  ...each(ALL, (revision) => ({
    name: "an event at the limit passes",
    server: { "tools/call": sse(revision, event(sized(10_000)), "hang") },
    client: call({ limits }),
    expect: { value: OK },
  })),
  ...each(ALL, (revision) => ({
    name: "an event at the limit with id and type passes, in pieces",
    server: {
      "tools/call": sse(
        revision,
        ["id: 1\nevent: message\n", event(sized(10_000)).slice(0, -2), { bytes: "\n\n" }],
        "hang",
      ),
    },
    client: call({ limits }),
    expect: { value: OK },
  })),
  ...each(ALL, (revision) => ({
    name: "an event above the limit behind the answer, in one chunk",
    server: { "tools/call": sse(revision, event(ok) + event("x".repeat(11_000)), "hang") },
    client: call({ limits }),
    expect: { value: OK },
  })),
  ...each(ALL, (revision) => ({
    name: "an event of lines without end, which weigh more than their characters",
    server: { "tools/call": sse(revision, { repeat: "data\n".repeat(10_000), times: 300 }, "hang") },
    client: call(),
    expect: { ...OVER, grown: 150 },
  })),
  ...each(STREAMABLE, () => ({
    name: "a JSON body above the limit",
    server: { "tools/call": { as: "json" as const, body: sized(10_002) } },
    client: call({ limits }),
    expect: { ...OVER, message: /messageBytes/ },
  })),
  ...each(ALL, (revision) => ({
    name: "an event above the limit",
    server: { "tools/call": sse(revision, event(sized(10_200)), "hang") },
    client: call({ limits }),
    expect: { ...OVER, message: /messageBytes/ },
  })),
  ...each(ALL, (revision) => ({
    name: "an event above the limit in many lines",
    server: {
      "tools/call": sse(revision, [{ repeat: "data: xxxxxxxxxxxxxxxx\n", times: 2_000 }, "\n"], "hang"),
    },
    client: call({ limits }),
    expect: OVER,
  })),
  ...each(ALL, (revision) => ({
    name: "good events before and after are no sum",
    server: {
      "tools/call": sse(
        revision,
        [
          {
            repeat: event(
              `{"jsonrpc":"2.0","method":"notifications/x","params":{"a":"${"x".repeat(5_000)}"}}`,
            ),
            times: 20,
          },
          event(ok),
        ],
        "hang",
      ),
    },
    client: call({ limits }),
    expect: { value: OK },
  })),
  ...(
    [
      ["a line that never ends", [{ repeat: MB, times: 2_000 }]],
      ["data that never ends", ["data: ", { repeat: MB, times: 2_000 }]],
      ["a comment that never ends", [":", { repeat: MB, times: 2_000 }]],
      ["an id that never ends", ["id: ", { repeat: MB, times: 2_000 }]],
      ["a type that never ends", ["event: ", { repeat: MB, times: 2_000 }]],
      ["lines of data that never end", [{ repeat: `data: ${KB64}\n`, times: 30_000 }]],
    ] as const
  ).flatMap(([name, body]) =>
    each(ALL, (revision) => ({
      name: `${name} at the default limit`,
      server: { "tools/call": sse(revision, [...body], "hang") },
      client: async (bench) => {
        const client = await bench.connect();
        const outcome = await settled(client.callTool("echo"));
        if (revision !== "2024-11-05") await bench.freed("tools/call");
        return outcome;
      },
      deadline: 12_000,
      expect: { value: "limit_exceeded", grown: 350 },
    })),
  ),
  ...each(STREAMABLE, () => ({
    name: "a JSON body that never ends, at the default limit",
    server: { "tools/call": { as: "json" as const, body: ['{"', { repeat: MB, times: 2_000 }] } },
    client: async (bench) => {
      const client = await bench.connect();
      const outcome = await settled(client.callTool("echo"));
      await bench.freed("tools/call");
      return outcome;
    },
    deadline: 12_000,
    expect: { value: "limit_exceeded", grown: 350 },
  })),
  ...(["json", "sse"] as const).flatMap((as) =>
    each(["2026-07-28"], () => ({
      name: `a gzip bomb (${as})`,
      server: {
        "tools/call": { as, gzip: true, body: ["data: ", { repeat: " ".repeat(1_000_000), times: 2_000 }] },
      },
      client: async (bench) => {
        const client = await bench.connect();
        const outcome = await settled(client.callTool("echo"));
        await bench.freed("tools/call");
        return outcome;
      },
      deadline: 12_000,
      expect: { value: "limit_exceeded", grown: 400 },
    })),
  ),
  ...each(["2026-07-28"], () => ({
    name: "an honest gzip body",
    server: { "tools/call": { as: "json" as const, gzip: true, body: ok } },
    client: call(),
    expect: { value: OK },
  })),
  ...([{}, { gzip: true }] as const).flatMap((packed) =>
    each(ALL, () => ({
      name: `an error body that never ends${"gzip" in packed ? " (gzip)" : ""}`,
      server: {
        "tools/call": {
          status: 500,
          as: "json" as const,
          ...packed,
          body: ['{"', { repeat: MB, times: 500 }],
        },
      },
      client: async (bench) => {
        const client = await bench.connect();
        const error = await failure(client.callTool("echo"));
        await bench.freed("tools/call");
        return [error.code, error.status];
      },
      // The status is what happened; limit_exceeded is for the bounds of `limits`.
      expect: { value: ["http_error", 500], grown: 120 },
    })),
  ),
  ...each(["2026-07-28"], () => ({
    name: "an error page that never ends",
    server: { "tools/call": { status: 400, as: "html" as const, body: [{ repeat: MB, times: 500 }] } },
    client: call(),
    expect: { code: "http_error", error: { status: 400 }, grown: 120 },
  })),
  ...each(["2026-07-28"], () => ({
    name: "an error body at 16 KiB is read, above it is not",
    server: {
      "tools/call": [
        { status: 500, as: "json" as const, body: rpcError(-32050, "x").padEnd(16_384 + 2) },
        { status: 500, as: "json" as const, body: rpcError(-32050, "x").padEnd(16_384 + 3) },
      ],
    },
    client: async (bench) => {
      const client = await bench.connect();
      const [a, b] = [await failure(client.callTool("echo")), await failure(client.callTool("echo"))];
      return [a.rpcCode ?? "none", b.rpcCode ?? "none"];
    },
    expect: { value: [-32050, "none"], requests: { "tools/call": 2 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "the standalone stream with an event above the limit is reported and left",
    server: { GET: { as: "sse" as const, body: event("x".repeat(20_000)), then: "hang" as const } },
    client: async (bench) => {
      const client = await listening(bench, { limits });
      await bench.freed("GET");
      return (await client.callTool("echo")).text;
    },
    expect: { value: "echo", requests: { GET: 1 }, errors: ["limit_exceeded"] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "hundreds of ids of a megabyte are not kept",
    server: {
      "tools/call": {
        as: "sse" as const,
        body: [{ repeat: `id: $i${MB}\ndata:\n\n`, times: 150 }, event(ok)],
      },
    },
    client: call(),
    deadline: 15_000,
    expect: { value: OK, grown: 120 },
  })),
  ...each(["2025-11-25", "2025-06-18", "2025-03-26"], () => ({
    name: "of ids without end the latest thousand are known",
    server: {
      "tools/call": {
        as: "sse" as const,
        body: ["retry: 0\n\n", { repeat: "id: i$i\ndata:\n\n", times: 1_002 }],
      },
      "GET resume": {
        as: "sse" as const,
        body: [
          progress(1).replace("data", "id: i0\ndata"),
          progress(2).replace("data", "id: i1001\ndata"),
          event(ok),
        ],
      },
    },
    client: async (bench) => {
      const client = await bench.connect();
      const seen: unknown[] = [];
      for await (const one of client.callTool("echo")) if (one.type === "progress") seen.push(one.progress);
      return seen;
    },
    expect: { value: [1] },
  })),
  ...each(["auto"], () => ({
    name: "a server that ever offers another modern version",
    server: {
      "server/discover": {
        status: 400,
        as: "json" as const,
        body: rpcError(-32022, "No").replace('{"hint":7}', '{"supported":["2026-07-28"]}'),
      },
    },
    client: call(),
    expect: {
      value: { text: "echo" },
      requests: { "server/discover": [1, 5] },
      check: ({ requests }) => {
        const { body } = requests.find(({ key }) => key === "initialize") as (typeof requests)[0];
        const { protocolVersion } = (body as { params: { protocolVersion: string } }).params;
        return protocolVersion === "2025-11-25" ? undefined : `initialize offers ${protocolVersion}`;
      },
    },
  })),
  ...each(ALL, (revision) => ({
    name: "pages for ever",
    server: { "tools/list": answerOf(revision, page('"c$n"')) },
    client: async (bench) => (await bench.connect({ limits: { pages: 7 } })).listTools(),
    expect: { code: "limit_exceeded", message: /pages/, requests: { "tools/list": 7 } },
  })),
  ...['"same"', '""'].flatMap((cursor) =>
    each(ALL, (revision) => ({
      name: `the same cursor ${cursor} again`,
      server: { "tools/list": answerOf(revision, page(cursor)) },
      client: async (bench) => (await bench.connect()).listTools(),
      expect: { code: ["invalid_message", "limit_exceeded"], requests: { "tools/list": 2 } },
    })),
  ),
  ...["7", "{}", "[]", "null", "false"].map(
    (cursor) =>
      ({
        name: `a cursor that is ${cursor} ends the list`,
        revision: "2026-07-28" as const,
        server: { "tools/list": answerOf("2026-07-28", page(cursor)) },
        client: async (bench) => (await (await bench.connect()).listTools()).length,
        expect: { value: 1, requests: { "tools/list": 1 } },
      }) satisfies Case,
  ),
  ...each(["2026-07-28"], () => ({
    name: "rounds of input for ever",
    server: { "tools/call": { as: "json" as const, body: input } },
    client: call({ onRoots: () => [] }),
    expect: { code: "limit_exceeded", requests: { "tools/call": [2, 20] } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "rounds without a question for ever",
    server: { "tools/call": { as: "json" as const, body: input.replace(/"inputRequests".*?\}\},/, "") } },
    client: call(),
    expect: { code: "limit_exceeded", requests: { "tools/call": [2, 20] } },
  })),
  ...each(["2026-07-28"], (revision) => ({
    // requires: progress/rate-limited
    name: "sixty thousand events nobody reads are not kept",
    server: {
      "tools/call": sse(revision, [
        {
          repeat: event(
            `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$token,"progress":1,"message":"${"x".repeat(3_000)}"}}`,
          ),
          times: 60_000,
        },
        event(ok),
      ]),
    },
    client: call(),
    deadline: 15_000,
    expect: { value: OK, grown: 150 },
  })),
  ...each(["2026-07-28", "2024-11-05"], (revision) => ({
    name: "fifty thousand events with a slow reader are not kept",
    server: {
      "tools/call": sse(
        revision,
        [
          {
            repeat: event(
              `{"jsonrpc":"2.0","method":"notifications/x","params":{"progressToken":$token,"a":"${"x".repeat(3_000)}"}}`,
            ),
            times: 50_000,
          },
          { mark: "written" },
          event(ok),
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const client = await bench.connect();
      let last = "";
      for await (const one of client.callTool("echo")) {
        // A stream of its own is slowed down by its reader, so that here nothing but time could tell.
        if (last === "")
          await (revision === "2024-11-05"
            ? bench.mark("written")
            : new Promise((done) => setTimeout(done, 500)));
        last = one.type;
      }
      return last;
    },
    deadline: 15_000,
    expect: { value: "result", grown: 150 },
  })),
  ...each(ALL, (revision) => ({
    name: "a block of content nested 20 000 deep, streamed",
    server: {
      "tools/call": sse(
        revision,
        [
          event(
            `{"jsonrpc":"2.0","method":"notifications/tool/streamContent","params":{"progressToken":$token,"content":[{"type":"x","deep":${deep(20_000)}}]}}`,
          ),
          event(ok),
        ],
        "hang",
      ),
    },
    client: call(),
    expect: { value: OK },
  })),
  ...each(STREAMABLE, () => ({
    name: "a result nested 20 000 deep",
    server: {
      "tools/call": {
        as: "json" as const,
        body: ok.replace('"content"', `"structuredContent":${deep(20_000)},"content"`),
      },
    },
    client: async (bench) => (await (await bench.connect()).callTool("echo")).text,
    expect: { value: "ok" },
  })),
  ...each(STREAMABLE, () => ({
    name: "an answer that is 100 000 brackets",
    server: { "tools/call": { as: "json" as const, body: deep(100_000) } },
    client: call(),
    expect: { code: "invalid_message" },
  })),
  ...each(LEGACY, (revision) => ({
    name: "a thousand requests of the server whose handler takes for ever: a hundred are begun",
    server: {
      "tools/call": flood(revision, asks("sampling/createMessage"), 1_000),
    },
    client: async (bench) => {
      let begun = 0;
      const onSample = () => {
        begun++;
        return new Promise<never>(() => {});
      };
      const client = await bench.connect({ onSample });
      return [(await client.callTool("echo")).text, begun];
    },
    expect: { value: ["ok", 100], requests: { reply: 0 }, reported: ["limit_exceeded"] },
  })),
  ...each(LEGACY, (revision) => ({
    name: "a thousand pings of a server that takes no answer: a hundred are sent",
    server: {
      reply: { then: "hang" as const },
      "tools/call": flood(revision, asks("ping"), 1_000),
    },
    client: async (bench) => {
      const client = await bench.connect();
      const { text } = await client.callTool("echo");
      await bench.seen("reply", 100);
      return text;
    },
    expect: { value: "ok", requests: { reply: 100 }, reported: ["limit_exceeded"] },
  })),
  ...each(LEGACY, (revision) => ({
    name: "hundreds of pings, a few at a time, are all answered",
    server: {
      "tools/call": sse(
        revision,
        [
          { repeat: asks("ping", '"a$i"'), times: 90 },
          { until: "first" },
          { repeat: asks("ping", '"b$i"'), times: 90 },
          { until: "second" },
          event(ok),
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const client = await bench.connect();
      const call = client.callTool("echo");
      await bench.freed("reply", 90);
      bench.go("first");
      await bench.freed("reply", 180);
      bench.go("second");
      return (await call).text;
    },
    expect: { value: "ok", requests: { reply: 180 }, errors: [] },
  })),
  ...each(LEGACY, (revision) => ({
    name: "a request of the server that comes again while it is answered is answered once",
    server: {
      "tools/call": sse(
        revision,
        [{ repeat: asks("roots/list", "7"), times: 50 }, { until: "go" }, event(ok)],
        "hang",
      ),
    },
    client: async (bench) => {
      let begun = 0;
      let finish = () => {};
      const client = await bench.connect({
        onRoots: () =>
          new Promise((done) => {
            begun++;
            finish = () => done([]);
          }),
      });
      const heard = new Promise<void>((done) => {
        let left = 50;
        client.on("message", ({ message }) => "id" in message && message.id === 7 && --left === 0 && done());
      });
      const call = client.callTool("echo");
      await heard;
      finish();
      await bench.seen("reply");
      bench.go("go");
      return [(await call).text, begun];
    },
    expect: { value: ["ok", 1], requests: { reply: 1 } },
  })),
  ...each(LEGACY, (revision) => ({
    name: "an answer to the server that got lost is sent again",
    server: {
      reply: [{ then: "drop" as const }, { status: 500 }, { usual: true as const }],
      "tools/call": sse(revision, [asks("ping"), { until: "go" }, event(ok)], "hang"),
    },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: { delay: 50 } });
      const call = client.callTool("echo");
      await bench.seen("reply", 3);
      bench.go("go");
      return (await call).text;
    },
    expect: { value: "ok", requests: { reply: 3 }, errors: [] },
  })),
  ...each(["2026-07-28"], () => ({
    name: "more questions in one round than anybody has",
    server: {
      "tools/call": {
        as: "json" as const,
        body: input.replace(
          '"a":{"method":"roots/list"}',
          Array.from({ length: 101 }, (_, n) => `"a${n}":{"method":"roots/list"}`).join(),
        ),
      },
    },
    client: async (bench) => {
      let begun = 0;
      const onRoots = () => {
        begun++;
        return [];
      };
      const client = await bench.connect({ onRoots });
      return [await settled(client.callTool("echo")), begun];
    },
    expect: { value: ["limit_exceeded", 0], requests: { "tools/call": 1 } },
  })),
  ...each(ALL, (revision) => ({
    name: "an event within the limit in characters, and above it in bytes",
    server: {
      "tools/call": sse(
        revision,
        event(sized(5_000).replace(/ {4900,}/, (s) => "é".repeat(s.length))),
        "hang",
      ),
    },
    client: call({ limits: { messageBytes: 8_000 } }),
    expect: { code: "limit_exceeded" },
  })),
  ...each(["2026-07-28", "2025-11-25"], (revision) => ({
    name: "events without end behind the answer are neither read for long nor kept",
    server: {
      "tools/call": sse(
        revision,
        [
          event(ok),
          {
            repeat: event(
              `{"jsonrpc":"2.0","method":"notifications/x","params":{"a":[${"{},".repeat(20_000)}{}]}}`,
            ),
            times: 20_000,
          },
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const client = await bench.connect();
      const { text } = await client.callTool("echo");
      await bench.freed("tools/call");
      return text;
    },
    expect: { value: "ok", grown: 120 },
  })),
  ...each(ALL, (revision) => ({
    name: "text without end that is read is not kept",
    server: {
      "tools/call": flood(revision, streamed(30_000), 6_000),
    },
    client: async (bench) => {
      const client = await bench.connect();
      let length = 0;
      for await (const text of client.callTool("echo").text()) length += text.length;
      return length;
    },
    deadline: 20_000,
    expect: { value: 180_000_002, grown: 200 },
  })),
  ...each(["2024-11-05"], (revision) => ({
    name: "text without end that nobody reads yet is not kept, on a stream that cannot be slowed down",
    server: {
      "tools/call": flood(revision, streamed(9_000), 40_000),
    },
    client: async (bench) => {
      const client = await bench.connect();
      const call = client.callTool("echo");
      const parts = call[Symbol.asyncIterator]();
      await call;
      let last: string | undefined;
      for (let next = await parts.next(); !next.done; next = await parts.next()) last = next.value.type;
      return last;
    },
    deadline: 20_000,
    expect: { value: "result", grown: 250 },
  })),
  ...each(STREAMABLE, () => ({
    name: "a header of a megabyte",
    server: { "tools/call": { as: "json" as const, headers: { "x-bomb": MB }, body: ok } },
    client: call(),
    expect: { code: "connect_failed" },
  })),
  ...each(["2025-03-26"], () => ({
    name: "a batch of two hundred thousand messages with the answer at its end",
    server: {
      "tools/call": {
        as: "sse" as const,
        body: event(`[${'{"jsonrpc":"2.0","method":"notifications/x"},'.repeat(200_000)}${ok}]`),
      },
    },
    client: call(),
    expect: { value: OK },
  })),
  ...each(STREAMABLE, () => ({
    name: "a Retry-After beyond every clock",
    server: { "tools/call": { status: 429, headers: { "retry-after": "1000000000000" } } },
    client: call(),
    expect: { code: "rate_limited", requests: { "tools/call": 1 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a retry beyond every clock is as long as the call has",
    server: { "tools/call": { as: "sse" as const, body: "retry: 999999999999999\nid: 1\ndata:\n\n" } },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, { timeout: 300 }),
    expect: { code: "timeout", requests: { "GET resume": 0 } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "a state of a round nested a hundred thousand deep",
    server: {
      "tools/call": {
        as: "json" as const,
        body: input.replace('"s$n"', deep(100_000)),
      },
    },
    client: async (bench) => settled((await bench.connect({ onRoots: () => [] })).callTool("echo")),
    expect: { value: "limit_exceeded", requests: { "tools/call": [2, 20] } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "a listing with a tool whose schema is nested a hundred thousand deep",
    server: {
      "tools/list": {
        as: "json" as const,
        body: `{"jsonrpc":"2.0","id":$id,"result":{"tools":[{"name":"t","inputSchema":{"a":${deep(100_000)}}}]}}`,
      },
    },
    client: async (bench) => (await (await bench.connect()).listTools()).length,
    expect: { value: 1 },
  })),
  ...each(["2026-07-28"], () => ({
    name: "redirects in a circle",
    server: {
      "tools/call": { status: 307, headers: { location: "/loop" } },
      "/loop": { status: 307, headers: { location: "/loop?$n" } },
    },
    client: call(),
    expect: { code: "redirect_refused", requests: { "/loop": [1, 20] } },
  })),
];

function answerOf(revision: string, body: string) {
  return revision === "2024-11-05" ? { stream: event(body) } : { as: "json" as const, body };
}

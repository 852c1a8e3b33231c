import type { Case } from "../types.ts";
import {
  ALL,
  call,
  each,
  event,
  failure,
  listening,
  OK,
  ok,
  rpcError,
  STREAMABLE,
  settled,
  sse,
} from "./lib.ts";

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
const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

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
        [
          "id: 1\nevent: message\n",
          event(sized(10_000)).slice(0, -2),
          { pause: 40 },
          "\n",
          { pause: 40 },
          "\n",
        ],
        "hang",
      ),
    },
    client: call({ limits }),
    expect: { value: OK },
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
      // The status is what happened; DESIGN 2.5 keeps limit_exceeded for the bounds of `limits`.
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
          event(ok),
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const client = await bench.connect();
      let last = "";
      for await (const one of client.callTool("echo")) {
        if (last === "") await new Promise((done) => setTimeout(done, 500));
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

import type { Case } from "../types.ts";
import {
  ALL,
  ASKING,
  call,
  each,
  event,
  failure,
  listening,
  OK,
  ok,
  progress,
  STREAMABLE,
  settled,
  sse,
} from "./lib.ts";

const forged = ['"$id"', '" $id"', "[$id]", '{"a":$id}', "true", "99999", "-1", '"t$id"', "1e99", "0"];
const empty = (id: string): string => event(`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`);

/** Rule 6: who is answered. */
export const cases: readonly Case[] = [
  ...forged.flatMap((id) =>
    each(ALL, (revision) => ({
      name: `an answer to ${id} before the answer is not it`,
      server: { "tools/call": sse(revision, [empty(id), event(ok)], "hang") },
      client: call(),
      expect: { value: OK, reported: ["invalid_message"] },
    })),
  ),
  ...each(["2024-11-05"], (revision) => ({
    name: "an error with id null on the shared stream is about the one request under way",
    server: {
      "tools/call": sse(
        revision,
        [event('{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}'), event(ok)],
        "hang",
      ),
    },
    client: call(),
    expect: { code: "rpc_error", error: { rpcCode: 1 } },
  })),
  ...each(ALL, (revision) => ({
    name: "the first answer wins",
    server: {
      "tools/call": sse(
        revision,
        [event(ok), empty("$id"), event('{"jsonrpc":"2.0","id":$id,"error":{"code":1,"message":"x"}}')],
        "hang",
      ),
    },
    client: call(),
    expect: { value: OK },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "behind the answer nothing is heard",
    server: { "tools/call": sse(revision, [event(ok), { until: "answered" }, event("{{{")]) },
    client: async (bench) => {
      const client = await bench.connect();
      const { text } = await client.callTool("echo");
      bench.go("answered");
      await bench.freed("tools/call");
      await client.ping();
      return text;
    },
    expect: { value: "ok", errors: [] },
  })),
  ...each(["2024-11-05"], (revision) => ({
    name: "second answers are nobody's",
    server: { "tools/call": [sse(revision, [event(ok), event(ok)], "hang"), { usual: true as const }] },
    client: async (bench) => {
      const client = await bench.connect();
      await client.callTool("echo");
      await client.callTool("echo");
      return "ok";
    },
    expect: { value: "ok", errors: [], requests: { "tools/call": 2 } },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "only an answer to another request: invalid, not waited for",
    server: { "tools/call": sse(revision, empty("77")) },
    client: call(),
    expect: { code: ["invalid_message", "connection_lost"], reported: ["invalid_message"] },
  })),
  ...each(ALL, (revision) => ({
    // requires: progress/tokens-tracked, progress/tokens-tracked-stateless
    name: "progress for unknown and finished tokens is no error",
    server: {
      "tools/call": sse(
        revision,
        [
          progress().replace("$token", '"unknown"'),
          progress().replace("$token", "0"),
          progress().replace("$token", "null"),
          progress().replace("$token", '{"toString":1}'),
          progress().replace("$token", '"__proto__"'),
          event('{"jsonrpc":"2.0","method":"notifications/progress"}'),
          event(
            '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$token,"progress":"much"}}',
          ),
          event(ok),
          progress(),
        ],
        "hang",
      ),
    },
    client: call(),
    expect: { value: OK, errors: [] },
  })),
  ...each(["2024-11-05"], (revision) => ({
    // requires: cancellation/late-answer
    name: "a late answer after a cancel, of whichever kind, is nobody's and no error",
    server: {
      "tools/call": [{ status: 202 }, { status: 202 }, { usual: true as const }],
      "notifications/cancelled": [
        sse(revision, event(ok.replace("$id", "2")), "hang"),
        sse(
          revision,
          event('{"jsonrpc":"2.0","id":3,"error":{"code":0,"message":"Request cancelled"}}'),
          "hang",
        ),
      ],
    },
    client: async (bench) => {
      const client = await bench.connect();
      const names: string[] = [];
      for (const n of [1, 2]) {
        const call = client.callTool("slow");
        await bench.seen("tools/call", n);
        const outcome = failure(call.result);
        call.cancel();
        names.push((await outcome).name);
        await bench.seen("notifications/cancelled", n);
      }
      return [...names, (await client.callTool("next")).text];
    },
    expect: { value: ["AbortError", "AbortError", "next"], errors: [], requests: { "tools/call": 3 } },
  })),
  ...each(ALL, () => ({
    name: "one hundred and fifty calls at once each get their own",
    deadline: 20_000,
    server: {},
    client: async (bench) => {
      const client = await bench.connect();
      const calls = Array.from({ length: 150 }, (_, i) => client.callTool(`tool${i}`).result);
      return (await Promise.all(calls)).every(({ text }, i) => text === `tool${i}`);
    },
    expect: { value: true, requests: { "tools/call": 150 } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "answers in the opposite order",
    server: {
      "tools/call": [
        ...Array.from({ length: 9 }, () => ({ status: 202 })),
        { stream: Array.from({ length: 20 }, (_, i) => event(named(20 - i))) },
      ],
    },
    client: async (bench) => {
      const client = await bench.connect();
      const calls = Array.from({ length: 10 }, (_, i) => client.callTool(`tool${i}`).result);
      const texts = (await Promise.all(calls)).map(({ text }) => Number(text));
      return texts.every((id, i) => id === (texts[0] as number) + i);
    },
    expect: { value: true, requests: { "tools/call": 10 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a batch in an array answers who it names",
    server: {
      "tools/call": { as: "json" as const, body: `[${progress().slice(6).trim()},{"bad":1},${ok}]` },
    },
    client: call(),
    expect: { value: OK, reported: ["invalid_message"] },
  })),
  ...each(["2025-11-25"], (revision) => ({
    name: "an answer on the standalone stream to nobody",
    server: {
      GET: {
        as: "sse" as const,
        body: [event('{"jsonrpc":"2.0","id":50,"result":{}}'), { mark: "said" }],
        then: "hang" as const,
      },
      "tools/call": sse(revision, [{ until: "said" }, event(ok)]),
    },
    client: async (bench) => {
      const client = await listening(bench);
      const reported = new Promise((done) => client.on("error", done));
      const call = client.callTool("echo").result;
      await reported;
      bench.go("said");
      return call;
    },
    expect: { value: OK, errors: ["invalid_message"] },
  })),
  ...each(ASKING, (revision) => ({
    name: "requests of the server that nobody handles are refused, and the call goes on",
    server: {
      "tools/call": sse(
        revision,
        [
          event('{"jsonrpc":"2.0","id":1,"method":"ping"}'),
          event('{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{}}'),
          event('{"jsonrpc":"2.0","id":2,"method":"__proto__"}'),
          { until: "refused" },
          event(ok),
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const outcome = settled(call()(bench));
      await bench.seen("reply", 3);
      bench.go("refused");
      return outcome;
    },
    expect: {
      value: "ok",
      requests: { reply: 3 },
      check: ({ requests }) => {
        const said = requests
          .filter(({ key }) => key === "reply")
          .map(({ body }) => body as { error?: { code: number } });
        const codes = said.map(({ error }) => error?.code ?? 0).sort();
        return JSON.stringify(codes) === "[-32601,-32601,0]" ? undefined : `codes ${codes}`;
      },
    },
  })),
  ...each(["2026-07-28"], (revision) => ({
    // requires: http/no-responses, patterns/no-responses
    name: "requests of the server, which may send none, are reported and not answered",
    server: {
      "tools/call": sse(
        revision,
        [
          event('{"jsonrpc":"2.0","id":1,"method":"ping"}'),
          event('{"jsonrpc":"2.0","id":"s","method":"roots/list"}'),
          event(ok),
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const client = await bench.connect({ onRoots: () => [] });
      const outcome = await client.callTool("echo");
      // Whatever was sent before this call has arrived before it.
      await client.callTool("echo");
      return outcome;
    },
    expect: {
      value: OK,
      errors: ["invalid_message", "invalid_message", "invalid_message", "invalid_message"],
      requests: { reply: 0, "tools/call": 2 },
    },
  })),
];

function named(id: number): string {
  return `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${id}"}]}}`;
}

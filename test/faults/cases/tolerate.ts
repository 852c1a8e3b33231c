import type { Case } from "../types.ts";
import {
  ALL,
  ASKING,
  call,
  each,
  event,
  listening,
  OK,
  ok,
  progress,
  rpcError,
  STREAMABLE,
  settled,
  sse,
} from "./lib.ts";

/** None of these is an answer: what has the id of a call, and no method, is (see settle). */
const bad = [
  "{{{",
  "[",
  "[1,2]",
  "null",
  "0",
  '"text"',
  "{}",
  '{"jsonrpc":"2.0","id":null,"result":{}}',
  '{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":"no"}}',
  '{"jsonrpc":"2.0","method":7}',
  '{"jsonrpc":"2.0","method":"x","params":[]}',
  '{"jsonrpc":"2.0","method":"x","params":"y"}',
  '{"jsonrpc":"2.0","id":null,"method":"x"}',
  '{"jsonrpc":"2.0","id":{},"method":"x"}',
  "\ufffd\ud800",
];
const tool = (name: string): string => `{"name":"${name}","inputSchema":{"type":"object"}}`;
const listed = (tools: string): string => `{"jsonrpc":"2.0","id":$id,"result":{"tools":[${tools}]}}`;
const KNOWN = /^(unsupported_version|negotiation_failed|http_error|rpc_error|invalid_message)$/;
const note = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';

/** Rule 8: one bad apple spoils nothing. */
export const cases: readonly Case[] = [
  ...bad.flatMap((data) =>
    each(ALL, (revision) => ({
      name: `the event ${data.slice(0, 50)} between good ones`,
      server: { "tools/call": sse(revision, [progress(), event(data), progress(2), event(ok)], "hang") },
      client: async (bench) => {
        const client = await bench.connect();
        const seen: unknown[] = [];
        for await (const one of client.callTool("echo"))
          if (one.type !== "text") seen.push(one.type === "progress" ? one.progress : one.type);
        return seen;
      },
      expect: { value: [1, 2, "result"], errors: ["invalid_message"] },
    })),
  ),
  ...[
    "{}",
    '{"jsonrpc":"2.0","id":null,"result":{}}',
    '{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":"no"}}',
    "null",
    "7",
    "[]",
    '{"name":5,"inputSchema":{}}',
    '{"name":"bad"}',
    '{"name":"bad","inputSchema":"x"}',
    '{"name":{"toString":1},"uri":"u","inputSchema":{}}',
    '{"name":"bad","inputSchema":null}',
    '{"__proto__":{"name":"evil"},"inputSchema":{}}',
  ].flatMap((entry) =>
    each(STREAMABLE, () => ({
      name: `the tool ${entry} among good ones`,
      server: { "tools/list": { as: "json" as const, body: listed(`${tool("a")},${entry},${tool("b")}`) } },
      client: async (bench) => {
        const tools = await (await bench.connect()).listTools();
        return tools.filter(({ issues }) => !issues).map(({ name }) => name);
      },
      expect: { value: ["a", "b"], errors: ["invalid_message"] },
    })),
  ),
  ...['{"tools":null}', '{"tools":{}}', "{}"].map(
    (result) =>
      ({
        name: `a list that is ${result}`,
        revision: "2026-07-28" as const,
        server: {
          "tools/list": { as: "json" as const, body: `{"jsonrpc":"2.0","id":$id,"result":${result}}` },
        },
        client: async (bench) => (await bench.connect()).listTools(),
        expect: { code: "invalid_message" },
      }) satisfies Case,
  ),
  ...each(ALL, (revision) => ({
    name: "listeners that throw",
    server: { "tools/call": sse(revision, [progress(), event(note), event(ok)], "hang") },
    client: async (bench) => {
      const client = await bench.connect();
      const thrown: string[] = [];
      for (const name of ["notification", "toolsChanged", "message", "status"] as const)
        client.on(name, () => {
          thrown.push(name);
          throw new Error("listener");
        });
      const { text } = await client.callTool("echo");
      return [text, thrown.includes("toolsChanged"), bench.errors.length > 2];
    },
    expect: { value: ["ok", true, true] },
  })),
  ...each(ALL, (revision) => ({
    name: "listeners that reject",
    server: { "tools/call": sse(revision, [progress(), event(note), event(ok)], "hang") },
    client: async (bench) => {
      const client = await bench.connect();
      for (const name of ["notification", "toolsChanged", "message"] as const)
        client.on(name, (async () => {
          throw new Error("listener");
        }) as () => void);
      const { text } = await client.callTool("echo");
      await client.ping();
      return [text, bench.errors.length > 0];
    },
    expect: { value: ["ok", true] },
  })),
  ...each(ALL, (revision) => ({
    name: "a listener of errors that throws, and a logger that does",
    server: { "tools/call": sse(revision, [event("{{"), event(ok)], "hang") },
    client: async (bench) => {
      const client = await bench.connect({
        logger: {
          warn() {
            throw new Error("logger");
          },
        },
      });
      client.on("error", () => {
        throw new Error("listener");
      });
      return client.callTool("echo");
    },
    expect: { value: OK },
  })),
  ...(
    [
      [
        "that throws",
        () => {
          throw new Error("SECRET-PASSWORD of the application");
        },
      ],
      ["whose answer has no JSON form", () => [{ uri: "file:///", size: 1n } as never]],
    ] as const
  ).flatMap(([handler, onRoots]) =>
    each(ASKING, (revision) => ({
      name: `a handler ${handler} is reported, the server refused, and the call goes on`,
      server: {
        "tools/call": sse(
          revision,
          [event('{"jsonrpc":"2.0","id":5,"method":"roots/list"}'), { until: "answered" }, event(ok)],
          "hang",
        ),
      },
      client: async (bench) => {
        const client = await bench.connect({ onRoots });
        const outcome = client.callTool("echo").result;
        const reply = (await bench.seen("reply")).body as { error: { code: number; message: string } };
        bench.go("answered");
        const { text } = await outcome;
        const { code, message } = reply.error;
        // What the application's own error says is the application's to read, and nobody else's.
        return [text, code, message.includes("SECRET"), bench.errors.splice(0).length];
      },
      expect: { value: ["ok", -32603, false, 1] },
    })),
  ),
  ...each(["2026-07-28"], () => ({
    name: "a handler of input that throws fails its call",
    server: {
      "tools/call": {
        as: "json" as const,
        body: '{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"}}}}',
      },
    },
    client: async (bench) => {
      const client = await bench.connect({
        onRoots: () => {
          throw new Error("handler");
        },
      });
      return settled(client.callTool("echo"));
    },
    expect: { value: "rpc_error" },
  })),
  ...[
    "7",
    '"x"',
    "[]",
    "{}",
    '{"jsonrpc":"2.0","id":null,"result":{}}',
    '{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":"no"}}',
    "null",
    '{"a":7}',
    '{"a":null}',
    '{"a":{}}',
    '{"a":{"method":7}}',
    '{"a":{"method":{"toString":1}}}',
    '{"a":{"method":"no/such"}}',
  ].map(
    (asked) =>
      ({
        name: `input_required with inputRequests ${asked}`,
        revision: "2026-07-28" as const,
        server: {
          "tools/call": {
            as: "json" as const,
            body: `{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","inputRequests":${asked}}}`,
          },
        },
        client: call({ onRoots: () => [] }),
        expect: {
          code: ["invalid_message", "capability_missing", "limit_exceeded"],
          requests: { "tools/call": [1, 12] },
        },
      }) satisfies Case,
  ),
  ...["null", "7", "[]", '{"name":"x"}', '"x"'].map(
    (info) =>
      ({
        name: `initialize answered with serverInfo ${info}`,
        revision: "2025-11-25" as const,
        server: {
          initialize: {
            as: "json" as const,
            body: `{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":${info}}}`,
          },
        },
        client: async (bench) => /^(ok|invalid_message)$/.test(await settled(call()(bench))),
        expect: { value: true },
      }) satisfies Case,
  ),
  ...[
    '"1999-01-01"',
    "7",
    "null",
    "{}",
    '{"jsonrpc":"2.0","id":null,"result":{}}',
    '{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":"no"}}',
    '{"toString":1}',
    '["2025-11-25"]',
    JSON.stringify("x".repeat(5_000)),
    '"a\\u0000b\\u001b[31m\\nc"',
  ].map(
    (version) =>
      ({
        name: `initialize answered with the version ${version.slice(0, 30)}`,
        revision: "2025-11-25" as const,
        server: {
          initialize: {
            as: "json" as const,
            body: `{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":${version},"capabilities":{},"serverInfo":{"name":"x","version":"0"}}}`,
          },
        },
        client: call(),
        expect: { code: ["unsupported_version", "invalid_message"] },
      }) satisfies Case,
  ),
  ...[
    '["1999-01-01"]',
    "[]",
    "7",
    "null",
    "[{}]",
    '[{"toString":1}]',
    JSON.stringify(["x".repeat(5_000)]),
    JSON.stringify(Array(1_000).fill("1999-01-01")),
    '["a\\u0000b\\u001b[31m\\nc"]',
  ].map(
    (versions) =>
      ({
        name: `server/discover answered with the versions ${versions.slice(0, 30)}`,
        revision: "2026-07-28" as const,
        server: {
          "server/discover": {
            as: "json" as const,
            body: `{"jsonrpc":"2.0","id":$id,"result":{"supportedVersions":${versions},"capabilities":{}}}`,
          },
        },
        client: call(),
        expect: { code: ["unsupported_version", "invalid_message", "negotiation_failed"] },
      }) satisfies Case,
  ),
  ...each(["2026-07-28"], () => ({
    name: "-32022 with no versions, or odd ones",
    server: {
      "server/discover": [
        { status: 400, as: "json" as const, body: rpcError(-32022, "No") },
        {
          status: 400,
          as: "json" as const,
          body: rpcError(-32022, "No").replace('{"hint":7}', '{"supported":[{"toString":1},null]}'),
        },
      ],
    },
    client: async (bench) => [
      KNOWN.test(await settled(bench.connect())),
      KNOWN.test(await settled(bench.connect())),
    ],
    expect: { value: [true, true] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a burst of list changes",
    server: {
      GET: {
        as: "sse" as const,
        body: [{ repeat: event(note), times: 2_000 }, { mark: "said" }],
        then: "hang" as const,
      },
    },
    client: async (bench) => {
      const client = await listening(bench);
      await bench.mark("said");
      return (await client.callTool("echo")).text;
    },
    expect: { value: "echo", errors: [] },
  })),
];

import type { Case } from "../types.ts";
import {
  ALL,
  call,
  each,
  event,
  failure,
  OK,
  ok,
  progress,
  rpcError,
  STREAMABLE,
  settled,
  sse,
} from "./lib.ts";

const LOST = { code: "connection_lost" };
const HTML = "<!doctype html><html><body>SECRET-PAGE</body></html>";

/** Rule 1: a request ends the moment its fate is known. */
export const cases: readonly Case[] = [
  ...each(STREAMABLE, (revision) => ({
    name: "the stream ends before the answer",
    server: { "tools/call": sse(revision, progress()) },
    client: call(),
    expect: LOST,
  })),
  ...each(["2024-11-05"], (revision) => ({
    name: "the stream ends before the answer",
    server: { "tools/call": sse(revision, progress(), "end") },
    client: call(),
    expect: { ...LOST, requests: { GET: [1, 2] } },
  })),
  ...each(ALL, (revision) => ({
    name: "the stream is reset before the answer",
    server: { "tools/call": sse(revision, progress(), "reset") },
    client: call(),
    expect: { ...LOST, error: { hasCause: true } },
  })),
  ...each(ALL, (revision) => ({
    name: "the stream is cut in the middle of an event",
    server: { "tools/call": sse(revision, 'data: {"jsonrpc":"2.0","id":$id,"res', "drop") },
    client: call(),
    expect: LOST,
  })),
  ...each(["2026-07-28", "2025-11-25"], () => ({
    name: "an event stream without a byte",
    server: { "tools/call": { as: "sse" } },
    client: call(),
    expect: LOST,
  })),
  ...each(ALL, () => ({
    name: "the socket is reset before the answer began",
    server: { "tools/call": { then: "reset" } },
    client: call(),
    expect: { code: "connect_failed", error: { hasCause: true, retryable: false } },
  })),
  ...each(ALL, () => ({
    name: "the socket is closed before the answer began",
    server: { "tools/call": { then: "drop" } },
    client: call(),
    expect: { code: "connect_failed", error: { hasCause: true } },
  })),
  ...each(ALL, () => ({
    name: "bytes that are not HTTP",
    server: { "tools/call": { raw: true, body: "220 mail.example ESMTP\r\n" } },
    client: call(),
    expect: { code: "connect_failed", error: { hasCause: true } },
  })),
  ...[202, 204].flatMap((status) =>
    each(STREAMABLE, () => ({
      name: `${status} where an answer was due`,
      server: { "tools/call": { status } },
      client: call(),
      expect: { ...LOST, error: { status }, message: new RegExp(`answered ${status} and nothing else`) },
    })),
  ),
  ...(
    [
      ["a page that never ends where an answer was due", { as: "html" }, "content_type"],
      ["a 202 whose body never ends", { as: "text", status: 202 }, "connection_lost"],
    ] as const
  ).flatMap(([name, say, value]) =>
    each(STREAMABLE, () => ({
      name,
      server: { "tools/call": { ...say, body: "SECRET-PAGE", then: "hang" as const } },
      client: async (bench) => {
        const outcome = await settled(call()(bench));
        await bench.freed("tools/call");
        return outcome;
      },
      expect: { value },
    })),
  ),
  ...each(STREAMABLE, () => ({
    name: "202 with a JSON type where an answer was due",
    server: { "tools/call": { status: 202, as: "json" as const } },
    client: call(),
    expect: { ...LOST, error: { status: 202 } },
  })),
  ...each(STREAMABLE, () => ({
    name: "an empty JSON body",
    server: { "tools/call": { as: "json" as const, body: "" } },
    client: call(),
    expect: LOST,
  })),
  ...each(STREAMABLE, () => ({
    name: "a JSON body of white space",
    server: { "tools/call": { as: "json" as const, body: " \n " } },
    client: call(),
    expect: { code: ["connection_lost", "invalid_message"] },
  })),
  ...each(STREAMABLE, () => ({
    name: "200, no body, no type",
    server: { "tools/call": { headers: {} } },
    client: call(),
    expect: { code: ["content_type", "connection_lost"], error: { status: 200 } },
  })),
  ...[
    ["a JSON body cut by a reset", { as: "json", body: '{"jsonrpc":"2.0","id":$id,"res', then: "reset" }],
    ["a JSON body cut by a close", { as: "json", body: '{"jsonrpc":"2.0","id":$id,"res', then: "drop" }],
    [
      "a JSON body shorter than it says",
      { as: "json", headers: { "content-length": "900" }, body: '{"jsonrpc":"2.0"', then: "drop" },
    ],
    [
      "gzip that is not gzip",
      { as: "json", headers: { "content-encoding": "gzip" }, body: '{"jsonrpc":"2.0","id":$id,"result":{}}' },
    ],
  ].flatMap(([name, say]) =>
    each(STREAMABLE, () => ({
      name: name as string,
      server: { "tools/call": say as object },
      client: call(),
      expect: { ...LOST, error: { hasCause: true } },
    })),
  ),
  ...[
    ["a truncated JSON body", '{"jsonrpc":"2.0","id":$id,"res'],
    ["a body that is not JSON", "it works!"],
    ["a number", "42"],
    ["null", "null"],
    ["an empty array", "[]"],
    ["an object that is no message", '{"ok":true}'],
    ["another JSON-RPC", '{"id":$id,"result":{}}'],
    ["an answer with another id", '{"jsonrpc":"2.0","id":99999,"result":{}}'],
    ["an answer with the id as a string", '{"jsonrpc":"2.0","id":"$id","result":{}}'],
    ["an answer with a padded id", '{"jsonrpc":"2.0","id":" $id","result":{}}'],
    ["an answer with id null", '{"jsonrpc":"2.0","id":null,"result":{}}'],
    ["an answer with an array for an id", '{"jsonrpc":"2.0","id":[$id],"result":{}}'],
    ["an answer without an id", '{"jsonrpc":"2.0","result":{}}'],
    ["an answer with an object for an id", '{"jsonrpc":"2.0","id":{"$id":1},"result":{}}'],
    ["a result that is a string", '{"jsonrpc":"2.0","id":$id,"result":"ok"}'],
    ["a result that is null", '{"jsonrpc":"2.0","id":$id,"result":null}'],
    ["a result that is an array", '{"jsonrpc":"2.0","id":$id,"result":[]}'],
    ["an error that is a string", '{"jsonrpc":"2.0","id":$id,"error":"no"}'],
    ["an error without a code", '{"jsonrpc":"2.0","id":$id,"error":{"message":"no"}}'],
    ["content that is no array", '{"jsonrpc":"2.0","id":$id,"result":{"content":"ok"}}'],
    ["a content block without a type", '{"jsonrpc":"2.0","id":$id,"result":{"content":[{"text":"ok"}]}}'],
  ].flatMap(([name, body]) =>
    each(STREAMABLE, () => ({
      name: `JSON: ${name}`,
      server: { "tools/call": { as: "json" as const, body } },
      client: call(),
      expect: { code: "invalid_message" },
    })),
  ),
  ...[
    ["a result that is null", '{"jsonrpc":"2.0","id":$id,"result":null}'],
    ["an error that is a string", '{"jsonrpc":"2.0","id":$id,"error":"no"}'],
    ["an error without a code", '{"jsonrpc":"2.0","id":$id,"error":{"message":"no"}}'],
    ["an error whose code is a string", '{"jsonrpc":"2.0","id":$id,"error":{"code":"E_NO","message":"no"}}'],
    ["neither result nor error", '{"jsonrpc":"2.0","id":$id}'],
    ["another JSON-RPC", '{"id":$id,"result":{}}'],
  ].flatMap(([name, data]) =>
    each(ALL, (revision) => ({
      name: `a stream that goes on after a broken answer: ${name}`,
      server: { "tools/call": sse(revision, event(data as string), "hang") },
      client: call(),
      expect: { code: "invalid_message", message: /answer to tools\/call/ },
    })),
  ),
  {
    name: "an unknown resultType that cannot be made a string",
    revision: "2026-07-28",
    server: {
      "tools/call": { as: "json", body: '{"jsonrpc":"2.0","id":$id,"result":{"resultType":{"toString":1}}}' },
    },
    client: call(),
    expect: { code: "invalid_message" },
  },
  ...each(STREAMABLE, () => ({
    name: "a result with error null beside it is a result",
    server: {
      "tools/call": {
        as: "json" as const,
        body: '{"jsonrpc":"2.0","id":$id,"error":null,"result":{"content":[{"type":"text","text":"ok"}]}}',
      },
    },
    client: call(),
    // Strictly it is not JSON-RPC ("MUST NOT exist"); servers of old libraries say it all the same.
    expect: { value: OK },
  })),
  ...each(STREAMABLE, () => ({
    name: "an error with id null is about this request",
    server: { "tools/call": { as: "json" as const, body: rpcError(-32700, "Parse error", "null") } },
    client: call(),
    expect: { code: "rpc_error", error: { rpcCode: -32700, data: { hint: 7 } } },
  })),
  ...each(ALL, (revision) => ({
    name: "a JSON-RPC error on the stream",
    server: { "tools/call": sse(revision, event(rpcError(-32602, "Unknown tool")), "hang") },
    client: call(),
    expect: { code: "rpc_error", error: { rpcCode: -32602, data: { hint: 7 } }, message: /Unknown tool/ },
  })),
  ...[200, 404, 500, 502, 400].flatMap((status) =>
    each(STREAMABLE, () => ({
      name: `an HTML page with ${status}`,
      server: { "tools/call": { as: "html" as const, status, body: HTML } },
      client: async (bench) => {
        const client = await bench.connect();
        return client.callTool("echo");
      },
      expect: {
        code: status === 200 ? "content_type" : ["http_error", "session_expired"],
        message: status === 200 ? /text\/html/ : undefined,
        error: status === 200 ? { status } : {},
        requests: { "tools/call": [1, 2] },
      },
    })),
  ),
  ...[200, 404, 500].flatMap((status) =>
    each(["2024-11-05"], () => ({
      name: `a POST answered with an HTML page and ${status}`,
      server: { "tools/call": { as: "html" as const, status, body: HTML, then: "end" as const } },
      client: call({ timeout: 1500 }),
      // With 200 the answer may yet come on the stream: only the timeout can tell.
      expect:
        status === 200
          ? { code: "timeout" }
          : { code: ["http_error", "session_expired"], requests: { "tools/call": [1, 2] } },
    })),
  ),
  ...["text/plain", "application/octet-stream", "text/event-stream-not", "application/json2"].flatMap(
    (type) =>
      each(["2026-07-28"], () => ({
        name: `the content type ${type}`,
        server: { "tools/call": { headers: { "content-type": type }, body: ok } },
        client: call(),
        expect: { code: "content_type", message: new RegExp(type), error: { status: 200 } },
      })),
  ),
  ...["application/json; charset=utf-8", "Application/JSON", "application/vnd.mcp+json"].flatMap((type) =>
    each(["2026-07-28"], () => ({
      name: `the content type ${type} is JSON`,
      server: { "tools/call": { headers: { "content-type": type }, body: ok } },
      client: call(),
      expect: { value: OK },
    })),
  ),
  ...each(["2026-07-28"], () => ({
    name: "the content type Text/Event-Stream;charset=UTF-8 is a stream",
    server: {
      "tools/call": { headers: { "content-type": "Text/Event-Stream;charset=UTF-8" }, body: event(ok) },
    },
    client: call(),
    expect: { value: OK },
  })),
  ...[400, 404, 405, 406, 409, 413, 422, 500, 501, 502, 503, 504].flatMap((status) =>
    each(["2026-07-28"], () => ({
      name: `${status} with a JSON-RPC error keeps both`,
      server: { "tools/call": { as: "json" as const, status, body: rpcError(-32050, "Out of tea") } },
      client: call(),
      expect: {
        code: "http_error",
        error: { status, rpcCode: -32050, data: { hint: 7 }, retryable: false },
        message: /Out of tea/,
      },
    })),
  ),
  ...[400, 500].flatMap((status) =>
    each(["2025-11-25", "2024-11-05"], () => ({
      name: `${status} with a JSON-RPC error keeps both`,
      server: { "tools/call": { as: "json" as const, status, body: rpcError(-32050, "Out of tea") } },
      client: call(),
      expect: {
        code: "http_error",
        error: { status, rpcCode: -32050, data: { hint: 7 } },
        message: /Out of tea/,
      },
    })),
  ),
  ...each(ALL, () => ({
    name: "500 with JSON that is not JSON",
    server: { "tools/call": { as: "json" as const, status: 500, body: "SECRET-PAGE{" } },
    client: call(),
    expect: { code: "http_error", error: { status: 500 } },
  })),
  ...[
    "null",
    "[]",
    '{"error":null}',
    '{"error":{"code":1,"message":{"toString":1}}}',
    '{"error":"no"}',
  ].flatMap((body) =>
    each(["2026-07-28"], () => ({
      name: `500 with the JSON ${body}`,
      server: { "tools/call": { as: "json" as const, status: 500, body } },
      client: call(),
      expect: { code: "http_error", error: { status: 500 } },
    })),
  ),
  ...each(ALL, () => ({
    name: "500 whose JSON body never ends",
    server: { "tools/call": { as: "json" as const, status: 500, body: '{"error":', then: "hang" as const } },
    client: call(),
    expect: { code: "http_error", error: { status: 500 } },
  })),
  ...each(ALL, () => ({
    name: "500 whose HTML body never ends",
    server: { "tools/call": { as: "html" as const, status: 500, body: "<p>", then: "hang" as const } },
    client: async (bench) => {
      const client = await bench.connect();
      const outcome = failure(client.callTool("echo")).then(({ code }) => code);
      await outcome;
      await bench.freed("tools/call");
      return outcome;
    },
    expect: { value: "http_error" },
  })),
  ...each(ALL, () => ({
    name: "500 whose body is cut",
    server: { "tools/call": { as: "json" as const, status: 500, body: '{"error":', then: "reset" as const } },
    client: call(),
    expect: { code: "http_error", error: { status: 500 } },
  })),
  ...each(ALL, () => ({
    name: "401 and 403",
    server: {
      "tools/call": [
        { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
        { status: 403, as: "json" as const, body: rpcError(-32001, "Not yours") },
      ],
    },
    client: async (bench) => {
      const client = await bench.connect();
      const first = await failure(client.callTool("echo"));
      const second = await failure(client.callTool("echo"));
      return [
        first.code,
        (first.data as { challenge: string }).challenge,
        second.code,
        second.rpcCode,
        second.data,
      ];
    },
    expect: {
      value: ["unauthorized", 'Bearer error="invalid_token"', "forbidden", -32001, { hint: 7 }],
      requests: { "tools/call": 2 },
    },
  })),
  ...each(["2026-07-28"], () => ({
    name: "nobody looks at a call that fails",
    server: { "tools/call": { then: "reset" as const } },
    client: async (bench) => {
      const client = await bench.connect();
      const reported = new Promise((done) => client.on("error", () => bench.errors.length === 2 && done(2)));
      client.callTool("echo");
      // Who takes hold of the text has seen it.
      client.callTool("echo").text();
      client.request("tools/call", { name: "x" });
      const listing = client.listTools();
      void listing;
      return reported;
    },
    expect: { value: 2, requests: { "tools/call": 3 } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "the loop over a call that fails throws what the call rejects with",
    server: { "tools/call": { as: "sse" as const, body: progress() } },
    client: async (bench) => {
      const client = await bench.connect();
      const seen: string[] = [];
      try {
        for await (const { type } of client.callTool("echo")) seen.push(type);
      } catch (error) {
        seen.push((error as { code: string }).code);
      }
      return seen;
    },
    expect: { value: ["progress", "connection_lost"] },
  })),
  ...each(ALL, () => ({
    name: "a server that is not there",
    server: {},
    client: async (bench) => {
      const { connect } = await import("mcp-rivulet");
      const { deadPort } = await import("../server.ts");
      return connect(`http://127.0.0.1:${await deadPort()}/mcp?key=SECRET-QUERY`, bench.options());
    },
    expect: { code: "connect_failed", error: { retryable: true, hasCause: true }, message: /ECONNREFUSED/ },
  })),
  ...each(ALL, () => ({
    name: "a name that does not exist",
    server: {},
    client: async (bench) => {
      const { connect } = await import("mcp-rivulet");
      return connect("http://no-such-host.invalid/mcp?key=SECRET-QUERY", bench.options());
    },
    expect: { code: "connect_failed", error: { hasCause: true } },
  })),
];

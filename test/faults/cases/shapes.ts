import type { Case, Revision } from "../types.ts";
import { call, each, event, listening, OK, ok, progress, settled, sse } from "./lib.ts";

const SESSIONS: readonly Revision[] = ["2025-11-25", "2025-06-18", "2025-03-26"];
const OWN: readonly Revision[] = ["2026-07-28", ...SESSIONS];
const EVERY: readonly Revision[] = [...OWN, "2024-11-05"];
/** An answer, byte by byte. */
const http = (head: string, body: string) => `HTTP/1.1 ${head}\r\n\r\n${body}`;

/** Rule 1, once more: answers as HTTP, JSON and the handshake may have them, and as they may not, on every revision. */
export const cases: readonly Case[] = [
  ...each(EVERY, () => ({
    name: "JSON behind a BOM",
    server: { "tools/call": { as: "json" as const, body: `\ufeff${ok}` } },
    client: call(),
    expect: { value: OK },
  })),
  ...[201, 203, 206].flatMap((status) =>
    each(OWN, () => ({
      name: `an answer with ${status}`,
      server: { "tools/call": { as: "json" as const, status, body: ok } },
      client: call(),
      expect: { value: OK },
    })),
  ),
  ...each(OWN, () => ({
    name: "205",
    server: { "tools/call": { status: 205 } },
    client: call(),
    expect: { code: "connection_lost", error: { status: 205 } },
  })),
  ...each(OWN, () => ({
    name: "early hints before the answer",
    server: {
      "tools/call": {
        raw: true,
        body: `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${http("200 OK\r\ncontent-type: application/json\r\nconnection: close", ok)}`,
      },
    },
    client: call(),
    expect: { value: OK },
  })),
  ...each(OWN, () => ({
    name: "101",
    server: {
      "tools/call": {
        raw: true,
        body: "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
      },
    },
    client: call(),
    expect: { code: ["connect_failed", "connection_lost"] },
  })),
  ...each(OWN, () => ({
    name: "HTTP/1.0 without a length",
    server: {
      "tools/call": { raw: true, body: `HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${ok}` },
    },
    client: call(),
    expect: { value: OK },
  })),
  ...each(OWN, () => ({
    name: "two lengths",
    server: {
      "tools/call": {
        raw: true,
        body: http(
          "200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\ncontent-length: 500",
          ok,
        ),
      },
    },
    client: call(),
    expect: { code: "connect_failed" },
  })),
  ...each(OWN, () => ({
    name: "a bad chunk",
    server: {
      "tools/call": {
        raw: true,
        body: http("200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked", "zz\r\nabc\r\n"),
      },
    },
    client: call(),
    expect: { code: ["connect_failed", "connection_lost"] },
  })),
  ...each(OWN, () => ({
    name: "a bad chunk in a stream",
    server: {
      "tools/call": {
        raw: true,
        body: http(
          "200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked",
          "4\r\n: a\n\r\nzz\r\nabc\r\n",
        ),
      },
    },
    client: call(),
    expect: { code: ["connect_failed", "connection_lost"] },
  })),
  ...each(EVERY, () => ({
    name: "a second response behind the first is nobody's",
    server: {
      "tools/call": [
        {
          raw: true,
          body:
            http("200 OK\r\ncontent-length: 82\r\ncontent-type: application/json", ok.padEnd(82 + 2)) +
            http(
              "200 OK\r\ncontent-length: 82\r\ncontent-type: application/json",
              ok.replace('"ok"', '"evil"'),
            ),
          then: "hang" as const,
        },
        { usual: true as const },
      ],
    },
    client: async (bench) => {
      const client = await bench.connect();
      const first = await settled(client.callTool("a"));
      const [two, three] = await Promise.all([
        settled(client.callTool("b")),
        client.callTool("c").result.then(
          ({ text }) => text,
          (e) => e.code,
        ),
      ]);
      return [first, two, three];
    },
    expect: { value: ["ok", "ok", "c"], requests: { "tools/call": 3 } },
  })),
  ...each(OWN, () => ({
    name: "SSE said, JSON written",
    server: { "tools/call": { as: "sse" as const, body: ok } },
    client: call(),
    expect: { code: "connection_lost" },
  })),
  ...each(OWN, () => ({
    name: "JSON said, SSE written",
    server: { "tools/call": { as: "json" as const, body: event(ok) } },
    client: call(),
    expect: { code: "invalid_message" },
  })),
  ...each(OWN, () => ({
    name: "two content types",
    server: {
      "tools/call": { headers: { "content-type": "application/json, text/event-stream" }, body: ok },
    },
    client: call(),
    expect: { code: "content_type" },
  })),
  ...each(OWN, () => ({
    name: "a batch in a batch",
    server: { "tools/call": { as: "json" as const, body: `[[${ok}]]` } },
    client: call(),
    expect: { code: "invalid_message" },
  })),
  ...each(EVERY, (revision) => ({
    name: "result and error",
    server: {
      "tools/call": sse(
        revision,
        event(`{"jsonrpc":"2.0","id":$id,"result":{"content":[]},"error":{"code":-1,"message":"both"}}`),
        "hang",
      ),
    },
    client: call(),
    expect: { code: "rpc_error" },
  })),
  ...each(SESSIONS, () => ({
    name: "the standalone stream asks for patience for ever",
    server: { GET: { status: 429, headers: { "retry-after": "0" } } },
    client: async (bench) => {
      const client = await listening(bench, { reconnect: { delay: 50, maxDelay: 100, attempts: 3 } });
      await bench.seen("GET", 4);
      return (await client.callTool("echo")).text;
    },
    expect: { value: "echo", requests: { GET: 4 } },
  })),
  ...each([...SESSIONS, "2024-11-05"], (revision) => ({
    name: "a ping before the answer to initialize is answered",
    server: {
      initialize: sse(
        revision,
        [
          event('{"jsonrpc":"2.0","id":"s","method":"ping"}'),
          { until: "ponged" },
          event(
            `{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"${revision}","capabilities":{},"serverInfo":{"name":"x","version":"0"}}}`,
          ),
        ],
        "hang",
      ),
    },
    client: async (bench) => {
      const client = bench.create();
      const connecting = client.connect();
      await bench.seen("reply");
      bench.go("ponged");
      await connecting;
      return (await client.callTool("echo")).text;
    },
    expect: { value: "echo", requests: { reply: 1 }, errors: [] },
  })),
  ...each(["2026-07-28"], (revision) => ({
    name: "discover as a stream",
    server: {
      "server/discover": sse(
        revision,
        [
          progress(),
          event("{{{"),
          event('{"jsonrpc":"2.0","id":$id,"result":{"supportedVersions":["2026-07-28"],"capabilities":{}}}'),
        ],
        "hang",
      ),
    },
    client: call(),
    expect: { value: { text: "echo" } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "discover asks for input for ever",
    server: {
      "server/discover": {
        as: "json" as const,
        body: '{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","requestState":"s","supportedVersions":["2026-07-28"],"capabilities":{}}}',
      },
    },
    client: call(),
    expect: {
      code: ["limit_exceeded", "negotiation_failed", "invalid_message"],
      requests: { "tools/call": 0 },
    },
  })),
  ...each(SESSIONS, () => ({
    name: "resumed with the answer to another",
    server: {
      "tools/call": { as: "sse" as const, body: "id: e1\nretry: 0\n\n" },
      "GET resume": { as: "sse" as const, body: [event('{"jsonrpc":"2.0","id":77,"result":{}}'), event(ok)] },
    },
    client: call(),
    expect: { value: OK, reported: ["invalid_message"] },
  })),
  ...[
    "",
    " ",
    "?session_id=SECRET-SESSION",
    "messages",
    "../messages",
    "/a\t/b",
    "#x",
    "/x#SECRET-QUERY",
  ].map((where) => ({
    name: `an endpoint ${JSON.stringify(where)}`,
    revision: "2024-11-05" as const,
    server: {
      GET: { as: "sse" as const, body: `event: endpoint\ndata: ${where}\n\n`, then: "hang" as const },
    },
    client: (async (bench) =>
      settled(bench.connect({ timeout: 1000 }).then((client) => client.callTool("echo")))) as Case["client"],
    expect: { value: /^\s*$/.test(where) ? "timeout" : "ok" },
  })),
  ...each(["2024-11-05"], () => ({
    name: "the answer to a call before the endpoint is nobody's",
    server: {
      GET: {
        as: "sse" as const,
        body: [
          event('{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{}}}'),
          "event: endpoint\ndata: /messages\n\n",
        ],
        then: "hang" as const,
      },
    },
    client: call(),
    expect: { value: { text: "echo" } },
  })),
  ...each(EVERY, () => ({
    name: "two hundred thousand headers are refused",
    server: { "tools/call": { raw: true, body: `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(200_000)}\r\n` } },
    client: call(),
    expect: { code: "connect_failed" },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a session id twice",
    server: {
      initialize: {
        raw: true,
        body: http(
          "200 OK\r\ncontent-type: application/json\r\nconnection: close\r\nmcp-session-id: a\r\nmcp-session-id: b",
          '{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"0"}}}',
        ),
      },
    },
    client: call(),
    expect: {
      value: { text: "echo" },
      check: ({ requests }) =>
        requests.some(({ headers }) => headers["mcp-session-id"]) ? "sent one" : undefined,
    },
  })),
  ...each(EVERY, () => ({
    name: "500 with Retry-After is not waited for",
    server: { "tools/call": { status: 500, headers: { "retry-after": "1" } } },
    client: call(),
    expect: { code: "http_error" },
  })),
  ...each(EVERY, () => ({
    name: "a redirect to itself",
    server: { "tools/call": { status: 307, headers: { location: "?key=SECRET-QUERY" } } },
    client: call(),
    expect: { code: "redirect_refused", requests: { "tools/call": [1, 20] } },
  })),
  ...each(SESSIONS, () => ({
    name: "initialized is answered with an endless stream",
    server: { "notifications/initialized": { as: "sse" as const, body: { forever: ": x\n\n", every: 20 } } },
    client: async (bench) => {
      const client = await bench.connect();
      await bench.freed("notifications/initialized");
      return (await client.callTool("echo")).text;
    },
    expect: { value: "echo" },
  })),
];

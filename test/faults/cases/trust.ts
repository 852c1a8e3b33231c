import type { McpError } from "mcp-rivulet";
import type { Bench, Case, Outcome, Say } from "../types.ts";
import { ALL, call, each, event, failure, OK, ok, rpcError, STREAMABLE, settled, sse } from "./lib.ts";

const anywhere = (headers: Outcome["requests"][0]["headers"]): string => JSON.stringify(headers);
const nasty = [
  "a\r\nX-Evil: 1",
  "a\nX-Evil: 1",
  "a\0b",
  " a",
  "a ",
  "a\tb",
  "é",
  "🎈",
  "\ud800",
  "=?base64?eA==?=",
  "",
  "\u2028",
  "a".repeat(5_000),
];
const decoded = (value: unknown): string => {
  const packed = /^=\?base64\?(.*)\?=$/.exec(String(value));
  return packed ? Buffer.from(packed[1] as string, "base64").toString() : String(value);
};
const proto = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
const endpoint = (where: string): Say => ({
  as: "sse",
  body: `event: endpoint\ndata: ${where}\n\n`,
  then: "hang",
});
const controls = "\u0000\u001b[31mred\u007f\u0085\u2028\r\nline";

/** Rules 9 and 10: nobody is trusted, and what is said of it can be shown. */
/** What two errors are, whether they have a control character, and whether they are short. */
const twoErrors = async (bench: Bench): Promise<unknown> => {
  const client = await bench.connect();
  const errors = [await failure(client.callTool("a")), await failure(client.callTool("b"))];
  return errors.map(({ code, message }) => [
    code,
    /[\0-\x1f\x7f-\x9f\u2028]/.test(message),
    message.length < 500,
  ]);
};

export const cases: readonly Case[] = [
  // Redirects.
  ...[307, 308].flatMap((status) =>
    each(ALL, () => ({
      name: `${status} within the origin is followed with method and body`,
      server: {
        "tools/call": { status, headers: { location: "/elsewhere?x=SECRET-QUERY" } },
        "/elsewhere": { as: "json" as const, body: ok },
      },
      client: call(),
      expect: {
        value: OK,
        requests: { "/elsewhere": 1 },
        check: ({ requests }) => {
          const [one] = requests.filter(({ key }) => key === "/elsewhere");
          const whole = one?.method === "POST" && (one.body as { method: string }).method === "tools/call";
          return whole && one.headers.authorization === "Bearer SECRET-TOKEN"
            ? undefined
            : `lost something: ${one?.method}`;
        },
      },
    })),
  ),
  ...[301, 302, 303].flatMap((status) =>
    each(ALL, () => ({
      name: `${status} on a POST is an error that names the new place`,
      server: { "tools/call": { status, headers: { location: "/elsewhere?x=SECRET-QUERY#f" } } },
      client: call(),
      expect: { code: "redirect_refused", error: { status }, message: /127\.0\.0\.1:\d+\/elsewhere\b/ },
    })),
  ),
  ...[301, 302, 303, 307, 308].flatMap((status) =>
    each(ALL, () => ({
      name: `${status} to another origin gets nothing`,
      server: { "tools/call": { status, headers: { location: "$evil/steal?t=SECRET-QUERY" } } },
      client: call(),
      expect: { code: "redirect_refused", error: { status }, message: /127\.0\.0\.1:\d+\/steal\b/ },
    })),
  ),
  ...[
    "javascript:alert(1)",
    "data:text/plain,x",
    "file:///etc/passwd",
    "//evil.invalid/x",
    "http://",
    "ftp://x/",
    "blob:x",
    "blob:$origin/x",
    "http://user:SECRET-PASSWORD@127.0.0.1/x",
  ].flatMap((location) =>
    each(["2026-07-28"], () => ({
      name: `a redirect to ${location}`,
      server: { "tools/call": { status: 307, headers: { location } } },
      client: call(),
      expect: { code: "redirect_refused", message: /^(?!.*\bnull)/ },
    })),
  ),
  ...each(["2026-07-28"], () => ({
    name: "a redirect within the origin, with credentials in it",
    server: { "tools/call": { status: 307, headers: { location: "http://user:SECRET-PASSWORD@HOST/x" } } },
    client: async (bench) => {
      const { host } = new URL(bench.url);
      const redirecting = async (url: string, init: RequestInit) => {
        const response = await fetch(url, init);
        if (response.status !== 307) return response;
        return new Response(null, {
          status: 307,
          headers: { location: `http://user:SECRET-PASSWORD@${host}/x` },
        });
      };
      return call({ fetch: redirecting })(bench);
    },
    expect: { code: "redirect_refused", requests: { "/x": 0 } },
  })),
  ...[300, 304, 305, 306].map(
    (status) =>
      ({
        name: `${status} is no redirect to follow`,
        revision: "2026-07-28" as const,
        server: { "tools/call": { status, headers: { location: "$evil/x" } } },
        client: call(),
        expect: { code: ["http_error", "redirect_refused"], error: { status } },
      }) satisfies Case,
  ),
  ...each(["2026-07-28"], () => ({
    name: "a redirect without a location",
    server: { "tools/call": { status: 307 } },
    client: call(),
    expect: { code: "redirect_refused", error: { status: 307 } },
  })),
  ...each(["auto"], () => ({
    name: "every way redirects to another origin",
    server: {
      "server/discover": { status: 307, headers: { location: "$evil/a" } },
      initialize: { status: 302, headers: { location: "$evil/b" } },
      GET: { status: 301, headers: { location: "$evil/c" } },
    },
    client: (bench) => bench.connect(),
    expect: { code: ["negotiation_failed", "redirect_refused"], message: /\/[abc]\b/ },
  })),
  // Endpoint events.
  ...[
    "$evil/messages",
    "//evil.invalid/x",
    "javascript:alert(1)",
    "data:,x",
    "file:///x",
    "https://127.0.0.1/x",
    "http://u:SECRET-PASSWORD@127.0.0.1/",
    "http://[",
    "ws://127.0.0.1/x",
    // Its origin is the one within it.
    "blob:$origin/x",
  ].map(
    (where) =>
      ({
        name: `an endpoint at ${where}`,
        revision: "2024-11-05" as const,
        server: { GET: endpoint(where) },
        client: (bench) => bench.connect(),
        expect: { code: "insecure_endpoint", requests: { initialize: 0 } },
      }) satisfies Case,
  ),
  ...each(["2024-11-05"], () => ({
    name: "an endpoint with credentials within the origin",
    server: { GET: { ...endpoint("http://u:SECRET-PASSWORD@HOST/") } },
    client: async (bench) => {
      const { host } = new URL(bench.url);
      const named = async (url: string, init: RequestInit) => {
        if (init.method !== "GET") return fetch(url, init);
        return new Response(`event: endpoint\ndata: http://u:SECRET-PASSWORD@${host}/\n\n`, {
          headers: { "content-type": "text/event-stream" },
        });
      };
      return bench.connect({ fetch: named });
    },
    expect: { code: "insecure_endpoint", requests: { initialize: 0 } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "a second endpoint event at another origin",
    server: {
      "tools/call": { stream: ["event: endpoint\ndata: $evil/messages\n\n"] },
    },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: false });
      const first = await settled(client.callTool("echo"));
      return [first, client.status];
    },
    expect: { value: ["insecure_endpoint"], requests: { "tools/call": 1 } },
  })).map((one) => ({
    ...one,
    client: async (bench: Bench) => [((await one.client(bench)) as unknown[])[0]],
  })),
  ...each(["2024-11-05"], () => ({
    name: "a second endpoint event at another origin, while nobody waits",
    server: {
      ping: {
        stream: [
          event('{"jsonrpc":"2.0","id":$id,"result":{}}'),
          { until: "idle" },
          "event: endpoint\ndata: $evil/messages\n\n",
        ],
      },
    },
    client: async (bench) => {
      const client = await bench.connect({ reconnect: false });
      const reported = new Promise((told) => client.on("error", told));
      await client.ping();
      bench.go("idle");
      return ((await reported) as McpError).code;
    },
    expect: { value: "insecure_endpoint" },
  })),
  ...each(["2024-11-05"], () => ({
    name: "a second endpoint event within the origin is used",
    server: {
      ping: {
        stream: ["event: endpoint\ndata: /other\n\n", event('{"jsonrpc":"2.0","id":$id,"result":{}}')],
      },
      "/other": { as: "json" as const, body: ok },
    },
    client: async (bench) => {
      const client = await bench.connect();
      await client.ping();
      return client.callTool("echo");
    },
    expect: { value: OK, requests: { "/other": 1, "tools/call": 0 } },
  })),
  // Headers from data.
  ...nasty.flatMap((name) =>
    [
      [
        "tools/call",
        (bench: Bench) => bench.connect().then((client) => client.callTool(name).result),
      ] as const,
      [
        "resources/read",
        (bench: Bench) => bench.connect().then((client) => client.readResource(name)),
      ] as const,
    ].map(
      ([key, client]) =>
        ({
          name: `${key} of ${JSON.stringify(name).slice(0, 30)} in a header`,
          revision: "2026-07-28" as const,
          server: {
            "resources/read": {
              as: "json" as const,
              body: '{"jsonrpc":"2.0","id":$id,"result":{"contents":[]}}',
            },
          },
          client: async (bench) => {
            await client(bench);
            return "ok";
          },
          expect: {
            value: "ok",
            check: ({ requests }) => {
              const [one] = requests.filter((request) => request.key === key);
              if (one?.headers["x-evil"]) return "a header was made of it";
              const value = decoded(one?.headers["mcp-name"]);
              return value === name.replace("\ud800", "\ufffd")
                ? undefined
                : `Mcp-Name is ${JSON.stringify(one?.headers["mcp-name"])}`;
            },
          },
        }) satisfies Case,
    ),
  ),
  ...["a\r\nX-Evil: 1", "é🎈"].map(
    (method) =>
      ({
        name: `the method ${JSON.stringify(method)} in a header`,
        revision: "2026-07-28" as const,
        server: { [method]: { as: "json" as const, body: '{"jsonrpc":"2.0","id":$id,"result":{}}' } },
        client: async (bench) => (await bench.connect()).request(method),
        expect: {
          value: {},
          check: ({ requests }) =>
            requests.some(({ headers }) => headers["x-evil"]) ? "a header was made of it" : undefined,
        },
      }) satisfies Case,
  ),
  ...each(["2025-11-25"], () => ({
    name: "a version that would break a header is refused",
    server: {
      initialize: {
        as: "json" as const,
        body: '{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"2025-11-25\\r\\nX-Evil: 1","capabilities":{},"serverInfo":{"name":"x","version":"0"}}}',
      },
    },
    client: call(),
    expect: { code: "unsupported_version" },
  })),
  // Prototypes.
  ...each(STREAMABLE, () => ({
    name: "__proto__ in a result",
    server: {
      "tools/call": {
        as: "json" as const,
        body: ok.replace(
          '"content"',
          `"structuredContent":${proto},"_meta":${proto},"__proto__":{"polluted":1},"content"`,
        ),
      },
    },
    client: async (bench) => {
      const result = await (await bench.connect()).callTool("echo");
      return [result.text, "polluted" in result, "polluted" in {}];
    },
    expect: { value: ["ok", false, false] },
  })),
  ...each(ALL, (revision) => ({
    name: "__proto__ as a method, a token and a task",
    server: {
      "tools/call": sse(
        revision,
        [
          event(`{"jsonrpc":"2.0","method":"__proto__","params":${proto}}`),
          event('{"jsonrpc":"2.0","method":"constructor","params":{"progressToken":"constructor"}}'),
          event('{"jsonrpc":"2.0","method":"notifications/tasks","params":{"taskId":"__proto__"}}'),
          event(
            '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"__proto__","progress":1}}',
          ),
          event(ok),
        ],
        "hang",
      ),
    },
    client: call(),
    expect: { value: OK, errors: [] },
  })),
  ...each(["2026-07-28"], () => ({
    name: "__proto__ in inputRequests and elicitation",
    server: {
      "tools/call": [
        {
          as: "json" as const,
          body:
            '{"jsonrpc":"2.0","id":$id,"result":{"resultType":"input_required","requestState":"__proto__","inputRequests":{"__proto__":{"method":"elicitation/create","params":' +
            '{"message":"m","requestedSchema":{"type":"object","properties":{"__proto__":{"type":"object","default":{"polluted":1}},"b":{"type":"string","default":"c"}}}}}}}}',
        },
        { usual: true as const },
      ],
    },
    client: async (bench) => {
      const client = await bench.connect({
        onElicit: () => ({ action: "accept", content: JSON.parse('{"__proto__":{"polluted":1},"a":1}') }),
      });
      await client.callTool("echo");
      return ["polluted" in {}, "polluted" in []];
    },
    expect: {
      value: [false, false],
      requests: { "tools/call": 2 },
      check: ({ requests }) => {
        const [, again] = requests.filter(({ key }) => key === "tools/call");
        const { params } = (again as (typeof requests)[0]).body as { params: { inputResponses: object } };
        return Object.hasOwn(params.inputResponses, "__proto__") ? undefined : "the question is not answered";
      },
    },
  })),
  ...each(["2025-11-25"], () => ({
    name: "__proto__ in elicitation from the stream",
    server: {
      "tools/call": {
        as: "sse" as const,
        body: [
          event(
            '{"jsonrpc":"2.0","id":"__proto__","method":"elicitation/create","params":{"message":"m","__proto__":{"mode":"url"},"requestedSchema":{"type":"object","properties":{"__proto__":{"default":{"polluted":1}}}}}}',
          ),
          { until: "answered" },
          event(ok),
        ],
      },
    },
    client: async (bench) => {
      const client = await bench.connect({ onElicit: () => ({ action: "accept", content: {} }) });
      const outcome = client.callTool("echo").result;
      await bench.seen("reply");
      bench.go("answered");
      return [(await outcome).text, "polluted" in {}];
    },
    expect: { value: ["ok", false] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "__proto__ in the answer to initialize",
    server: {
      initialize: {
        as: "json" as const,
        body: `{"jsonrpc":"2.0","id":$id,"result":{"protocolVersion":"2025-11-25","capabilities":${proto},"serverInfo":{"name":"x","version":"0","__proto__":{"polluted":1}},"__proto__":{"polluted":1}}}`,
      },
    },
    client: call(),
    expect: { value: { text: "echo" } },
  })),
  // What errors say.
  ...each(ALL, (revision) => ({
    name: "the server's error text: control characters, huge",
    server: {
      "tools/call": [
        sse(revision, event(rpcError(-32000, controls)), "hang"),
        sse(revision, event(rpcError(-32000, "x".repeat(100_000))), "hang"),
      ],
    },
    client: twoErrors,
    expect: {
      value: [
        ["rpc_error", false, true],
        ["rpc_error", false, true],
      ],
      requests: { "tools/call": 2 },
    },
  })),
  ...each(ALL, () => ({
    name: "the text of an HTTP error: control characters, huge",
    server: {
      "tools/call": [
        { status: 500, as: "json" as const, body: rpcError(-32000, controls) },
        { status: 500, as: "json" as const, body: rpcError(-32000, "x".repeat(10_000)) },
      ],
    },
    client: twoErrors,
    expect: {
      value: [
        ["http_error", false, true],
        ["http_error", false, true],
      ],
      requests: { "tools/call": 2 },
    },
  })),
  ...each(["2026-07-28"], () => ({
    name: "a failing tool's text in tool_error: control characters, huge",
    server: {
      "tools/call": {
        as: "json" as const,
        body: `{"jsonrpc":"2.0","id":$id,"result":{"isError":true,"content":[{"type":"text","text":${JSON.stringify(controls.repeat(9_000))}}]}}`,
      },
    },
    client: async (bench) => (await bench.connect()).callTool("echo", {}, { throwOnError: true }),
    expect: { code: "tool_error" },
  })),
  ...each(["2026-07-28"], () => ({
    name: "a content type of 8 kB",
    server: { "tools/call": { headers: { "content-type": `x/${"y".repeat(8_000)}` }, body: "x" } },
    client: call(),
    expect: { code: "content_type" },
  })),
  ...each(["2026-07-28"], () => ({
    name: "a redirect to a path of 8 kB",
    server: { "tools/call": { status: 301, headers: { location: `/${"y".repeat(8_000)}` } } },
    client: call(),
    expect: { code: "redirect_refused" },
  })),
  ...each(["2024-11-05"], () => ({
    name: "an endpoint of 100 kB elsewhere",
    server: { GET: endpoint(`$evil/${"y".repeat(100_000)}`) },
    client: (bench) => bench.connect(),
    expect: { code: "insecure_endpoint" },
  })),
  ...each(ALL, () => ({
    name: "every way of failing while connecting shows no secret",
    server: {
      "server/discover": { status: 500, as: "html" as const, body: "SECRET-PAGE" },
      initialize: { status: 500, as: "html" as const, body: "SECRET-PAGE" },
    },
    client: (bench) => bench.connect(),
    expect: { code: ["http_error", "negotiation_failed"], error: { status: 500 } },
  })),
  ...([404, 500, 200] as const).map(
    (status) =>
      ({
        name: `a page with ${status} at every way`,
        revision: "auto" as const,
        server: {
          "server/discover": { status, as: "html" as const, body: "SECRET-PAGE" },
          initialize: { status, as: "html" as const, body: "SECRET-PAGE" },
          GET: { status, as: "html" as const, body: "SECRET-PAGE" },
        },
        client: async (bench) => {
          const error = await failure(bench.connect());
          bench.errors.push(error);
          return [
            error.code,
            (error.data as unknown[]).length > 2,
            JSON.stringify(error.data).length < 5_000,
          ];
        },
        expect: { value: ["negotiation_failed", true, true] },
      }) satisfies Case,
  ),
  ...each(ALL, () => ({
    name: "a token that no header can carry is not shown",
    server: {},
    client: (bench) => bench.connect({ auth: "SECRET-TOKEN\nx" }),
    expect: { code: "connect_failed" },
  })),
  ...each(ALL, () => ({
    name: "a header that no request can carry is not shown",
    server: {},
    client: (bench) => bench.connect({ headers: () => ({ "x-api-key": "SECRET-KEY\nx" }) }),
    expect: { code: "connect_failed" },
  })),
  ...each(ALL, () => ({
    name: "a URL with a password is not shown",
    server: {},
    client: async (bench) => {
      const { connect } = await import("mcp-rivulet");
      return connect(bench.url.replace("http://", "http://user:SECRET-PASSWORD@"), bench.options());
    },
    expect: { code: "connect_failed" },
  })),
  ...each(STREAMABLE, () => ({
    name: "credentials go to the server alone, and on every request of it",
    server: {
      "tools/call": { as: "sse" as const, body: event("", "id: 1\nretry: 0\n") },
      "GET resume": { as: "sse" as const, body: event(ok) },
    },
    client: async (bench) => settled(call()(bench)),
    expect: {
      check: ({ requests }) =>
        requests.length >= 2 &&
        requests.every(
          ({ headers }) =>
            headers.authorization === "Bearer SECRET-TOKEN" && headers["x-api-key"] === "SECRET-KEY",
        )
          ? undefined
          : `a request without: ${requests.map(({ headers }) => anywhere(headers))}`,
    },
  })),
];

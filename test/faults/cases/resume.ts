import type { Case, Outcome } from "../types.ts";
import { call, each, event, failure, gapsOf, listening, OK, ok, paced, progress, rpcError } from "./lib.ts";

const LEGACY = ["2025-11-25", "2025-03-26"] as const;
const first = event("", "id: e1\nretry: 0\n");
const quick = { reconnect: { delay: 50, maxDelay: 2000, attempts: 6 } };

/** The last pause is longer than the first. */
const growing =
  (key: string) =>
  (outcome: Outcome): string | undefined => {
    const gaps = gapsOf(outcome, key);
    const grows = gaps.length > 1 && (gaps.at(-1) as number) > (gaps[0] as number) * 1.2;
    return (
      paced(key)(outcome) ??
      (grows ? undefined : `gaps of ${gaps.map(Math.round)} ms between ${key} do not grow`)
    );
  };
/** Long enough for another attempt, if there were one: that none comes, nothing tells. */
const another = (): Promise<void> => new Promise((done) => setTimeout(done, 300));
const lastEventId =
  (...ids: string[]) =>
  ({ requests }: Outcome): string | undefined => {
    const sent = requests
      .filter(({ key }) => key === "GET resume")
      .map(({ headers }) => headers["last-event-id"]);
    return JSON.stringify(sent) === JSON.stringify(ids)
      ? undefined
      : `Last-Event-ID was ${JSON.stringify(sent)}`;
  };

/** Rule 2: what can be resumed is, within bounds. */
export const cases: readonly Case[] = [
  ...[
    ["an id with empty data", event("", "id: e1\nretry: 0\n")],
    ["an id without data", "id: e1\nretry: 0\n\n"],
    ["an id without data, behind a BOM", "\ufeffid: e1\nretry: 0\n\n"],
    ["an id without data, with CR", "id: e1\rretry: 0\r\r"],
    ["an id without a space", "id:e1\nretry:0\n\n"],
    ["a message with an id", `retry: 0\n\n${progress().replace("data", "id: e1\ndata")}`],
    ["the id after the data", `retry: 0\n\n${progress().replace("\n\n", "\nid: e1\n\n")}`],
    ["an id, then messages without one", `id: e1\nretry: 0\n\n${progress()}${progress(2)}`],
  ].flatMap(([name, body = ""]) =>
    ["end", "reset"].flatMap((then) =>
      each(LEGACY, () => ({
        name: `${name}, then ${then}`,
        server: {
          "tools/call": { as: "sse" as const, body, then: then as "end" },
          "GET resume": { as: "sse" as const, body: event(ok, "id: e2\n") },
        },
        client: call(),
        expect: { value: OK, check: lastEventId("e1"), requests: { "GET resume": 1 }, errors: [] },
      })),
    ),
  ),
  ...each(LEGACY, () => ({
    name: "an id byte by byte, without data",
    server: {
      "tools/call": { as: "sse" as const, body: { bytes: "id: e1\r\nretry: 0\r\n\r\n" } },
      "GET resume": { as: "sse" as const, body: event(ok) },
    },
    client: call(quick),
    expect: { value: OK, check: lastEventId("e1") },
  })),
  ...each(LEGACY, () => ({
    name: "an id of an event that was cut off is not seen",
    server: {
      "tools/call": { as: "sse" as const, body: [first, "id: e2\ndata: {"] },
      "GET resume": { as: "sse" as const, body: event(ok) },
    },
    client: call(quick),
    expect: { value: OK, check: lastEventId("e1") },
  })),
  ...each(LEGACY, () => ({
    name: "an empty id takes the id back: nothing to resume from",
    server: { "tools/call": { as: "sse" as const, body: [first, "id:\n\n"] } },
    client: call(),
    expect: { code: "connection_lost", requests: { "GET resume": 0 } },
  })),
  ...each(LEGACY, () => ({
    name: "an id in other letters goes back as UTF-8",
    server: {
      "tools/call": { as: "sse" as const, body: "id: é🎈\nretry: 0\n\n" },
      "GET resume": { as: "sse" as const, body: event(ok) },
    },
    client: call(quick),
    expect: {
      value: OK,
      check: ({ requests }) => {
        const sent = String(requests.find(({ key }) => key === "GET resume")?.headers["last-event-id"]);
        return Buffer.from(sent, "latin1").toString() === "é🎈" ? undefined : `sent ${JSON.stringify(sent)}`;
      },
    },
  })),
  ...each(LEGACY, () => ({
    name: "an id that fits in no header",
    server: { "tools/call": { as: "sse" as const, body: "id: a\u0001b\nretry: 0\n\n" } },
    client: call(),
    expect: { code: "connection_lost", requests: { "GET resume": 0 } },
  })),
  ...each(LEGACY, () => ({
    name: "replayed events are dropped",
    server: {
      "tools/call": {
        as: "sse" as const,
        body: [
          first,
          progress(1).replace("data", "id: e2\ndata"),
          progress(2).replace("data", "id: e3\ndata"),
        ],
      },
      "GET resume": {
        as: "sse" as const,
        body: [
          progress(2).replace("data", "id: e3\ndata"),
          progress(1).replace("data", "id: e2\ndata"),
          progress(3).replace("data", "id: e4\ndata"),
          event(ok),
        ],
      },
    },
    client: async (bench) => {
      const client = await bench.connect(quick);
      const seen: unknown[] = [];
      for await (const one of client.callTool("echo")) if (one.type === "progress") seen.push(one.progress);
      return seen;
    },
    expect: { value: [1, 2, 3], check: lastEventId("e3") },
  })),
  ...each(LEGACY, () => ({
    name: "the same id twice on one stream is no replay",
    server: {
      "tools/call": {
        as: "sse" as const,
        body: [progress(1).replace("data", "id: a\ndata"), event(ok, "id: a\n")],
      },
    },
    client: call(),
    expect: { value: OK, requests: { "GET resume": 0 } },
  })),
  ...each(LEGACY, () => ({
    name: "a drop after each message is resumed each time",
    server: {
      "tools/call": { as: "sse" as const, body: [first] },
      "GET resume": [
        ...Array.from({ length: 6 }, (_, i) => ({
          as: "sse" as const,
          body: progress(i).replace("data", `id: n${i}\ndata`),
        })),
        { as: "sse" as const, body: event(ok) },
      ],
    },
    client: call(quick),
    expect: { value: OK, check: lastEventId("e1", "n0", "n1", "n2", "n3", "n4", "n5") },
  })),
  ...each(LEGACY, () => ({
    name: "resuming for ever without a message stops",
    server: { "tools/call": { as: "sse" as const, body: first }, "GET resume": { as: "sse" as const } },
    client: call(quick),
    expect: { code: "connection_lost", requests: { "GET resume": 6 }, check: growing("GET resume") },
  })),
  ...each(LEGACY, () => ({
    name: "events with new ids and no message are no progress",
    server: {
      "tools/call": { as: "sse" as const, body: first },
      "GET resume": { as: "sse" as const, body: "id: new$n\nretry: 0\ndata:\n\n" },
    },
    client: call(quick),
    expect: { code: "connection_lost", requests: { "GET resume": 6 }, check: growing("GET resume") },
  })),
  ...each(LEGACY, () => ({
    name: "malformed events are no progress",
    server: {
      "tools/call": { as: "sse" as const, body: first },
      "GET resume": { as: "sse" as const, body: "id: new$n\ndata: {{{\n\n" },
    },
    client: call(quick),
    expect: { code: "connection_lost", requests: { "GET resume": 6 }, check: paced("GET resume") },
  })),
  ...each(LEGACY, () => ({
    name: "messages with retry: 0 for ever are paced, and end at the total limit",
    server: {
      "tools/call": { as: "sse" as const, body: first },
      "GET resume": { as: "sse" as const, body: `retry: 0\n${progress(1)}` },
    },
    client: call({ ...quick, maxTotalTimeout: 800 }),
    expect: { code: "timeout", requests: { "GET resume": [3, 18] }, check: paced("GET resume") },
  })),
  ...each(LEGACY, () => ({
    // requires: http/retry-respected
    name: "retry is respected",
    server: {
      "tools/call": { as: "sse" as const, body: "id: e1\nretry: 600\n\n" },
      "GET resume": { as: "sse" as const, body: event(ok) },
    },
    client: call(quick),
    expect: {
      value: OK,
      check: ({ requests }) => {
        const [asked, resumed] = ["tools/call", "GET resume"].map(
          (key) => requests.find((one) => one.key === key)?.at ?? 0,
        );
        return (resumed as number) - (asked as number) < 590 ? "came back too early" : undefined;
      },
    },
  })),
  ...(
    [
      ["404", { status: 404 }],
      ["405", { status: 405 }],
      [
        "400",
        {
          status: 400,
          as: "json",
          body: rpcError(-32000, "Bad Request: No valid session ID provided", "null"),
        },
      ],
      ["500", { status: 500 }],
      ["an HTML page", { as: "html", body: "SECRET-PAGE" }],
      ["JSON", { as: "json", body: "{}" }],
      ["204", { status: 204 }],
      ["a redirect elsewhere", { status: 302, headers: { location: "$evil/x" } }],
      ["401", { status: 401 }],
    ] as const
  ).flatMap(([name, say]) =>
    each(["2025-11-25"], () => ({
      name: `resuming refused with ${name}: lost at once, and not sent again`,
      server: { "tools/call": { as: "sse" as const, body: first }, "GET resume": say },
      client: call(),
      expect: { code: "connection_lost", requests: { "GET resume": 1, initialize: 1 } },
    })),
  ),
  ...each(["2025-11-25"], () => ({
    name: "a server that is away for a moment while resuming",
    server: {
      "tools/call": { as: "sse" as const, body: first },
      "GET resume": [
        { then: "reset" as const },
        { then: "drop" as const },
        { as: "sse" as const, body: event(ok) },
      ],
    },
    client: call(quick),
    expect: { value: OK, requests: { "GET resume": 3 }, check: paced("GET resume") },
  })),
  ...[502, 503, 504].flatMap((status) =>
    each(["2025-11-25"], () => ({
      name: `a gateway that answers ${status} for a moment while resuming`,
      server: {
        "tools/call": { as: "sse" as const, body: first },
        "GET resume": [
          { status },
          { as: "html" as const, status, body: "SECRET-PAGE" },
          { as: "sse" as const, body: event(ok) },
        ],
      },
      client: call(quick),
      expect: { value: OK, requests: { "GET resume": 3, initialize: 1 }, check: paced("GET resume") },
    })),
  ),
  ...each(["2025-11-25"], () => ({
    name: "429 with Retry-After while resuming is waited for",
    server: {
      "tools/call": { as: "sse" as const, body: first },
      "GET resume": [
        { status: 429, headers: { "retry-after": "1" } },
        { as: "sse" as const, body: event(ok) },
      ],
    },
    client: call(quick),
    expect: { value: OK, requests: { "GET resume": 2 }, check: paced("GET resume", 900) },
  })),
  ...each(["2025-11-25"], () => ({
    name: "no id, no resuming",
    server: { "tools/call": { as: "sse" as const, body: progress() } },
    client: call(),
    expect: { code: "connection_lost", requests: { "GET resume": 0, GET: 0 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "reconnect: false",
    server: { "tools/call": { as: "sse" as const, body: first } },
    client: call({ reconnect: false }),
    expect: { code: "connection_lost", requests: { "GET resume": 0 } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "2026-07-28 never resumes",
    server: {
      "tools/call": { as: "sse" as const, body: [first, progress().replace("data", "id: e2\ndata")] },
    },
    client: call(),
    expect: { code: "connection_lost", requests: { "GET resume": 0, GET: 0 } },
  })),
  ...each(["2026-07-28"], () => ({
    name: "2026-07-28 knows no replay: the same id twice is two events",
    server: { "tools/call": { as: "sse" as const, body: [event("", "id: a\n"), event(ok, "id: a\n")] } },
    client: call(),
    expect: { value: OK },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a forged answer does not end resuming",
    server: {
      "tools/call": { as: "sse" as const, body: [first, event('{"jsonrpc":"2.0","id":"$id","result":{}}')] },
      "GET resume": { as: "sse" as const, body: event(ok) },
    },
    client: call(quick),
    expect: { value: OK, requests: { "GET resume": 1 }, reported: ["invalid_message"] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "nothing is resumed for a request nobody waits for",
    server: { "tools/call": { as: "sse" as const, body: [first, { mark: "sent" }], then: "hang" as const } },
    client: async (bench) => {
      const client = await bench.connect(quick);
      const call = client.callTool("echo");
      const outcome = failure(call).then(({ name }) => name);
      await bench.mark("sent");
      call.cancel();
      await bench.freed("tools/call");
      await bench.seen("notifications/cancelled");
      await client.callTool("other", {}, { timeout: 400 }).catch(() => {});
      return outcome;
    },
    expect: { value: "AbortError", requests: { "GET resume": 0, "tools/call": 2 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "an answered stream is not resumed when it drops",
    server: {
      "tools/call": { as: "sse" as const, body: [first, event(ok, "id: e2\n")], then: "reset" as const },
    },
    client: async (bench) => {
      const client = await bench.connect(quick);
      const { text } = await client.callTool("echo");
      await another();
      return text;
    },
    expect: { value: "ok", requests: { "GET resume": 0 } },
  })),
  // The standalone stream.
  ...(
    [
      ["404", { status: 404 }],
      ["405", { status: 405 }],
      ["500", { status: 500 }],
      ["an HTML page", { as: "html", body: "SECRET-PAGE" }],
      ["JSON", { as: "json", body: "{}" }],
      ["204", { status: 204 }],
      ["a redirect elsewhere", { status: 307, headers: { location: "$evil/x" } }],
    ] as const
  ).flatMap(([name, say]) =>
    each(["2025-11-25"], () => ({
      name: `the standalone stream: ${name} means there is none`,
      server: { GET: say },
      client: async (bench) => {
        const client = await listening(bench, quick);
        await bench.seen("GET");
        await bench.freed("GET");
        const { text } = await client.callTool("echo");
        await another();
        return [text, client.status];
      },
      expect: { value: ["echo", "ready"], requests: { GET: 1 }, errors: [] },
    })),
  ),
  ...each(["2025-11-25"], () => ({
    name: "the standalone stream behind a gateway that is not ready yet",
    server: {
      GET: [
        { status: 503 },
        {
          as: "sse" as const,
          body: event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'),
          then: "hang" as const,
        },
      ],
    },
    client: async (bench) => {
      const client = await listening(bench, quick);
      await new Promise((done) => client.on("toolsChanged", () => done(undefined)));
      return "changed";
    },
    expect: { value: "changed", requests: { GET: 2 }, errors: [] },
  })),
  ...each(["2025-11-25"], () => ({
    name: "the standalone stream hangs before its headers",
    server: { GET: { then: "hang" as const } },
    client: async (bench) => {
      const client = await listening(bench);
      await bench.seen("GET");
      return client.callTool("echo");
    },
    expect: { value: { text: "echo" }, requests: { GET: 1 } },
  })),
  ...["end", "drop", "reset"].map(
    (then) =>
      ({
        name: `the standalone stream that ends at once (${then}) is opened again, ever more slowly, and not for ever`,
        revision: "2025-11-25" as const,
        server: { GET: { as: "sse" as const, body: "retry: 0\n\n", then: then as "end" } },
        client: async (bench) => {
          const client = await listening(bench, quick);
          const reported = new Promise((done) => client.on("error", done));
          await bench.seen("GET", 7);
          await reported;
          return (await client.callTool("echo")).text;
        },
        expect: { value: "echo", requests: { GET: 7 }, check: growing("GET"), errors: ["connection_lost"] },
      }) satisfies Case,
  ),
  ...each(["2025-11-25"], () => ({
    name: "the standalone stream with a message each time is paced all the same",
    server: { GET: { as: "sse" as const, body: `retry: 0\n${progress(1)}` } },
    client: async (bench) => {
      await listening(bench, quick);
      await bench.seen("GET", 10);
      return "came back";
    },
    expect: { value: "came back", check: paced("GET") },
  })),
  ...each(["2025-11-25"], () => ({
    name: "the standalone stream comes back with its Last-Event-ID and goes on",
    server: {
      GET: { as: "sse" as const, body: "id: s1\nretry: 0\n\n" },
      "GET resume": {
        as: "sse" as const,
        body: event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'),
        then: "hang" as const,
      },
    },
    client: async (bench) => {
      const client = await listening(bench, quick);
      await new Promise((done) => client.on("toolsChanged", () => done(undefined)));
      return "changed";
    },
    expect: { value: "changed", check: lastEventId("s1") },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a standalone stream that is refused after it was there takes the session with it",
    server: { GET: [{ as: "sse" as const, body: `retry: 0\n${progress(1)}` }, { status: 500 }] },
    client: async (bench) => {
      const client = await listening(bench, quick);
      await new Promise<void>((done) => client.on("resync", done));
      return client.status;
    },
    expect: { value: "ready", requests: { GET: 3, initialize: 2 } },
  })),
  ...each(["2025-11-25"], () => ({
    name: "a huge retry does not keep the process",
    server: { GET: { as: "sse" as const, body: "retry: 99999999999\n\n" } },
    client: async (bench) => {
      await listening(bench);
      // The longest that timers take.
      await bench.waits(2 ** 31 - 1);
      return "closed";
    },
    expect: { value: "closed", requests: { GET: 1 } },
  })),
];

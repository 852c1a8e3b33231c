import { type ConnectOptions, connect } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { mcp, own, reply, text, URL_ } from "./support.ts";

type Listener = (event: { type: string; data: string }) => void;

/** An `EventSource` in the hands of the test: what pages have is tested in one. */
class Source {
  static readonly opened: Source[] = [];
  readonly #listeners = new Map<string, Listener>();
  closed = false;
  constructor(
    readonly url: string,
    readonly options: { readonly withCredentials: boolean },
  ) {
    Source.opened.push(this);
    queueMicrotask(() => this.say("open", ""));
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }
  say(type: string, data: string): void {
    this.#listeners.get(type)?.({ type, data });
  }
  close(): void {
    this.closed = true;
  }
}

async function meet(version: "2025-03-26" | "2025-11-25", session: string, options: ConnectOptions = {}) {
  Source.opened.length = 0;
  const seen = mcp(
    version,
    (asked) => (asked.method === "POST" ? reply(asked, text("x")) : undefined),
    session,
  );
  const client = own(await connect(URL_, { protocolVersion: version, EventSource: Source, ...options }));
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  return { client, seen, errors };
}

describe("with EventSource, the GET stream of Streamable HTTP", () => {
  it("is one where it needs no headers, and closed with the client", async () => {
    const { client, seen } = await meet("2025-03-26", "");
    const changed = new Promise<void>((resolve) => client.on("toolsChanged", () => resolve()));
    const [source] = Source.opened;
    expect(source).toMatchObject({ url: URL_, options: { withCredentials: false } });
    await Promise.resolve();
    // Line ends inside JSON are legal.
    source?.say("message", '{"jsonrpc":"2.0",\n"method":"notifications/tools/list_changed"}');
    await changed;
    expect(seen.map(({ method }) => method)).not.toContain("GET");
    await client.close();
    expect(source?.closed).toBe(true);
  });

  it("sends cookies only when told to", async () => {
    const { client } = await meet("2025-03-26", "", { credentials: "include" });
    client.on("log", () => {});
    expect(Source.opened[0]?.options).toEqual({ withCredentials: true });
  });

  it.each([
    ["a session", "2025-03-26", "session-1"],
    ["its revision", "2025-11-25", ""],
  ] as const)("is fetched where it has to name %s", async (_, version, session) => {
    const { client, seen } = await meet(version, session);
    client.on("log", () => {});
    await client.callTool("echo");
    expect(seen.map(({ method }) => method)).toContain("GET");
    expect(Source.opened).toEqual([]);
  });

  it("is refused with a report where the caller has headers for it", async () => {
    const { client, errors, seen } = await meet("2025-03-26", "", { headers: { "x-tenant": "acme" } });
    client.on("log", () => {});
    await client.callTool("echo");
    expect(errors).toMatchObject([{ code: "capability_missing" }]);
    expect(String(errors[0])).toContain("x-tenant");
    expect(Source.opened).toEqual([]);
    expect(seen.map(({ method }) => method)).not.toContain("GET");
  });
});

describe("with EventSource, HTTP+SSE", () => {
  it("is refused where the caller has a token", async () => {
    Source.opened.length = 0;
    const seen = mcp("2025-11-25");
    const options = { transport: "http-sse", EventSource: Source, auth: "s3cret" } as const;
    const error = await connect(URL_, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "capability_missing" });
    expect(String(error)).toContain("authorization");
    expect(String(error)).not.toContain("s3cret");
    expect([seen, Source.opened]).toEqual([[], []]);
  });
});

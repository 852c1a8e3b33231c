import { connect } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { revisions, startGated } from "../servers/gated.ts";
import { meet, own, sessionRevisions } from "./support.ts";

describe.each(revisions)("over %s, each request carries", (revision) => {
  it("the bearer token", async () => {
    const { server, client } = await meet(revision, { auth: "river-token" });
    await client.listTools();
    await client.callTool("echo", { message: "Hello" });
    const sent = server.requests.map(({ headers }) => headers.authorization);
    expect(sent.length).toBeGreaterThan(2);
    expect(new Set(sent)).toEqual(new Set(["Bearer river-token"]));
  });

  it("headers made anew for it", async () => {
    let made = 0;
    const { server, client } = await meet(revision, {
      headers: async () => ({ "X-Made": String(++made), "X-Kept": "kept" }),
    });
    await client.callTool("echo", { message: "one" });
    const afterOne = server.requests.length;
    await client.callTool("echo", { message: "two" });
    const numbers = server.requests.map(({ headers }) => Number(headers["x-made"]));
    expect(new Set(numbers).size).toBe(server.requests.length);
    expect(server.requests.every(({ headers }) => headers["x-kept"] === "kept")).toBe(true);
    // Evaluated when the request is made, not ahead of it.
    expect(numbers[afterOne]).toBeGreaterThan(Math.max(...numbers.slice(0, afterOne)));
  });

  it("what a provider of credentials lends, which wins over plain headers", async () => {
    const asked: string[] = [];
    const { server, client } = await meet(revision, {
      headers: { Authorization: "Bearer plain", "X-Kept": "kept" },
      auth: {
        headers: ({ url, method }) => {
          asked.push(method);
          return { authorization: `Bearer for ${new URL(url).pathname.length > 0}` };
        },
      },
    });
    await client.callTool("echo", { message: "Hello" });
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(["Bearer for true"]),
    );
    expect(asked.length).toBeGreaterThanOrEqual(server.requests.length);
    expect(new Set(asked)).toEqual(new Set(server.requests.map(({ http }) => http)));
  });

  it("the protocol's own headers, whatever the caller's say", async () => {
    const { server, client } = await meet(revision, {
      headers: {
        Accept: "text/plain",
        "Content-Type": "text/plain",
        "Mcp-Name": "mine",
        "Mcp-Method": "mine",
      },
    });
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    const { headers } = server.requests.find(({ method }) => method === "tools/call") ?? {};
    expect(headers).toMatchObject({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    });
    if (revision >= "2025-06-18") expect(headers?.["mcp-protocol-version"]).toBe(revision);
    if (revision === "2026-07-28") {
      expect(headers).toMatchObject({ "mcp-method": "tools/call", "mcp-name": "echo" });
    }
  });
});

describe.each(revisions)("over %s, headers of the caller", (revision) => {
  it("do not pass for the protocol's own where it sends none", async () => {
    const { server, client } = await meet(revision, {
      headers: {
        "Mcp-Session-Id": "mine",
        "Mcp-Protocol-Version": "1999-01-01",
        "Last-Event-ID": "mine",
      },
    });
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    for (const { headers } of server.requests) {
      expect(headers["mcp-session-id"]).not.toBe("mine");
      expect(headers["mcp-protocol-version"]).not.toBe("1999-01-01");
      expect(headers["last-event-id"]).toBeUndefined();
    }
  });
});

describe("a server that wants credentials", () => {
  it("is reached once the provider has others, by sending each request once more", async () => {
    const server = own(await startGated("2026-07-28"));
    let token = "stale";
    let challenges = 0;
    await using client = await connect(server.url, {
      auth: {
        headers: () => ({ authorization: `Bearer ${token}` }),
        challenged: async ({ status, header }) => {
          expect({ status, header }).toEqual({ status: 401, header: 'Bearer realm="rivers"' });
          challenges++;
          token = "fresh";
          return true;
        },
      },
      fetch: async (url, init) =>
        new Headers(init.headers).get("authorization") === "Bearer fresh"
          ? fetch(url, init)
          : new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer realm="rivers"' } }),
    });
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    expect(challenges).toBe(1);
  });

  it("refuses a call with unauthorized, and the next call is tried all the same", async () => {
    let expired = false;
    const { client } = await meet("2025-11-25", {
      auth: "river-token",
      fetch: async (url, init) => (expired ? new Response("expired", { status: 401 }) : fetch(url, init)),
    });
    expired = true;
    const refused = client.callTool("echo", { message: "Hello" });
    await expect(refused).rejects.toMatchObject({ code: "unauthorized", status: 401 });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining("river-token") });
    expired = false;
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
  });
});

describe.each(sessionRevisions)("over %s, the session id", (revision) => {
  // requires: http/session-id-on-every-request, http/session-id-kept-safe
  it("goes with every request after the handshake, and into no error", async () => {
    const { server, client } = await meet(revision);
    await client.callTool("echo", { message: "Hello" });
    const ids = server.requests.map(({ method, headers }) => [method, headers["mcp-session-id"]] as const);
    const before = ids.filter(([method]) => method === "server/discover" || method === "initialize");
    const after = ids.filter(([method]) => method !== "server/discover" && method !== "initialize");
    expect(before.map(([, id]) => id)).toEqual([undefined, undefined]);
    expect(new Set(after.map(([, id]) => id)).size).toBe(1);
    const [, id] = after[0] ?? [];
    expect(id).toEqual(expect.any(String));

    const call = client.callTool("gated");
    (await server.nextCall()).fail(-32000, "refused");
    const error = await call.catch((reason: unknown) => reason);
    expect(String(error) + JSON.stringify(error)).not.toContain(id);
  });
});

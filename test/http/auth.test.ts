import { type AuthProvider, connect } from "mcp-rivulet";
import { HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { mcp, own, reply, type Seen, serve, text, URL_, versions } from "./support.ts";

const CHALLENGE = 'Bearer resource_metadata="https://mcp.example.com/.well-known/x"';

/** Lets nobody in without the token `good`. */
function guarded(status = 401): Seen[] {
  const all: Seen[] = [];
  const inner = mcp("2026-07-28", (seen) => reply(seen, text("in")));
  serve((seen) => {
    all.push(seen);
    if (seen.headers.authorization !== "Bearer good") {
      return new HttpResponse("secret page", { status, headers: { "www-authenticate": CHALLENGE } });
    }
    inner.push(seen);
    return seen.message.method === "server/discover"
      ? reply(seen, { supportedVersions: ["2026-07-28"], capabilities: {} })
      : reply(seen, text("in"));
  });
  return all;
}

/** Has the token `old` until it is challenged. */
function provider(changes = true): AuthProvider & { challenged: ReturnType<typeof vi.fn> } {
  let token = "old";
  return {
    headers: () => ({ authorization: `Bearer ${token}` }),
    challenged: vi.fn(async () => {
      token = "good";
      return changes;
    }),
  };
}

describe("auth", () => {
  // requires: auth/header, auth/on-every-request, auth/resource-requests, auth/resource-requests-2.1
  it.each(versions)("as text is a bearer token on every request of %s", async (version) => {
    const seen = mcp(version, (asked) => (asked.method === "POST" ? reply(asked, text("x")) : undefined));
    const client = own(await connect(URL_, { protocolVersion: version, auth: "t0ken" }));
    await client.callTool("a");
    await client.close();
    for (const { headers } of seen) expect(headers.authorization).toBe("Bearer t0ken");
  });

  it("wins over an Authorization header of the caller", async () => {
    const seen = mcp("2026-07-28");
    own(await connect(URL_, { auth: "mine", headers: { Authorization: "Basic other" } }));
    expect(seen[0]?.headers.authorization).toBe("Bearer mine");
  });

  it("as a provider is asked for each request, and cannot replace the protocol's headers", async () => {
    const seen = mcp("2026-07-28", (asked) => reply(asked, text("x")));
    const headers = vi.fn(() => ({
      authorization: "DPoP x",
      dpop: "proof",
      "mcp-method": "evil",
      accept: "evil",
    }));
    const client = own(await connect(URL_, { auth: { headers } }));
    await client.callTool("a");
    expect(headers.mock.calls).toEqual([[{ url: URL_, method: "POST" }], [{ url: URL_, method: "POST" }]]);
    expect(seen[1]?.headers).toMatchObject({
      authorization: "DPoP x",
      dpop: "proof",
      "mcp-method": "tools/call",
    });
    expect(JSON.stringify(seen.map(({ headers }) => headers))).not.toContain("evil");
  });

  it.each([401, 403])("is told of a %i, and the request goes again with what it has then", async (status) => {
    const seen = guarded(status);
    const auth = provider();
    const client = own(await connect(URL_, { auth }));
    expect(auth.challenged.mock.calls).toMatchObject([
      [{ url: URL_, status, header: CHALLENGE, sent: "Bearer old", attempt: 0 }],
    ]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer good"]);
    expect(seen[1]?.body).toBe(seen[0]?.body);
    expect((await client.callTool("a")).text).toBe("in");
  });

  it("that has nothing new is not asked again", async () => {
    const seen = guarded();
    const auth = provider(false);
    await expect(connect(URL_, { auth })).rejects.toMatchObject({ code: "unauthorized" });
    expect(seen).toHaveLength(1);
  });

  it("that is refused again and again is at its end after three other credentials", async () => {
    const auth: AuthProvider = {
      headers: () => ({ authorization: "Bearer bad" }),
      challenged: vi.fn(async () => true),
    };
    const seen = guarded();
    await expect(connect(URL_, { auth })).rejects.toMatchObject({ code: "unauthorized" });
    expect(seen).toHaveLength(4);
    expect(auth.challenged).toHaveBeenCalledTimes(3);
  });

  it("that fails fails the request with its own reason", async () => {
    guarded();
    const reason = new Error("popup blocked");
    const auth: AuthProvider = { headers: () => ({}), challenged: () => Promise.reject(reason) };
    await expect(connect(URL_, { auth })).rejects.toBe(reason);
  });

  it.each([
    [401, "unauthorized"],
    [403, "forbidden"],
  ])("without a provider a %i is %s, with the challenge and no page", async (status, code) => {
    guarded(status);
    const failure = await connect(URL_, { auth: "s3cret-token" }).catch((error: Error) => error);
    expect(failure).toMatchObject({ code, status, data: { challenge: CHALLENGE }, url: URL_ });
    expect(String(failure)).not.toMatch(/secret|s3cret/);
  });
});

import { connect, type Fetch } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { revisions, startGated } from "../servers/gated.ts";
import { startSdkV1 } from "../servers/sdk-v1.ts";
import { count, deferred, meet, own, sessionRevisions } from "./support.ts";

describe.each(sessionRevisions)("over %s, after the server forgot its sessions", (revision) => {
  // requires: http/session-renewed
  it("a call opens a new one and succeeds", async () => {
    const { server, client } = await meet(revision);
    const statuses: string[] = [];
    client.on("status", (status) => statuses.push(status));
    await server.forgetSessions();
    expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
    expect(count(server.requests, "initialize")).toBe(2);
    expect(count(server.requests, "server/discover")).toBe(1);
    expect(count(server.requests, "tools/call")).toBe(2);
    expect(statuses).toEqual(["reconnecting", "ready"]);
  });

  it("20 calls side by side open one new session between them", async () => {
    const { server, client } = await meet(revision);
    await server.forgetSessions();
    const calls = Array.from({ length: 20 }, (_, n) => client.callTool("echo", { message: `${n}` }));
    const texts = (await Promise.all(calls)).map(({ text }) => text);
    expect(texts).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
    expect(count(server.requests, "initialize")).toBe(2);
  });

  it("again and again, each time costs one handshake", async () => {
    const { server, client } = await meet(revision);
    for (let time = 1; time <= 3; time++) {
      await server.forgetSessions();
      expect((await client.listTools()).length).toBe(3);
      expect(count(server.requests, "initialize")).toBe(1 + time);
    }
  });

  it("the new session is the one that is used, and ended", async () => {
    const deleted = deferred<string | undefined>();
    const { server, client } = await meet(revision, { fetch: watchDelete(deleted.resolve) });
    await server.forgetSessions();
    await client.callTool("echo", { message: "Hello" });
    const old = server.requests.find(({ headers }) => headers["mcp-session-id"])?.headers["mcp-session-id"];
    const now = server.requests.at(-1)?.headers["mcp-session-id"];
    expect(now).toEqual(expect.any(String));
    expect(now).not.toBe(old);
    await client.close();
    expect(await deleted.promise).toBe(now);
  });
});

it("over 2024-11-05, a call refused with 404 because its session is gone goes again in a new one", async () => {
  const { server, client } = await meet("2024-11-05");
  const before = count(server.requests, "initialize");
  await server.forgetSessions();
  expect((await client.callTool("echo", { message: "Hello" })).text).toBe("Hello");
  expect(count(server.requests, "initialize")).toBe(before + 1);
  expect(count(server.requests, "tools/call")).toBe(2);
});

it("an sdk 1.x server that forgot its sessions is met again too", async () => {
  const server = own(await startSdkV1({ sessions: true }));
  await using client = await connect(server.url);
  await server.forgetSessions();
  const calls = Array.from({ length: 20 }, () => client.callTool("echo", { message: "Hello" }));
  for (const { text } of await Promise.all(calls)) expect(text).toBe("Hello");
  expect(count(server.requests, "initialize")).toBe(2);
});

describe.each(revisions)("over %s, close()", (revision) => {
  it("rejects what is pending, and every loop, with closed, and lets go of the connections", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const awaited = client.callTool("gated");
    const loop = (async () => {
      for await (const _ of call);
    })();
    const gated = [await server.nextCall(), await server.nextCall()];
    const outcomes = Promise.allSettled([loop, call, awaited]);
    await client.close();
    expect(client.status).toBe("closed");
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
    }
    for (const { disconnected } of gated) await disconnected;
  });

  it("rejects everything asked for afterwards with closed, and sends nothing", async () => {
    const { server, client } = await meet(revision);
    await client.close();
    const before = server.requests.filter(({ http }) => http === "POST").length;
    await expect(client.callTool("echo", { message: "Hello" })).rejects.toMatchObject({ code: "closed" });
    await expect(client.listTools()).rejects.toMatchObject({ code: "closed" });
    await expect(client.ping()).rejects.toMatchObject({ code: "closed" });
    await expect(client.notify("notifications/example")).rejects.toMatchObject({ code: "closed" });
    await expect(client.connect()).rejects.toMatchObject({ code: "closed" });
    expect(server.requests.filter(({ http }) => http === "POST").length).toBe(before);
  });

  it("is what the end of an await using block does", async () => {
    const server = own(await startGated(revision));
    let outer: { readonly status: string } | undefined;
    {
      await using client = await connect(server.url);
      outer = client;
      expect(outer.status).toBe("ready");
    }
    expect(outer.status).toBe("closed");
  });
});

describe("DELETE", () => {
  it.each(sessionRevisions)(
    "ends a session of %s once, however often the client is closed",
    async (revision) => {
      const deleted = deferred<string | undefined>();
      const { server, client } = await meet(revision, { fetch: watchDelete(deleted.resolve) });
      await Promise.all([client.close(), client.close()]);
      await client.close();
      expect(await deleted.promise).toBe(server.requests.at(-1)?.headers["mcp-session-id"]);
      expect(count(server.requests, "DELETE")).toBe(1);
    },
  );

  it("is not sent where there is no session", async () => {
    const methods: unknown[] = [];
    const watching: Fetch = (url, init) => {
      methods.push(init.method);
      return fetch(url, init);
    };
    for (const server of [
      own(await startGated("2026-07-28")),
      own(await startGated("2024-11-05")),
      own(await startSdkV1({ sessions: false })),
    ]) {
      const client = await connect(server.url, { fetch: watching });
      await client.callTool("echo", { message: "Hello" });
      await client.close();
    }
    expect(methods).not.toContain("DELETE");
  });
});

/** A `fetch` that tells, once a DELETE is answered, which session it was for. */
function watchDelete(tell: (session: string | undefined) => void): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (init.method === "DELETE") tell(new Headers(init.headers).get("mcp-session-id") ?? undefined);
    return response;
  };
}

import { type ChangeEvent, connect, type JsonObject, listen } from "mcp-rivulet";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { event, mcp, own, refuse, reply, type Seen, serve, serverInfo, sse, URL_ } from "./support.ts";

const said = (method: string, params?: JsonObject) => event({ jsonrpc: "2.0", method, params });
const acknowledged = (filter: JsonObject) =>
  said("notifications/subscriptions/acknowledged", { notifications: filter });
const ended = ({ message }: Seen) =>
  event({ jsonrpc: "2.0", id: message.id, result: { resultType: "complete" } });
const toolsChanged = said("notifications/tools/list_changed");

async function all(changes: AsyncIterable<ChangeEvent>): Promise<ChangeEvent[]> {
  const heard: ChangeEvent[] = [];
  for await (const change of changes) heard.push(change);
  return heard;
}

describe("a subscription of 2026-07-28", () => {
  // requires: subscriptions/filter-checked
  it("asks for the filter, and ends with the server's answer", async () => {
    const seen = mcp("2026-07-28", (each) =>
      sse(acknowledged({ toolsListChanged: true }), toolsChanged, ended(each)),
    );
    const client = own(await connect(URL_));
    const filter = { toolsListChanged: true, resourceSubscriptions: ["file:///a"] };
    const changes = listen(client, filter);
    expect(await all(changes)).toEqual([{ type: "toolsChanged" }]);
    expect(await changes.ready).toEqual({ toolsListChanged: true });
    expect(seen.at(-1)?.message.params?.notifications).toEqual(filter);
  });

  it("is asked for again after a drop, and says that changes may have been missed", async () => {
    let times = 0;
    mcp("2026-07-28", (each) => {
      const first = times++ === 0;
      return first
        ? sse(acknowledged({}), toolsChanged)
        : sse(acknowledged({}), said("notifications/resources/updated", { uri: "file:///a" }), ended(each));
    });
    const client = own(await connect(URL_));
    const filter = { toolsListChanged: true, resourceSubscriptions: ["file:///a"] };
    expect(await all(listen(client, filter, { reconnect: { delay: 1 } }))).toEqual([
      { type: "toolsChanged" },
      { type: "resync" },
      { type: "resourceUpdated", uri: "file:///a" },
    ]);
    expect(times).toBe(2);
  });

  it("is agreed to after a drop before the server had said so", async () => {
    let times = 0;
    mcp("2026-07-28", (each) =>
      times++ === 0 ? sse() : sse(acknowledged({ toolsListChanged: true }), toolsChanged, ended(each)),
    );
    const client = own(await connect(URL_));
    const changes = listen(client, { toolsListChanged: true }, { reconnect: { delay: 1 } });
    expect(await changes.ready).toEqual({ toolsListChanged: true });
    expect(await all(changes)).toEqual([{ type: "toolsChanged" }]);
  });

  it("that nobody reads holds a thousand changes, then says that there are more", async () => {
    mcp("2026-07-28", (each) => sse(acknowledged({}), ...Array(1_100).fill(toolsChanged), ended(each)));
    const client = own(await connect(URL_));
    const changes = listen(client, { toolsListChanged: true });
    await new Promise<void>((done) => {
      client.on("message", ({ message }) => "result" in message && done());
    });
    // The end is heard within the same turn.
    await new Promise((done) => setImmediate(done));
    const heard = await all(changes);
    expect(heard[0]).toEqual({ type: "resync" });
    expect(heard.length).toBeLessThan(1_000);
  });

  it.each([
    [
      "says nothing",
      () => new Response(new ReadableStream({}), { headers: { "content-type": "text/event-stream" } }),
    ],
    ["does not even answer", () => new Promise<never>(() => {})],
  ])("that the server %s to is given up after the client's timeout", async (_, silent) => {
    mcp("2026-07-28", silent);
    const client = own(await connect(URL_, { timeout: 50 }));
    const changes = listen(client, { toolsListChanged: true });
    await expect(changes.ready).rejects.toMatchObject({ code: "timeout" });
    await expect(all(changes)).rejects.toMatchObject({ code: "timeout" });
  });

  it("may be silent for longer than the timeout once the server has agreed to it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    try {
      let change = () => {};
      mcp("2026-07-28", (each) => {
        const write = (text: string) => new TextEncoder().encode(text);
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(write(acknowledged({ toolsListChanged: true })));
            change = () => controller.enqueue(write(toolsChanged + ended(each)));
          },
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      });
      const client = own(await connect(URL_, { timeout: 50 }));
      const changes = listen(client, { toolsListChanged: true });
      await changes.ready;
      await vi.advanceTimersByTimeAsync(10_000);
      change();
      expect(await all(changes)).toEqual([{ type: "toolsChanged" }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is given up after as many drops in a row as the policy allows", async () => {
    let times = 0;
    mcp("2026-07-28", () => {
      times++;
      return sse();
    });
    const client = own(await connect(URL_));
    const changes = listen(client, { toolsListChanged: true }, { reconnect: { delay: 1, attempts: 3 } });
    await expect(all(changes)).rejects.toMatchObject({ code: "connection_lost" });
    await expect(changes.ready).rejects.toMatchObject({ code: "connection_lost" });
    expect(times).toBe(4);
  });

  it("that the server refuses fails with what it said", async () => {
    mcp("2026-07-28", (each) => refuse(each, 404, -32601));
    const client = own(await connect(URL_));
    await expect(all(listen(client, { toolsListChanged: true }))).rejects.toMatchObject({ rpcCode: -32601 });
  });
});

describe("before that, a subscription to resources", () => {
  /** A server of 2025-11-25, and what it is asked after the handshake. */
  async function meet(resources: JsonObject) {
    const asked: unknown[] = [];
    serve((each) => {
      const { id, method, params } = each.message;
      if (each.method !== "POST") return new Response(null, { status: 405 });
      if (method === "server/discover") return refuse(each, 400, -32000);
      if (method === "initialize") {
        return reply(each, { protocolVersion: "2025-11-25", capabilities: { resources }, serverInfo });
      }
      if (id === undefined) return new Response(null, { status: 202 });
      if (method === "touch") {
        const updated = said("notifications/resources/updated", { uri: params?.uri });
        return sse(updated, event({ jsonrpc: "2.0", id, result: {} }));
      }
      asked.push([method, params?.uri]);
      return reply(each, {});
    });
    return { asked, client: own(await connect(URL_)) };
  }
  const filter = { resourceSubscriptions: ["file:///a", "file:///b"] };

  it("is a request for each, and one to give it back", async () => {
    const { asked, client } = await meet({ subscribe: true });
    const changes = listen(client, filter);
    expect(await changes.ready).toMatchObject(filter);
    changes.close();
    expect(await all(changes)).toEqual([]);
    await vi.waitFor(() =>
      expect(asked).toEqual([
        ["resources/subscribe", "file:///a"],
        ["resources/subscribe", "file:///b"],
        ["resources/unsubscribe", "file:///a"],
        ["resources/unsubscribe", "file:///b"],
      ]),
    );
  });

  // requires: lifecycle/negotiated-capabilities, lifecycle/must-use-negotiated-capabilities
  it("is left out where the server did not declare it", async () => {
    const { asked, client } = await meet({});
    expect(await listen(client, filter).ready).toMatchObject({ resourceSubscriptions: [] });
    expect(asked).toEqual([]);
  });

  it("is not given back while another still wants the same resource", async () => {
    const { asked, client } = await meet({ subscribe: true });
    const both = listen(client, filter);
    const one = listen(client, { resourceSubscriptions: ["file:///a"] });
    await Promise.all([both.ready, one.ready]);
    both.close();
    expect(await all(both)).toEqual([]);
    await client.request("touch", { uri: "file:///a" });
    expect(asked.slice(3)).toEqual([["resources/unsubscribe", "file:///b"]]);
    one.close();
    expect(await all(one)).toEqual([{ type: "resourceUpdated", uri: "file:///a" }]);
    await vi.waitFor(() => expect(asked.slice(4)).toEqual([["resources/unsubscribe", "file:///a"]]));
  });

  it("says nothing to one who asked for no resource", async () => {
    const { client } = await meet({ subscribe: true });
    const lists = listen(client, { resourcesListChanged: true });
    const resources = listen(client, filter);
    await Promise.all([lists.ready, resources.ready]);
    await client.request("touch", { uri: "file:///a" });
    lists.close();
    resources.close();
    expect(await all(resources)).toEqual([{ type: "resourceUpdated", uri: "file:///a" }]);
    expect(await all(lists)).toEqual([]);
  });
});

describe("a subscription of 2026-07-28 in a page that nobody sees", () => {
  const page = new EventTarget();
  const document = { visibilityState: "visible" };
  const show = (visibilityState: string) => {
    Object.assign(document, { visibilityState });
    page.dispatchEvent(new Event("visibilitychange"));
  };
  beforeEach(() => {
    vi.stubGlobal("document", document);
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    document.visibilityState = "visible";
  });

  const agreed = { toolsListChanged: true };
  /** A server that agrees, and says no more until the client leaves; which it tells. */
  async function meet() {
    const left: Promise<unknown>[] = [];
    mcp("2026-07-28", ({ request }) => {
      left.push(new Promise((resolve) => request.signal.addEventListener("abort", resolve)));
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(acknowledged(agreed))),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    return { client: own(await connect(URL_, { protocolVersion: "2026-07-28" })), left };
  }

  it("gives its connection back, and on being seen asks again, which is a resync", async () => {
    const { client, left } = await meet();
    const changes = listen(client, { toolsListChanged: true });
    await changes.ready;
    show("hidden");
    await left[0];
    expect(left).toHaveLength(1);
    show("visible");
    expect((await changes[Symbol.asyncIterator]().next()).value).toEqual({ type: "resync" });
    expect(left).toHaveLength(2);
  });

  it("ends when it is closed meanwhile", async () => {
    const { client, left } = await meet();
    const changes = listen(client, { toolsListChanged: true });
    await changes.ready;
    show("hidden");
    await left[0];
    changes.close();
    expect((await changes[Symbol.asyncIterator]().next()).done).toBe(true);
    show("visible");
    await client.ping();
    expect(left).toHaveLength(1);
  });

  it("begins all the same, to hear what the server agrees to", async () => {
    document.visibilityState = "hidden";
    const { client, left } = await meet();
    const changes = listen(client, { toolsListChanged: true });
    expect(await changes.ready).toEqual(agreed);
    await left[0];
    show("visible");
    expect((await changes[Symbol.asyncIterator]().next()).value).toEqual({ type: "resync" });
  });
});

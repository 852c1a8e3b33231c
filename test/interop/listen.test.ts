import { connect, listen } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { revisions, startGated } from "../servers/gated.ts";
import { own } from "./support.ts";

describe.each(revisions)("over %s, listen", (revision) => {
  async function meet() {
    const server = own(await startGated(revision));
    const client = own(await connect(server.url));
    return { server, client };
  }

  // requires: subscriptions/filter-checked
  it("tells of a change once the server has agreed to", async () => {
    const { server, client } = await meet();
    const changes = listen(client, { toolsListChanged: true });
    expect((await changes.ready).toolsListChanged).toBe(true);
    await server.toolsChanged();
    for await (const change of changes) {
      expect(change).toEqual({ type: "toolsChanged" });
      break;
    }
  });

  it("says nothing of what was not asked for", async () => {
    const { server, client } = await meet();
    const changes = listen(client, { promptsListChanged: true });
    await changes.ready;
    await server.toolsChanged();
    await client.callTool("echo", { message: "the server has said all there was to say" });
    changes.close();
    const heard: unknown[] = [];
    for await (const change of changes) heard.push(change);
    expect(heard).toEqual([]);
  });

  it("throws the reason of its signal", async () => {
    const { client } = await meet();
    const stop = new AbortController();
    const reason = new Error("enough");
    const changes = listen(client, { toolsListChanged: true }, { signal: stop.signal });
    await changes.ready;
    stop.abort(reason);
    await expect(changes[Symbol.asyncIterator]().next()).rejects.toBe(reason);
  });

  it("ends with the client", async () => {
    const { client } = await meet();
    const changes = listen(client, { toolsListChanged: true });
    await changes.ready;
    await client.close();
    await expect(changes[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "closed" });
  });
});

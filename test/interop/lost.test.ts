import { describe, expect, it } from "vitest";
import { type GatedCall, revisions } from "../servers/gated.ts";
import { all, meet, received, streamableRevisions } from "./support.ts";

/** With no timeout at all, what is not noticed at once is never noticed. */
const PATIENT = { timeout: Number.POSITIVE_INFINITY, maxTotalTimeout: Number.POSITIVE_INFINITY };

const ways: [title: string, lose: (gated: GatedCall) => void][] = [
  ["ends", (gated) => gated.endStream()],
  ["is reset", (gated) => gated.reset()],
];

describe.each(revisions)("over %s, when the stream of a call", (revision) => {
  it.each(ways)(
    "%s without an answer, the call and its loop fail with connection_lost",
    async (_title, lose) => {
      const { server, client } = await meet(revision, PATIENT);
      const call = client.callTool("gated");
      const seen: string[] = [];
      const loop = (async () => {
        for await (const event of call) seen.push(event.type);
      })();
      const gated = await server.nextCall();
      const arrived = received(client, ({ method }) => method === "notifications/progress");
      await gated.progress(1);
      await arrived;
      lose(gated);
      await expect(call).rejects.toMatchObject({ code: "connection_lost", retryable: false });
      await expect(loop).rejects.toMatchObject({ code: "connection_lost" });
      expect(seen).toEqual(["progress"]);
    },
  );

  it.each(ways)("%s, the next call finds the server again", async (_title, lose) => {
    const { server, client } = await meet(revision, PATIENT);
    const call = client.callTool("gated");
    const gated = await server.nextCall();
    const arrived = received(client, ({ method }) => method === "notifications/progress");
    await gated.progress(1);
    await arrived;
    lose(gated);
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });

    expect((await client.callTool("echo", { message: "again" })).text).toBe("again");
    expect(server.calls).toHaveLength(1);
  });

  it.each(ways)("%s, a call that allows it is sent once more", async (_title, lose) => {
    const { server, client } = await meet(revision, { ...PATIENT, reconnect: { delay: 1 } });
    const call = client.callTool("gated", {}, { retry: 1 });
    const first = await server.nextCall();
    const arrived = received(client, ({ method }) => method === "notifications/progress");
    await first.progress(1);
    await arrived;
    lose(first);
    const second = await server.nextCall();
    second.finish("at last");
    expect((await call).text).toBe("at last");
  });
});

describe.each(streamableRevisions)("over %s, a stream that is lost", (revision) => {
  it.each(ways)("(it %s) costs only its own call", async (_title, lose) => {
    const { server, client } = await meet(revision, PATIENT);
    const calls = [client.callTool("gated"), client.callTool("other")];
    const gated = [await server.nextCall(), await server.nextCall()];
    const [lostOne, kept] = gated[0]?.name === "gated" ? gated : gated.reverse();
    const arrived = received(client, ({ method }) => method === "notifications/progress");
    await lostOne?.progress(1);
    await arrived;
    if (lostOne) lose(lostOne);
    await expect(calls[0]).rejects.toMatchObject({ code: "connection_lost" });
    kept?.finish("kept");
    expect((await calls[1])?.text).toBe("kept");
  });
});

describe.each(["2025-03-26", "2025-06-18", "2025-11-25"] as const)(
  "over %s, a dropped stream",
  (revision) => {
    // requires: http/resumes
    it("is taken up again where it was cut, when the server can replay it", async () => {
      const { server, client } = await meet(revision, PATIENT, { eventStore: true });
      const call = client.callTool("gated");
      const events = all(call);
      const gated = await server.nextCall();
      const arrived = received(client, ({ method }) => method === "notifications/progress");
      await gated.progress(1);
      await arrived;
      gated.reset();
      await gated.disconnected;
      await gated.progress(2);
      gated.finish("whole");
      const seen = (await events).map((event) => (event.type === "progress" ? event.progress : event.type));
      expect(seen).toEqual([1, 2, "text", "result"]);
      expect(server.requests.some(({ headers }) => headers["last-event-id"] !== undefined)).toBe(true);
      expect(server.calls).toHaveLength(1);
    });
  },
);

import { afterEach, describe, expect, it, vi } from "vitest";
import { eras, meet, own, silence, streams, text, tick } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A client whose server has not answered yet. */
function waiting() {
  return meet("2025-11-25", {}, { "server/discover": () => {} });
}

describe("close", () => {
  const CLOSED = { code: "closed" };

  it("of an idle client is all there is to it, and final", async () => {
    const { client, sent } = meet("2025-11-25");
    await client.close();
    expect(client.status).toBe("closed");
    await expect(client.connect()).rejects.toMatchObject(CLOSED);
    await expect(client.callTool("a")).rejects.toMatchObject(CLOSED);
    await expect(client.listTools()).rejects.toMatchObject(CLOSED);
    await expect(client.ping()).rejects.toMatchObject(CLOSED);
    expect(sent).toEqual([]);
  });

  it("while connecting rejects who waits", async () => {
    const { client } = waiting();
    const all = [client.connect(), client.callTool("a").result];
    await tick();
    await client.close();
    for (const one of all) await expect(one).rejects.toMatchObject(CLOSED);
    await tick();
    expect(client.status).toBe("closed");
  });

  it.each(eras)("on %s rejects calls under way, and ends their loops", async (era) => {
    const { client, next } = meet(era);
    const call = client.callTool("a");
    const loop = (async () => {
      for await (const _ of call);
    })();
    const asked = await next();
    asked.progress(1);
    await tick();
    await client.close();
    await expect(call).rejects.toMatchObject(CLOSED);
    await expect(loop).rejects.toMatchObject(CLOSED);
    asked.reply(text("late"));
    await tick();
  });

  it("while looking for a lost server again stops that", async () => {
    const { client, drop } = meet("2025-11-25");
    await client.connect();
    await drop();
    await tick();
    expect(client.status).toBe("reconnecting");
    await client.close();
    expect(client.status).toBe("closed");
    await expect(client.callTool("a")).rejects.toMatchObject(CLOSED);
  });

  it("twice, or at the same time, is once", async () => {
    const closed = vi.fn(async () => {});
    const transport = { ...streams((_, options) => silence(options)), close: closed };
    const client = own({ transport });
    await client.connect();
    const seen: string[] = [];
    client.on("status", (status) => seen.push(status));
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(seen).toEqual(["closed"]);
  });

  it("leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { client, next } = meet("2025-11-25");
    const call = client.callTool("a");
    await next();
    await client.close();
    await expect(call).rejects.toMatchObject(CLOSED);
    const idle = waiting().client;
    const connecting = idle.connect();
    await idle.close();
    await expect(connecting).rejects.toMatchObject(CLOSED);
    const { client: used, next: asked } = meet("2025-11-25");
    const answered = used.callTool("a");
    (await asked()).reply(text("x"));
    await answered;
    await used.close();
    await tick();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("happens by itself at the end of a block", async () => {
    const { client: made } = meet("2026-07-28");
    {
      await using client = made;
      await client.connect();
      expect(client.status).toBe("ready");
    }
    expect(made.status).toBe("closed");
  });
});

describe("a shared channel that ends", () => {
  it("fails the calls on it, and is opened again for the next", async () => {
    const { client, next, drop } = meet("2025-11-25");
    const call = client.callTool("a");
    await next();
    await drop();
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    expect(client.status).toBe("reconnecting");
  });

  it("is not looked for with reconnect: false, which is no error of its own", async () => {
    const { client, drop } = meet("2025-11-25", { reconnect: false });
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    await client.connect();
    await drop();
    await tick();
    expect(client.status).toBe("idle");
    for (const error of errors) expect(error).toMatchObject({ code: "connection_lost" });
    await expect(client.connect()).rejects.toMatchObject({ code: expect.any(String) });
  });
});

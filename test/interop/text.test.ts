import { describe, expect, it } from "vitest";
import { revisions } from "../servers/gated.ts";
import { all, meet, strings } from "./support.ts";

describe.each(revisions)("the text of a call over %s", (revision) => {
  it("is its deltas, and of the final text only what they lack", async () => {
    const { server, client } = await meet(revision);
    const text = strings(client.callTool("gated").text());
    const gated = await server.nextCall();
    await gated.text("Once ");
    await gated.text("upon ");
    gated.finish("Once upon a time");
    expect(await text).toEqual(["Once ", "upon ", "a time"]);
  });

  it("is not said twice when the final text is all of the deltas", async () => {
    const { server, client } = await meet(revision);
    const text = strings(client.callTool("gated").text());
    const gated = await server.nextCall();
    await gated.text("Hel");
    await gated.text("lo");
    gated.finish("Hello");
    expect(await text).toEqual(["Hel", "lo"]);
  });

  it("is the final text, once, when nothing was streamed", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const events = all(call);
    const gated = await server.nextCall();
    await gated.progress(1, "not text");
    gated.finish("Hello");
    expect((await events).filter(({ type }) => type === "text")).toMatchObject([
      { delta: "Hello", source: "result" },
    ]);

    const text = strings(client.callTool("gated").text());
    (await server.nextCall()).finish("Hello again");
    expect(await text).toEqual(["Hello again"]);
  });

  it("fills a result that came empty, for who iterates and for who only awaits", async () => {
    const { server, client } = await meet(revision);
    const image = { type: "image" as const, data: "AAAA", mimeType: "image/png" };
    const iterated = client.callTool("gated");
    const text = strings(iterated.text());
    const awaited = client.callTool("other");
    const results = Promise.all([text, awaited]);
    for (const gated of [await server.nextCall(), await server.nextCall()]) {
      await gated.text("Hel");
      await gated.text("lo ");
      await gated.content([image, { type: "text", text: "world" }]);
      gated.finish({ content: [] });
    }
    const [parts, result] = await results;
    expect(parts).toEqual(["Hel", "lo ", "world"]);
    expect(result.text).toBe("Hello world");
    expect(result.content).toEqual([
      { type: "text", text: "Hello " },
      image,
      { type: "text", text: "world" },
    ]);
    expect(result.raw).toMatchObject({ content: [] });
    expect((await iterated).content).toEqual(result.content);
  });

  it("is nothing where there is none", async () => {
    const { server, client } = await meet(revision);
    const text = strings(client.callTool("gated").text());
    (await server.nextCall()).finish({ content: [] });
    expect(await text).toEqual([]);
  });

  it("takes in messages of progress when asked for them", async () => {
    const { server, client } = await meet(revision);
    const text = strings(client.callTool("gated").text({ from: "progress" }));
    const gated = await server.nextCall();
    await gated.progress(1, "Hel");
    await gated.progress(2);
    await gated.progress(3, "lo");
    gated.finish("Hello!");
    expect(await text).toEqual(["Hel", "lo", "!"]);
  });

  it("takes in what a function makes of events", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const text = strings(
      call.text({ from: (event) => (event.type === "progress" ? `${event.progress}…` : undefined) }),
    );
    const gated = await server.nextCall();
    await gated.progress(1);
    await gated.text("streamed");
    await gated.progress(2);
    gated.finish();
    expect(await text).toEqual(["1…", "streamed", "2…"]);
  });

  it("is a ReadableStream, which hands on each delta as it comes", async () => {
    const { server, client } = await meet(revision);
    const reader = client.callTool("gated").textStream().getReader();
    const gated = await server.nextCall();
    for (const delta of ["Hel", "lo"]) {
      await gated.text(delta);
      expect(await reader.read()).toEqual({ value: delta, done: false });
    }
    gated.finish("Hello!");
    expect(await reader.read()).toEqual({ value: "!", done: false });
    expect(await reader.read()).toEqual({ value: undefined, done: true });
  });

  it("ends with the error of the call, after what came before it", async () => {
    const { server, client } = await meet(revision);
    const call = client.callTool("gated");
    const text = call.text();
    const gated = await server.nextCall();
    await gated.text("Hel");
    expect(await text.next()).toEqual({ value: "Hel", done: false });
    gated.fail(-32050, "The river ran dry", { at: 3 });
    await expect(text.next()).rejects.toMatchObject({
      code: "rpc_error",
      rpcCode: -32050,
      data: { at: 3 },
      message: expect.stringContaining("The river ran dry"),
    });
    await expect(call).rejects.toMatchObject({ code: "rpc_error" });
  });
});

describe.each(revisions)("logs over %s", (revision) => {
  it("come once a level was asked for, from that level on", async () => {
    const { server, client } = await meet(revision);
    const heard: unknown[] = [];
    client.on("log", ({ data }) => heard.push(data));
    await client.setLogLevel("warning");
    const call = client.callTool("gated");
    const events = all(call);
    const gated = await server.nextCall();
    await gated.log("info", "too quiet");
    await gated.log("error", { msg: "loud" }, "tool");
    await gated.progress(1);
    gated.finish("done");
    await events;
    // An answer to a later request: what was sent before it is in.
    await client.callTool("echo", { message: "later" });
    expect(heard).toEqual([{ msg: "loud" }]);
  });
});

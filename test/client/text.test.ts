import { describe, expect, it } from "vitest";
import { type Asked, all, meet, text } from "./support.ts";

async function read(
  script: (asked: Asked) => void,
  options?: Parameters<ReturnType<typeof call>["text"]>[0],
) {
  const { client, next } = meet("2026-07-28");
  const pieces = all(client.callTool("chat").text(options));
  script(await next());
  return pieces;
}

function call() {
  return meet("2026-07-28").client.callTool("x");
}

describe("text gives", () => {
  it("the deltas, and then what the result has beyond them", async () => {
    const pieces = await read((asked) => {
      asked.delta("Hel");
      asked.delta("lo");
      asked.reply(text("Hello", " world"));
    });
    expect(pieces).toEqual(["Hel", "lo", " world"]);
  });

  it("nothing twice", async () => {
    const pieces = await read((asked) => {
      asked.delta("Hello");
      asked.reply(text("Hello"));
    });
    expect(pieces).toEqual(["Hello"]);
  });

  it("the result's text once when nothing was streamed", async () => {
    expect(await read((asked) => asked.reply(text("a", "b")))).toEqual(["ab"]);
  });

  it("no progress message that is no text", async () => {
    const pieces = await read(
      (asked) => {
        asked.progress(1, { state: "busy" } as never);
        asked.progress(2, "Hel");
        asked.reply(text("Hello"));
      },
      { from: "progress" },
    );
    expect(pieces).toEqual(["Hel", "lo"]);
  });

  it("what the result has beyond the deltas, whatever else was asked for in between", async () => {
    const script = (asked: Asked) => {
      asked.progress(1, "Searching…");
      asked.delta("Hel");
      asked.progress(2, "Writing…");
      asked.reply(text("Hello"));
    };
    expect(await read(script, { from: "progress" })).toEqual(["Searching…", "Hel", "Writing…", "lo"]);
  });

  it("up the call when the function that picks it throws", async () => {
    const { client, next } = meet("2026-07-28");
    const call = client.callTool("chat");
    const from = () => {
      throw new Error("mine");
    };
    const pieces = all(call.text({ from }));
    const asked = await next();
    asked.progress(1);
    await expect(pieces).rejects.toThrow("mine");
    await expect(call.result).rejects.toMatchObject({ name: "AbortError" });
  });

  it("no empty pieces", async () => {
    const pieces = await read((asked) => {
      asked.delta("");
      asked.delta("a");
      asked.reply(text(""));
    });
    expect(pieces).toEqual(["a"]);
  });

  it("neither progress nor logs unless it is asked to", async () => {
    const script = (asked: Asked) => {
      asked.progress(1, "Searching…");
      asked.told("notifications/message", { level: "info", data: "log", requestId: asked.id });
      asked.reply(text("Found"));
    };
    expect(await read(script)).toEqual(["Found"]);
    expect(await read(script, { from: "progress" })).toEqual(["Searching…", "Found"]);
    expect(await read(script, { from: "log" })).toEqual(["log", "Found"]);
  });

  it("the message of a log entry in either shape, and of nothing else", async () => {
    const pieces = await read(
      (asked) => {
        for (const data of [
          "plain",
          { msg: "wrapped", extra: null },
          { other: 1 },
          7,
          null,
          ["a"],
          { msg: 7 },
        ]) {
          asked.told("notifications/message", { level: "info", data, requestId: asked.id });
        }
        asked.reply({ content: [] });
      },
      { from: "log" },
    );
    expect(pieces).toEqual(["plain", "wrapped"]);
  });

  it("what a function makes of any event", async () => {
    const pieces = await read(
      (asked) => {
        asked.progress(1);
        asked.told("notifications/custom", { requestId: asked.id, chunk: "x" });
        asked.delta("y");
        asked.reply(text("y"));
      },
      { from: (event) => (event.type === "notification" ? String(event.params.chunk) : undefined) },
    );
    expect(pieces).toEqual(["x", "y"]);
  });

  it("the failure after the pieces there were", async () => {
    const { client, next } = meet("2025-11-25");
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of client.callTool("chat").text()) pieces.push(piece);
    })();
    const asked = await next();
    asked.delta("Hel");
    asked.refuse(-32000, "broke");
    await expect(reading).rejects.toMatchObject({ code: "rpc_error" });
    expect(pieces).toEqual(["Hel"]);
  });
});

describe("textStream", () => {
  it("is what a Response takes", async () => {
    const { client, next } = meet("2026-07-28");
    const body = new Response(
      client.callTool("chat").textStream().pipeThrough(new TextEncoderStream()),
    ).text();
    const asked = await next();
    asked.delta("Hel");
    asked.reply(text("Hello"));
    expect(await body).toBe("Hello");
  });

  it("takes the options of text", async () => {
    const { client, next } = meet("2026-07-28");
    const pieces = all(client.callTool("chat").textStream({ from: "progress" }));
    const asked = await next();
    asked.progress(1, "one");
    asked.reply({ content: [] });
    expect(await pieces).toEqual(["one"]);
  });

  it("fails with the call", async () => {
    const { client, next } = meet("2026-07-28");
    const reading = client.callTool("chat").textStream().getReader();
    const first = reading.read();
    (await next()).refuse(-1);
    await expect(first).rejects.toMatchObject({ code: "rpc_error" });
  });
});

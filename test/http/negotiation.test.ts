import { type ConnectOptions, connect, isMcpError, type JsonObject } from "mcp-rivulet";
import { HttpResponse } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  capabilities,
  mcp,
  ORIGIN,
  own,
  refuse,
  reply,
  type Seen,
  serve,
  serverInfo,
  text,
  URL_,
} from "./support.ts";

const asked = (seen: readonly Seen[]) =>
  seen.map(({ method, message }) => (method === "POST" ? message.method : method));

const modern = { supportedVersions: ["2026-07-28"], capabilities };
const events = { "content-type": "text/event-stream" };
function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}
/** A server whose `initialize` has this result, and whose stream says nothing. */
function endless(result: JsonObject) {
  const { promise: opened, resolve } = deferred();
  let gets = 0;
  const fetch: ConnectOptions["fetch"] = async (_url, init) => {
    const { method, id } = init?.body ? JSON.parse(String(init.body)) : {};
    if (init?.method === "GET") {
      gets++;
      resolve();
      return new Response(new ReadableStream(), { headers: events });
    }
    if (method !== "initialize") return new Response(null, { status: 400 });
    const whole = { protocolVersion: "2025-06-18", capabilities, serverInfo, ...result };
    return Response.json({ jsonrpc: "2.0", id, result: whole });
  };
  return { fetch, opened, gets: () => gets };
}
const nothing = () => new HttpResponse(null, { status: 405 });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("connecting", () => {
  it.each(["localhost:8000", "127.0.0.1:8000", "", "file:///mcp"])(
    "to %j says that it is not an http(s) URL",
    (url) =>
      expect(connect(url)).rejects.toMatchObject({
        code: "connect_failed",
        message: `[connect_failed] "${url}" is not an http(s) URL.`,
      }),
  );

  it.each([
    ["a header that it misses", -32020, {}],
    ["a capability that it wants", -32021, { requiredCapabilities: { elicitation: {} } }],
  ])(
    "to a modern server that refuses for %s goes to no other transport, and says why",
    async (_, code, data) => {
      const seen = serve((each) => refuse(each, 400, code, data));
      await expect(connect(URL_)).rejects.toMatchObject({
        code: "http_error",
        rpcCode: code,
        data,
        status: 400,
      });
      expect(asked(seen)).toEqual(["server/discover"]);
    },
  );

  it.each([-32022, -32602])(
    "with a pinned revision that initialize refuses with %i says which ones the server speaks",
    async (code) => {
      const supported = ["2026-07-28"];
      serve((each) => (each.method === "POST" ? refuse(each, 400, code, { supported }) : nothing()));
      await expect(connect(URL_, { protocolVersion: "2025-11-25" })).rejects.toMatchObject({
        code: "unsupported_version",
        data: { supported },
      });
    },
  );

  it.each<[string, string, ConnectOptions, JsonObject]>([
    ["unsupported_version", "not the pinned revision", { protocolVersion: "2025-11-25" }, {}],
    ["unsupported_version", "a revision of nobody", {}, { protocolVersion: "1999-01-01" }],
    ["http_error", "nothing of the pinned era", { protocolVersion: "2026-07-28" }, {}],
  ])(
    "is %s to a server of %s, without waiting for the endpoint that its stream does not name",
    async (code, name, options, result) => {
      const { fetch, gets } = endless(result);
      await expect(connect(`${ORIGIN}/${name}`, { fetch, ...options })).rejects.toMatchObject({ code });
      expect(gets()).toBe(0);
    },
  );

  it("is negotiation_failed to a server of no revision whose stream names no endpoint, rather than a timeout", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { fetch, opened } = endless({ protocolVersion: undefined });
    const connecting = connect(`${ORIGIN}/no-revision`, { fetch });
    const outcome = expect(connecting).rejects.toMatchObject({ code: "negotiation_failed" });
    await opened;
    await vi.advanceTimersByTimeAsync(10_000);
    await outcome;
  });

  it("with 2024-11-05 pinned finds that at /sse of an origin whose /mcp speaks other revisions", async () => {
    let say: (chunk: string) => void = () => {};
    const bytes = new TextEncoder();
    serve((each) => {
      const { pathname } = new URL(each.url);
      if (pathname === "/mcp" && each.method === "POST")
        return refuse(each, 400, -32022, { supported: ["2026-07-28"] });
      if (pathname === "/sse" && each.method === "GET") {
        const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
          say = (chunk) => controller.enqueue(bytes.encode(chunk));
          say("event: endpoint\ndata: /messages\n\n");
        };
        return new HttpResponse(new ReadableStream({ start }), { headers: events });
      }
      if (pathname !== "/messages")
        return new HttpResponse(null, { status: pathname === "/mcp" ? 405 : 404 });
      const result = { protocolVersion: "2024-11-05", capabilities, serverInfo };
      const { id } = each.message;
      if (id !== undefined) say(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
      return new HttpResponse(null, { status: 202 });
    });
    const client = own(await connect("https://both.example.com", { protocolVersion: "2024-11-05" }));
    expect(client.server).toMatchObject({ protocolVersion: "2024-11-05", transport: "http-sse" });
  });

  it("asks again for an older revision that initialize is refused for, and for ever older ones only", async () => {
    const offers = ["2025-06-18", "2025-11-25", "2025-06-18"];
    const seen = serve((each) => {
      if (each.method !== "POST") return nothing();
      if (each.message.method !== "initialize") return refuse(each, 400, -32000);
      return refuse(each, 200, -32602, { supported: [offers.shift()] });
    });
    await expect(connect(URL_)).rejects.toMatchObject({ code: "negotiation_failed" });
    expect(asked(seen)).toEqual(["server/discover", "initialize", "initialize", "GET"]);

    serve((each) => {
      const { message } = each;
      if (message.method === "server/discover") return refuse(each, 400, -32000);
      if (message.method !== "initialize") return new HttpResponse(null, { status: 202 });
      const { protocolVersion } = message.params ?? {};
      return protocolVersion === "2024-11-05"
        ? reply(each, { protocolVersion, capabilities, serverInfo })
        : refuse(each, 200, -32602, { supported: ["2024-11-05", "2024-10-07"] });
    });
    const client = own(await connect(URL_));
    expect(client.server?.protocolVersion).toBe("2024-11-05");
  });

  it("to an older server behind a gateway that forbids methods it does not know goes on to initialize", async () => {
    const behind = serve((each) => {
      if (each.message.method === "server/discover") return new HttpResponse(null, { status: 403 });
      if (each.message.id === undefined) return new HttpResponse(null, { status: 202 });
      return reply(each, { protocolVersion: "2025-11-25", capabilities, serverInfo });
    });
    const client = own(await connect(`${ORIGIN}/gate`));
    expect(client.server?.protocolVersion).toBe("2025-11-25");
    expect(asked(behind)).toEqual(["server/discover", "initialize", "notifications/initialized"]);
  });

  it("that is pinned to 2026-07-28 has all of its time for the one thing it can ask", async () => {
    serve(() => new Promise(() => {}));
    const connecting = connect(URL_, { protocolVersion: "2026-07-28", timeout: 150 });
    await expect(connecting).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("after 150 ms"),
    });
  });

  it("to a server that forbids everything says so after two requests", async () => {
    const seen = serve(() => new HttpResponse(null, { status: 403 }));
    await expect(connect(`${ORIGIN}/forbidden`)).rejects.toMatchObject({ code: "forbidden", status: 403 });
    expect(asked(seen)).toEqual(["server/discover", "initialize"]);
  });

  it("checks results where validate is given as undefined, as where it is not given", async () => {
    mcp("2026-07-28", (seen) => reply(seen, { content: "x" }));
    for (const options of [{}, { validate: undefined }]) {
      const client = own(await connect(URL_, options));
      await expect(client.callTool("a")).rejects.toMatchObject({ code: "invalid_message" });
    }
  });

  it.each([301, 302, 303])(
    "to what answers %i says so, and where to, rather than that nothing worked",
    async (status) => {
      serve(({ method }) =>
        method === "POST"
          ? new HttpResponse(null, { status, headers: { location: "/elsewhere" } })
          : nothing(),
      );
      const error = await connect(URL_).catch((reason: Error) => reason);
      expect(isMcpError(error, "redirect_refused")).toBe(true);
      expect(error).toMatchObject({ status, url: URL_, message: expect.stringContaining("/elsewhere") });
    },
  );

  it("to an origin whose front page redirects says what became of every way", async () => {
    serve(({ url, method }) =>
      method === "POST" && new URL(url).pathname === "/"
        ? new HttpResponse(null, { status: 302, headers: { location: "/docs" } })
        : nothing(),
    );
    await expect(connect(new URL(URL_).origin)).rejects.toMatchObject({ code: "negotiation_failed" });
  });

  it("in a page refuses a redirect by the URL that was asked for, not the one with a slash that was tried", async () => {
    const opaque = Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
    const error = await connect(URL_, { fetch: async () => opaque }).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: "redirect_refused", url: URL_ });
  });
});

describe("a server that is another one behind the same URL", () => {
  it("speaks an older revision: the call that hears so goes again as that wants it", async () => {
    let old = false;
    const seen = serve((each) => {
      const { message } = each;
      if (!old) return message.method === "server/discover" ? reply(each, modern) : reply(each, text("new"));
      if (
        message.params?._meta &&
        "io.modelcontextprotocol/protocolVersion" in (message.params._meta as object)
      )
        return refuse(each, 400, -32022, { supported: ["2025-11-25"] });
      if (message.method === "initialize")
        return reply(each, { protocolVersion: "2025-11-25", capabilities, serverInfo });
      return message.id === undefined ? new HttpResponse(null, { status: 202 }) : reply(each, text("old"));
    });
    const client = own(await connect(URL_));
    old = true;
    expect((await client.callTool("a")).text).toBe("old");
    expect(client.server?.protocolVersion).toBe("2025-11-25");
    expect(asked(seen).filter((each) => each === "tools/call")).toHaveLength(2);
  });

  it("wants a session, which the stateless revision has none of: it gets one", async () => {
    let old = false;
    serve((each) => {
      const { message, headers } = each;
      if (!old) return message.method === "server/discover" ? reply(each, modern) : reply(each, text("new"));
      if (message.method === "initialize")
        return reply(
          each,
          { protocolVersion: "2025-11-25", capabilities, serverInfo },
          { headers: { "mcp-session-id": "s" } },
        );
      if (each.method === "DELETE") return new HttpResponse(null, { status: 200 });
      if (headers["mcp-session-id"] !== "s")
        return HttpResponse.json(
          {
            jsonrpc: "2.0",
            id: null,
            error: { code: -32000, message: "Bad Request: No valid session ID provided" },
          },
          { status: 400 },
        );
      return message.id === undefined ? new HttpResponse(null, { status: 202 }) : reply(each, text("old"));
    });
    const client = own(await connect(URL_));
    old = true;
    expect((await client.callTool("a")).text).toBe("old");
    expect((await client.callTool("a")).text).toBe("old");
  });

  it("speaks the stateless revision only: calls of the session that was go again in that", async () => {
    let now = false;
    serve((each) => {
      const { message, headers } = each;
      if (!now) {
        if (message.method === "server/discover") return refuse(each, 400, -32000);
        if (message.method === "initialize")
          return reply(each, { protocolVersion: "2025-11-25", capabilities, serverInfo });
        return message.id === undefined ? new HttpResponse(null, { status: 202 }) : reply(each, text("old"));
      }
      if (!headers["mcp-method"]) return refuse(each, 400, -32020);
      return message.method === "server/discover" ? reply(each, modern) : reply(each, text("new"));
    });
    const client = own(await connect(URL_));
    now = true;
    expect((await client.callTool("a")).text).toBe("new");
    expect(client.server?.protocolVersion).toBe("2026-07-28");
  });

  it("and refuses a call for good is asked once more, not for ever", async () => {
    const seen = mcp("2026-07-28", (each) => refuse(each, 400, -32022, { supported: ["2025-11-25"] }));
    const client = own(await connect(URL_));
    await expect(client.callTool("a")).rejects.toMatchObject({ rpcCode: -32022 });
    expect(asked(seen).filter((each) => each === "tools/call")).toHaveLength(2);
  });
});

describe("a fetch of the application's own that", () => {
  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new TypeError("mine");
      },
    ],
    ["rejects with nothing", () => Promise.reject()],
    ["rejects with a text", () => Promise.reject("mine")],
    ["gives nothing", async () => undefined],
    ["gives what is no response", async () => ({})],
  ])("%s is connect_failed", async (_, fetch) => {
    const error = await connect(URL_, { fetch: fetch as typeof globalThis.fetch }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "connect_failed", url: URL_ });
  });

  it("gives a body that fails with nothing is connection_lost", async () => {
    mcp("2026-07-28");
    const client = own(
      await connect(URL_, {
        fetch: async (url, init) => {
          if (!String(init.body).includes("tools/call")) return fetch(url, init);
          const body = new ReadableStream({ pull: (controller) => controller.error(undefined) });
          return new Response(body, { headers: { "content-type": "text/event-stream" } });
        },
      }),
    );
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "connection_lost" });
  });

  it("has no body where there should be an event stream is connection_lost", async () => {
    mcp("2026-07-28");
    const client = own(
      await connect(URL_, {
        fetch: async (url, init) =>
          String(init.body).includes("tools/call")
            ? new Response(null, { headers: { "content-type": "text/event-stream" } })
            : fetch(url, init),
      }),
    );
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "connection_lost" });
  });
});

describe("a URL", () => {
  it.each(["", "nowhere", "/mcp", "https://", undefined])(
    "that is none of a server, %j, is refused as every failure is",
    async (url) => {
      for (const transport of ["auto", "streamable-http", "http-sse"] as const) {
        const error = await connect(url as string, { transport }).catch((reason: Error) => reason);
        expect(isMcpError(error, "connect_failed")).toBe(true);
      }
    },
  );

  it("is relative to the page, where there is one", async () => {
    const { origin } = new URL(URL_);
    vi.stubGlobal("location", { origin, href: `${origin}/chat/page.html` });
    const seen = mcp("2026-07-28", (each) => reply(each, text("here")));
    const client = own(await connect("../mcp"));
    expect((await client.callTool("a")).text).toBe("here");
    expect(seen.map(({ url }) => url)).toEqual([URL_, URL_]);
    expect(client.server?.verdict.url).toBe(URL_);
  });
});

it("checks results though validate is given as undefined", async () => {
  serve((each) => reply(each, each.message.method === "server/discover" ? modern : { content: "odd" }));
  const client = own(await connect(URL_, { validate: undefined }));
  await expect(client.callTool("echo")).rejects.toMatchObject({ code: "invalid_message" });
});

import { connect, createClient, streamableHttp } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { revisions, startGated } from "../servers/gated.ts";
import { type Asked, count, own, startHandMade } from "./support.ts";

const OLD = "2025-06-18";

/** Answers what a server of an older revision answers, and counts on nothing else being asked. */
function asOld({ method, params, json }: Asked): void {
  if (method === "initialize") {
    json({ result: { protocolVersion: OLD, capabilities: {}, serverInfo: { name: "old", version: "1" } } });
  } else json({ result: { content: [{ type: "text", text: String(params.name) }] } });
}

describe("a server is met as one of an older revision when it answers server/discover with", () => {
  const answers: [title: string, answer: (asked: Asked) => unknown][] = [
    ["200 {}", ({ res }) => res.writeHead(200, { "content-type": "application/json" }).end("{}")],
    ["an empty result", ({ json }) => json({ result: {} })],
    ["200 and no body", ({ res }) => res.writeHead(200, { "content-type": "application/json" }).end()],
    ["200 and a page", ({ res }) => res.writeHead(200, { "content-type": "text/html" }).end("<html>")],
    ["202", ({ res }) => res.writeHead(202).end()],
    [
      "a stream without an answer",
      ({ res }) => res.writeHead(200, { "content-type": "text/event-stream" }).end(),
    ],
    ["an unknown method", ({ json }) => json({ error: { code: -32601, message: "Method not found" } })],
    ["a missing session", ({ json }) => json({ error: { code: -32000, message: "No session" } }, 400)],
    ["400 and plain text", ({ res }) => res.writeHead(400).end("Bad Request")],
    ["406", ({ res }) => res.writeHead(406).end()],
    ["500", ({ res }) => res.writeHead(500).end("Traceback (most recent call last)")],
  ];
  it.each(answers)("%s", async (_title, answer) => {
    const server = own(
      await startHandMade(undefined, (asked) =>
        asked.method === "server/discover" ? answer(asked) : asOld(asked),
      ),
    );
    await using client = await connect(server.url);
    expect(client.server).toMatchObject({ protocolVersion: OLD, transport: "streamable-http" });
    expect((await client.callTool("named")).text).toBe("named");
    expect(count(server.requests, "server/discover")).toBe(1);
    expect(count(server.requests, "initialize")).toBe(1);
  });
});

describe("-32022 (unsupported version)", () => {
  const refuse = (supported: unknown) => ({
    error: {
      code: -32022,
      message: "Unsupported protocol version",
      data: { supported, requested: "2026-07-28" },
    },
  });

  // requires: versioning/selects-mutual, http/400-inspected
  it.each([200, 400])(
    "with status %i makes the client go on with a version from its list",
    async (status) => {
      const server = own(
        await startHandMade(undefined, (asked) =>
          asked.method === "server/discover"
            ? asked.json(refuse(["2099-01-01", OLD, "2024-11-05"]), status)
            : asOld(asked),
        ),
      );
      await using client = await connect(server.url);
      expect(client.server?.protocolVersion).toBe(OLD);
      const asked = server.requests.find(({ method }) => method === "initialize");
      expect(asked?.body).toMatchObject({ params: { protocolVersion: OLD } });
    },
  );

  it("does not send the client round in circles", async () => {
    const server = own(
      await startHandMade(undefined, (asked) =>
        asked.method === "server/discover" ? asked.json(refuse(["2026-07-28"]), 400) : asOld(asked),
      ),
    );
    await using client = await connect(server.url);
    expect(client.server?.protocolVersion).toBe(OLD);
    expect(count(server.requests, "server/discover")).toBeLessThan(6);
  });
});

describe("unsupported_version is what connect fails with", () => {
  const offering = (supported: string[]) => ({
    resultType: "complete",
    supportedVersions: supported,
    capabilities: {},
  });
  const future: [title: string, answer: (asked: Asked) => void][] = [
    ["in server/discover", ({ json }) => json({ result: offering(["2099-01-01"]) })],
    [
      "in a refusal",
      ({ json }) =>
        json({ error: { code: -32022, message: "Unsupported", data: { supported: ["2099-01-01"] } } }, 400),
    ],
    [
      "in initialize",
      ({ method, json }) =>
        method === "initialize"
          ? json({
              result: {
                protocolVersion: "2099-01-01",
                capabilities: {},
                serverInfo: { name: "future", version: "1" },
              },
            })
          : json({ error: { code: -32601, message: "Method not found" } }),
    ],
  ];

  // requires: versioning/selects-mutual
  it.each(future)("when the server offers no version of ours %s", async (_title, answer) => {
    const server = own(await startHandMade(undefined, answer));
    await expect(connect(server.url)).rejects.toMatchObject({
      code: "unsupported_version",
      message: expect.stringContaining("2099-01-01"),
      data: { supported: ["2099-01-01"] },
    });
  });

  it.each(future)("when it does so %s and there is one transport to try", async (_title, answer) => {
    const server = own(await startHandMade(undefined, answer));
    const client = own(createClient({ transport: streamableHttp(server.url) }));
    await expect(client.connect()).rejects.toMatchObject({ code: "unsupported_version" });
  });

  it("when the pinned revision is none of ours, before anything is sent", async () => {
    const server = own(await startHandMade(undefined, () => {}));
    await expect(connect(server.url, { protocolVersion: "2023-01-01" })).rejects.toMatchObject({
      code: "unsupported_version",
    });
    expect(server.requests).toEqual([]);
  });
});

describe.each(revisions)("a pinned revision other than %s", (revision) => {
  it.each(revisions.filter((other) => other !== revision))(
    "is not given up for what the server speaks: %s",
    async (protocolVersion) => {
      const server = own(await startGated(revision));
      const connecting = connect(server.url, { protocolVersion });
      await expect(connecting).rejects.toMatchObject({
        code: expect.stringMatching(/^(unsupported_version|negotiation_failed|http_error)$/),
      });
      expect(count(server.requests, "tools/call")).toBe(0);
    },
  );
});

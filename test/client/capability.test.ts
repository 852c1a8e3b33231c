import type { Client, JsonObject } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { eras, meet, outcome, type Script } from "./support.ts";

const methods: readonly (readonly [
  method: string,
  capability: string,
  ask: (client: Client) => PromiseLike<unknown>,
])[] = [
  ["prompts/list", "prompts", (client) => client.listPrompts()],
  ["prompts/get", "prompts", (client) => client.getPrompt("a")],
  ["resources/list", "resources", (client) => client.listResources()],
  ["resources/templates/list", "resources", (client) => client.listResourceTemplates()],
  ["resources/read", "resources", (client) => client.readResource("a:b")],
  [
    "completion/complete",
    "completions",
    (client) => client.complete({ type: "ref/prompt", name: "a" }, { name: "b", value: "c" }),
  ],
];

/** What a server of either era declares when it declares just this. */
const declaring = (capabilities: JsonObject, protocolVersion = "2025-11-25") => ({
  "server/discover": () => ({ resultType: "complete", supportedVersions: ["2026-07-28"], capabilities }),
  initialize: () => ({ protocolVersion, capabilities, serverInfo: { name: "s", version: "1" } }),
});

describe.each(eras)("a method of a capability, on %s", (era) => {
  const script = (capabilities: JsonObject): Script => {
    const { "server/discover": discover, initialize } = declaring(capabilities);
    return era === "2026-07-28" ? { "server/discover": discover } : { initialize };
  };

  // requires: lifecycle/negotiated-capabilities, lifecycle/must-use-negotiated-capabilities
  // requires: prompts/capabilities
  it.each(methods)("%s is not sent where %s are not declared", async (method, _capability, ask) => {
    const { client, of } = meet(era, {}, script({ tools: {} }));
    const error = await ask(client).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "capability_missing", retryable: false });
    expect((error as Error).message).toContain(method);
    expect(of(method)).toEqual([]);
  });

  it.each(methods)("%s is sent where %s are declared", async (method, capability, ask) => {
    const { client, next } = meet(era, {}, script({ [capability]: {} }));
    ask(client).then(undefined, () => {});
    expect((await next()).method).toBe(method);
  });

  it.each(methods)(
    "%s is sent to a server that declares nothing at all, not even %s",
    async (method, _, ask) => {
      const { client, next } = meet(era, {}, script({}));
      ask(client).then(undefined, () => {});
      expect((await next()).method).toBe(method);
    },
  );

  it("is sent as a plain request whatever the server declares", async () => {
    const { client, next } = meet(era, {}, script({ tools: {} }));
    client.request("prompts/list");
    expect((await next()).method).toBe("prompts/list");
  });

  it.each([
    ["tools/list", (client: Client) => client.listTools()],
    ["tools/call", (client: Client) => client.callTool("a")],
  ])("%s is sent even where tools are not declared", async (method, ask) => {
    const { client, next } = meet(era, {}, script({ prompts: {} }));
    ask(client).then(undefined, () => {});
    expect((await next()).method).toBe(method);
  });
});

it("logging/setLevel is not sent where logging is not declared", async () => {
  const { client, of } = meet("2025-11-25", {}, { initialize: declaring({ tools: {} }).initialize });
  await expect(client.setLogLevel("debug")).rejects.toMatchObject({ code: "capability_missing" });
  expect(of("logging/setLevel")).toEqual([]);
});

it("a level of the log is set without a request on 2026-07-28, whatever the server declares", async () => {
  const script = { "server/discover": declaring({ tools: {} })["server/discover"] };
  const { client } = meet("2026-07-28", {}, script);
  expect(await outcome(client.setLogLevel("debug"))).toEqual({ value: undefined });
});

it("completions are asked for on 2024-11-05, which has no capability for them", async () => {
  const { initialize } = declaring({ prompts: {} }, "2024-11-05");
  const { client, next } = meet("2025-11-25", {}, { initialize });
  client.complete({ type: "ref/prompt", name: "a" }, { name: "b", value: "c" }).catch(() => {});
  expect((await next()).method).toBe("completion/complete");
});

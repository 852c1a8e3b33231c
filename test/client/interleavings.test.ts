import fc from "fast-check";
import { type Client, createClient, isMcpError, type JsonObject, type Message, memory } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { type Era, eras, nothing, streams, text, tick } from "./support.ts";

/** What happens to the `call`th call; `pause` lets everything run before the next. */
interface Act {
  readonly type: "answer" | "refuse" | "progress" | "forge" | "cancel" | "start" | "stray";
  readonly call: number;
  readonly pause: boolean;
}

const acts = fc.array(
  fc.record<Act>({
    type: fc.constantFrom(
      "start",
      "start",
      "start",
      "answer",
      "answer",
      "refuse",
      "progress",
      "forge",
      "cancel",
      "stray",
    ),
    call: fc.nat(7),
    pause: fc.boolean(),
  }),
  { maxLength: 60 },
);

/** A server that answers when it is told to. */
interface Held {
  readonly client: Client;
  /** Says something on the channel of the `call`th request, if it has come in. */
  say(call: number, make: (id: unknown, token: unknown) => unknown): boolean;
}

type Asked = { readonly id: unknown; readonly params: JsonObject };

/** All on one channel. */
function shared(era: Era): Held {
  const [transport, server] = memory();
  const asked = new Map<unknown, Asked>();
  server.onmessage = (message: Message) => {
    if (!("method" in message) || !("id" in message)) return;
    const { id, method, params = {} } = message;
    const result = opening(era, method);
    if (result === null) void server.send({ jsonrpc: "2.0", id, error: { code: -32601, message: "" } });
    else if (result) void server.send({ jsonrpc: "2.0", id, result });
    else asked.set((params.arguments as JsonObject).call, { id, params });
  };
  return { client: createClient({ transport }), say: sayer(asked, (message) => void server.send(message)) };
}

/** Each request with a channel of its own. */
function apart(era: Era): Held {
  const asked = new Map<unknown, Asked & { readonly say: (message: unknown) => void }>();
  const transport = streams((request, { signal }) => {
    const { id, params = {} } = request;
    const queue: Message[] = [];
    let more = () => {};
    const say = (message: unknown) => {
      queue.push(message as Message);
      more();
    };
    asked.set((params.arguments as JsonObject | undefined)?.call, { id, params, say });
    return (async function* () {
      for (;;) {
        for (let next = queue.shift(); next; next = queue.shift()) yield next;
        await new Promise<void>((resolve, reject) => {
          more = resolve;
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      }
    })();
  }, era);
  return {
    client: createClient({ transport: { ...transport, inbound: nothing } }),
    say: sayer(asked, (message, to) => (to as unknown as { say(m: unknown): void }).say(message)),
  };
}

function sayer(asked: Map<unknown, Asked>, send: (message: unknown, to: Asked) => void): Held["say"] {
  return (call, make) => {
    const found = asked.get(call);
    if (!found) return false;
    const { id, params } = found;
    send(make(id, (params._meta as JsonObject).progressToken), found);
    return true;
  };
}

function opening(era: Era, method: string): JsonObject | null | undefined {
  const modern = era === "2026-07-28";
  if (method === "server/discover")
    return modern ? { supportedVersions: [era], capabilities: { tools: {} } } : null;
  if (method === "initialize")
    return { protocolVersion: era, capabilities: { tools: {} }, serverInfo: { name: "x", version: "0" } };
  return undefined;
}

describe.each(eras)("on %s", (era) => {
  it.each([
    ["one channel", shared],
    ["a channel for each", apart],
  ])(
    "with %s, any interleaving settles every call once, with the first that became of it",
    async (_, open) => {
      await fc.assert(
        fc.asyncProperty(acts, async (sequence) => {
          const { client, say } = open(era);
          await client.connect();
          const calls = new Map<number, ReturnType<Client["callTool"]>>();
          const settled = new Map<number, string[]>();
          /** What may have become of each call: all that happened before anything else could run. */
          const may = new Map<number, { over: boolean; outcomes: Set<string> }>();
          const happens = (call: number, outcome: string) => {
            const one = may.get(call);
            if (one && !one.over) one.outcomes.add(outcome);
          };
          const rest = async () => {
            await tick();
            await tick();
            for (const one of may.values()) one.over ||= one.outcomes.size > 0;
          };
          for (const { type, call, pause } of sequence) {
            if (type === "start" && !calls.has(call)) {
              const started = client.callTool("tool", { call });
              calls.set(call, started);
              may.set(call, { over: false, outcomes: new Set() });
              const outcomes: string[] = [];
              settled.set(call, outcomes);
              started.then(
                (result) => outcomes.push(result.text),
                (error) =>
                  outcomes.push(isMcpError(error) ? `${error.rpcCode ?? error.code}` : error.message),
              );
            } else if (type === "answer") {
              const result = { resultType: "complete", ...text(`answer ${call}`) };
              if (say(call, (id) => ({ jsonrpc: "2.0", id, result }))) happens(call, `answer ${call}`);
            } else if (type === "refuse") {
              const error = { code: call + 1, message: "no" };
              if (say(call, (id) => ({ jsonrpc: "2.0", id, error }))) happens(call, `${call + 1}`);
            } else if (type === "progress") {
              const progress = (progressToken: unknown) => ({ progressToken, progress: 1 });
              say(call, (_, token) => ({
                jsonrpc: "2.0",
                method: "notifications/progress",
                params: progress(token),
              }));
            } else if (type === "forge") {
              say(call, (id) => ({ jsonrpc: "2.0", id: String(id), result: text("forged") }));
            } else if (type === "stray") {
              say(call, () => ({ jsonrpc: "2.0", id: 1e9, result: text("stray") }));
            } else if (type === "cancel") {
              if (calls.has(call)) happens(call, `cancelled ${call}`);
              calls.get(call)?.cancel(new Error(`cancelled ${call}`));
            }
            if (pause) await rest();
          }
          await rest();
          for (const call of calls.keys()) happens(call, "closed");
          await client.close();
          await client.close();
          await rest();
          for (const [call, outcomes] of settled) {
            expect(outcomes, `call ${call}`).toHaveLength(1);
            expect([...(may.get(call)?.outcomes ?? [])], `call ${call}`).toContain(outcomes[0]);
          }
        }),
        { numRuns: 300 },
      );
    },
    60_000,
  );
});

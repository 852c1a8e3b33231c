import type { Client, ConnectOptions, McpError } from "mcp-rivulet";
import type { Bench, Case, Outcome, Piece, Revision, Say } from "../types.ts";

export const STREAMABLE: readonly Revision[] = ["2026-07-28", "2025-11-25"];
export const ALL: readonly Revision[] = ["2026-07-28", "2025-11-25", "2024-11-05"];
/** Those where a server may send requests of its own. */
export const ASKING: readonly Revision[] = ["2025-11-25", "2024-11-05"];

/** The answer to a tool call, with the id it was asked under. */
export const ok = '{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"ok"}]}}';
export const OK = { text: "ok" };
export const event = (data: string, before = ""): string => `${before}data: ${data}\n\n`;
export const progress = (n = 1): string =>
  event(
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$token,"progress":${n}}}`,
  );
export const rpcError = (code: number, message: string, id = "$id"): string =>
  `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":${JSON.stringify(message)},"data":{"hint":7}}}`;

/** An event stream: the reply of a POST, or what is written to the shared stream of 2024-11-05. */
export function sse(revision: Revision, body: Piece | readonly Piece[], then: Say["then"] = "end"): Say {
  return revision === "2024-11-05"
    ? { stream: body, streamThen: then === "hang" ? undefined : then }
    : { as: "sse", body, then };
}

/** Connects and calls a tool. */
export const call =
  (options?: ConnectOptions, tool = "echo") =>
  async (bench: Bench): Promise<unknown> =>
    (await bench.connect(options)).callTool(tool, { a: 1 });

/** Connects, and listens to what the server says unasked. */
export async function listening(bench: Bench, options?: ConnectOptions): Promise<Client> {
  const client = await bench.connect(options);
  client.on("notification", () => {});
  return client;
}

/** The same case for several revisions. */
export function each(
  revisions: readonly Revision[],
  make: (revision: Revision) => Omit<Case, "revision">,
): Case[] {
  return revisions.map((revision) => ({ revision, ...make(revision) }));
}

/** What a promise comes to, as data. */
export async function settled(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise;
    return "ok";
  } catch (error) {
    const { code, message, name } = error as { code?: string; message?: string; name?: string };
    return typeof code === "string" ? code : (message ?? name ?? String(error));
  }
}

/** Aborts after `when`, and says what the call came to. */
export async function abortWhen(
  client: Client,
  when: () => Promise<unknown>,
  options: { retry?: number } = {},
): Promise<string> {
  const controller = new AbortController();
  const outcome = settled(client.callTool("echo", {}, { ...options, signal: controller.signal }));
  await when();
  controller.abort(new Error("my reason"));
  return outcome;
}

/** The error a promise rejects with; none is an error too. */
export async function failure(promise: PromiseLike<unknown>): Promise<McpError> {
  try {
    await promise;
  } catch (error) {
    return error as McpError;
  }
  throw new Error("it did not fail");
}

/** Milliseconds between requests of a kind. */
export function gapsOf({ requests }: Outcome, key: string): number[] {
  const times = requests.filter((one) => one.key === key).map(({ at }) => at);
  return times.slice(1).map((at, i) => at - (times[i] as number));
}

/** A check: no two requests of a kind are closer than that. A timer may come a little early. */
export const paced =
  (key: string, least = 45) =>
  (outcome: Outcome): string | undefined => {
    const gaps = gapsOf(outcome, key);
    return gaps.some((gap) => gap < least) ? `gaps of ${gaps.map(Math.round)} ms between ${key}` : undefined;
  };

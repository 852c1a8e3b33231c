import { McpError } from "../core/errors.ts";
import type { RpcRequest } from "../core/types.ts";
import { MAX_SERVED, reply, withHandlers } from "./ask.ts";
import type { Host } from "./host.ts";
import type { Handlers } from "./options.ts";

/**
 * Answers a request of the server, which may mean to ask a person.
 *
 * @param serving those being answered, and what ends that.
 * @param own handlers that come before those of the client.
 */
export async function serve(
  host: Host,
  serving: Map<unknown, AbortController>,
  request: RpcRequest,
  own: Handlers,
): Promise<void> {
  const { id } = request;
  // A stream that is taken up again may repeat what is being answered.
  if (serving.has(id)) return;
  if (serving.size >= MAX_SERVED)
    return host.report(new McpError("limit_exceeded", "The server asked for too much."));
  const asked = new AbortController();
  serving.set(id, asked);
  const answered = reply(withHandlers(host.options, own), request, asked.signal, host.report);
  const message = await host.pause(answered);
  // Without it the server waits, and so may a request of ours. The server takes an answer only once.
  if (!asked.signal.aborted) await host.post(message, { retry: 3, signal: asked.signal });
  serving.delete(id);
}

import { McpError } from "../core/errors.ts";
import { deferred } from "../core/flow/deferred.ts";
import { emitEvents } from "../core/flow/events.ts";
import type { CallEvent, JsonObject } from "../core/types.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import { answer, withHandlers } from "./ask.ts";
import type { Extensible, Host } from "./host.ts";
import type { Around, ExtendedCall, ExtensionHost } from "./options.ts";

/**
 * Puts a function around every request of a client; what an extension's `attach` is for. It brings along how
 * requests pass through extensions, which a bundle without any does not hold.
 *
 * @param extended what `attach` was given.
 * @example
 * ```ts
 * const tenant: Extension = {
 *   attach: (client, host) =>
 *     around(host, (call, params, next) => next({ ...params, _meta: { "com.example/tenant": "acme" } })),
 * };
 * ```
 */
export function around(extended: ExtensionHost, run: Around): void {
  const host = extended as Host;
  host.layers ??= [];
  host.layers.push(run);
  host.through = (request) => void through(host, request);
}

async function through(host: Host, request: Extensible): Promise<void> {
  const { method, options, deadline } = request;
  const { layers = [] } = host;
  const life = new AbortController();
  const { signal } = life;
  request.result.catch((reason) => life.abort(reason));
  request.asked = null;

  const call: ExtendedCall = {
    method,
    options,
    signal,
    deadline,
    get token() {
      return request.token;
    },
    get rounds() {
      return request.rounds;
    },
    hear(message) {
      deadline.touch();
      emitEvents(message, (event) => request.part(event as CallEvent<never>));
    },
    ask: (method, params) =>
      request.held(answer(withHandlers(host.options, options), method, params, signal)),
  };

  async function send(params: JsonObject | undefined): Promise<JsonObject> {
    request.params = params;
    request.asked = deferred();
    const { promise } = request.asked;
    request.run();
    const result = await promise;
    // Nothing is left there to be cancelled.
    request.sent = false;
    return result;
  }

  // The first is outermost, and the last has it sent. What one throws at once, the one around it may catch.
  async function next(index: number, params: JsonObject | undefined): Promise<JsonObject> {
    const layer = layers[index];
    return layer ? layer(call, params, (changed = params) => next(index + 1, changed)) : send(params);
  }

  try {
    const result = await next(0, request.params);
    if (!isObject(result)) {
      throw new McpError("invalid_message", `An extension answered ${method} without a result.`);
    }
    await request.finish({ jsonrpc: "2.0", id: request.id, result }, host.codec);
  } catch (error) {
    request.fail(error);
  }
}

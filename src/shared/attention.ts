import type { Client } from "mcp-rivulet";
import { onAbort } from "../core/flow/abort.ts";
import { type Deferred, deferred } from "../core/flow/deferred.ts";
import type { SendOptions } from "../core/ports.ts";
import type { Message, RpcRequest } from "../core/types.ts";

const METHOD = "mcp-rivulet/attention";
const forever = Number.POSITIVE_INFINITY;

/**
 * Keeps a client from closing its stream as one that nobody sees and that waits for nothing: other pages need it. By a
 * request that goes nowhere.
 */
export class Attention {
  #needed: Deferred<void> | undefined;

  /** Begins, once the client has a connection, or ends. */
  set(needed: boolean, client: Client): void {
    if (!needed) this.#needed?.resolve();
    else if (!this.#needed && client.status === "ready") {
      this.#needed = deferred();
      const limits = { timeout: forever, maxTotalTimeout: forever };
      const ended = () => {
        this.#needed = undefined;
      };
      client.request(METHOD, undefined, limits).then(ended, ended);
    }
  }

  /** What a transport does with the request, if it is that. */
  answer(message: Message, { signal }: SendOptions): AsyncIterable<Message> | undefined {
    const { method, id } = message as RpcRequest;
    return method === METHOD ? this.#answer(id, signal) : undefined;
  }

  async *#answer(id: RpcRequest["id"], signal: SendOptions["signal"]): AsyncGenerator<Message> {
    const aborted = deferred<void>();
    const off = onAbort(signal, () => aborted.resolve());
    await Promise.race([this.#needed?.promise, aborted.promise]);
    off();
    yield { jsonrpc: "2.0", id, result: {} };
  }
}

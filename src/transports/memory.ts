import { McpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { Channel } from "../core/flow/channel.ts";
import { type Deferred, deferred } from "../core/flow/deferred.ts";
import type { SendOptions, Transport } from "../core/ports.ts";
import type { Message } from "../core/types.ts";
import { isRequest } from "../core/wire/jsonrpc.ts";

/**
 * The server's end of {@link memory}. It has the shape that `connect` of the official server packages
 * takes, so that a real server can be put behind a client without a network.
 */
export interface MemoryServer {
  /** Set it to hear what the client sends. */
  onmessage?(message: Message): void;
  /** Set it to hear that the other end was closed. */
  onclose?: () => void;
  /** Set it to hear of what went wrong here. */
  onerror?: (error: Error) => void;
  /** Call it once `onmessage` is set; what came before waits until then. */
  start(): Promise<void>;
  /** Sends the client a message. */
  send(message: unknown): Promise<void>;
  /** Ends the link; what the client waits for is lost. */
  close(): Promise<void>;
}

/**
 * A linked pair for tests: a transport for `createClient`, and the end a server talks to.
 *
 * @example
 * ```ts
 * const [transport, server] = memory();
 * server.onmessage = (message: { id: number }) => server.send({ jsonrpc: "2.0", id: message.id, result: {} });
 * const client = createClient({ transport });
 * ```
 */
export function memory(): [transport: Transport, server: MemoryServer] {
  let toClient = messages();
  const early: Message[] = [];
  const waiting = new Set<Deferred<never>>();
  let open = true;

  const server: MemoryServer = {
    async start() {
      for (const message of early.splice(0)) server.onmessage?.(message as never);
    },
    async send(message) {
      // Both ends get an object of their own, as over any other wire.
      toClient.push(structuredClone(message) as Message);
    },
    async close() {
      shut();
    },
  };

  function shut(): void {
    if (!open) return;
    open = false;
    toClient.end();
    for (const waiter of waiting) waiter.reject(gone());
    server.onclose?.();
  }

  const transport: Transport = {
    name: "memory",
    shared: true,
    async *send(message: Message, { signal }: SendOptions) {
      if (!open) throw gone();
      const copy = structuredClone(message);
      if (server.onmessage) server.onmessage(copy as never);
      else early.push(copy);
      if (!isRequest(message)) return;
      const waiter: Deferred<never> = deferred();
      waiting.add(waiter);
      const off = onAbort(signal, waiter.reject);
      try {
        yield await waiter.promise;
      } finally {
        waiting.delete(waiter);
        off();
      }
    },
    async *inbound({ signal }: SendOptions) {
      const mine = toClient;
      const off = onAbort(signal, () => {
        // Another may listen next, and this one is not to take its messages.
        toClient = messages();
        mine.end();
      });
      for (let next = await mine.next(); !next.done; next = await mine.next()) yield next.value;
      off();
    },
    credentials: async () => ({}),
    async close() {
      shut();
    },
  };
  return [transport, server];
}

function messages(): Channel<Message> {
  return new Channel<Message>(Number.POSITIVE_INFINITY, (queue) => queue);
}

function gone(): McpError {
  return new McpError("connection_lost", "The other end of the memory transport was closed.");
}

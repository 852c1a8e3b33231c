import {
  type Client,
  type CreateClientOptions,
  createClient,
  type JsonObject,
  type Message,
  memory,
  type RpcRequest,
  type RpcResponse,
  type SendOptions,
  type Transport,
} from "mcp-rivulet";
import { afterEach } from "vitest";

export type Era = "2025-11-25" | "2026-07-28";
export const eras: readonly Era[] = ["2025-11-25", "2026-07-28"];

const owned: Client[] = [];

afterEach(async () => {
  for (const client of owned.splice(0)) await client.close();
});

/** Closes the client after the test, whatever became of the test. */
export function own(options: CreateClientOptions): Client {
  const client = createClient(options);
  owned.push(client);
  return client;
}

/** Lets everything run that is due, timers apart. */
export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export async function all<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const part of parts) list.push(part);
  return list;
}

/** What became of a promise: undefined while it is pending. */
export async function outcome(
  promise: PromiseLike<unknown>,
): Promise<{ value: unknown } | { reason: unknown } | undefined> {
  let is: { value: unknown } | { reason: unknown } | undefined;
  promise.then(
    (value) => {
      is = { value };
    },
    (reason: unknown) => {
      is = { reason };
    },
  );
  await tick();
  return is;
}

export function text(...texts: readonly string[]): JsonObject {
  return { content: texts.map((text) => ({ type: "text", text })) };
}

/** A request the client made, held by the test. */
export class Asked {
  readonly id;
  readonly method;
  readonly params: JsonObject;
  readonly token: unknown;
  readonly #send: (message: Message) => void;

  constructor(request: RpcRequest, send: (message: Message) => void) {
    this.id = request.id;
    this.method = request.method;
    this.params = request.params ?? {};
    this.token = (this.params._meta as JsonObject | undefined)?.progressToken;
    this.#send = send;
  }

  get meta(): JsonObject {
    return this.params._meta as JsonObject;
  }

  reply(result: JsonObject): void {
    this.#send({ jsonrpc: "2.0", id: this.id, result });
  }

  refuse(code: number, message = "no", data?: unknown): void {
    this.#send({ jsonrpc: "2.0", id: this.id, error: { code, message, data } });
  }

  told(method: string, params: JsonObject): void {
    this.#send({ jsonrpc: "2.0", method, params });
  }

  progress(progress: number, message?: string): void {
    this.told("notifications/progress", { progressToken: this.token, progress, message });
  }

  /** A delta, by the name of the tool and the id of the request: the carrier itself has only the name. */
  delta(text: string): void {
    const { id: requestId } = this;
    this.told("notifications/tool/streamContent", { requestId, content: [{ type: "text", text }] });
  }
}

export type Script = { readonly [method: string]: (asked: Asked) => unknown };

export const capabilities: JsonObject = {
  tools: { listChanged: true },
  logging: {},
  prompts: {},
  resources: {},
  completions: {},
};

function opening(version: Era): Script {
  const serverInfo = { name: "scripted", version: "1.0.0" };
  return version === "2026-07-28"
    ? {
        "server/discover": () => ({
          resultType: "complete",
          supportedVersions: [version],
          capabilities,
          serverInfo,
        }),
        initialize: (asked) => asked.refuse(-32601),
      }
    : {
        "server/discover": (asked) => asked.refuse(-32601),
        initialize: () => ({ protocolVersion: version, capabilities, serverInfo }),
        ping: () => ({}),
      };
}

export interface Scripted {
  readonly client: Client;
  /** Everything the client sent. */
  readonly sent: Message[];
  /** What it sent of this method, and of nothing else. */
  of(method: string): RpcRequest[];
  /** The next request that no script answers. */
  next(): Promise<Asked>;
  /** Sends the client something unasked. */
  tell(method: string, params?: JsonObject): void;
  /** Sends the client whatever this is. */
  raw(message: unknown): void;
  /** Asks the client; resolves with its answer. */
  ask(method: string, params?: JsonObject, id?: string | number): Promise<RpcResponse>;
  /** Ends the channel from the server's side. */
  drop(): Promise<void>;
}

/** A client over `memory()`, and a server of one revision that the test holds the strings of. */
export function meet(
  version: Era,
  options: Omit<CreateClientOptions, "transport"> = {},
  script: Script = {},
): Scripted {
  const [transport, server] = memory();
  const sent: Message[] = [];
  const held: Asked[] = [];
  const waiting: ((asked: Asked) => void)[] = [];
  const asking = new Map<unknown, (response: RpcResponse) => void>();
  const answers: Script = { ...opening(version), ...script };
  const raw = (message: unknown) => void server.send(message);
  let ids = 0;
  server.onmessage = (message: Message) => {
    sent.push(message);
    if (!("method" in message)) return asking.get(message.id)?.(message);
    if (!("id" in message)) return;
    const asked = new Asked(message, raw);
    const answer = answers[message.method];
    if (answer) {
      const result = answer(asked);
      if (result) asked.reply(result as JsonObject);
      return;
    }
    const next = waiting.shift();
    if (next) next(asked);
    else held.push(asked);
  };
  return {
    client: own({ transport, ...options }),
    sent,
    of: (method) =>
      sent.filter((message) => "method" in message && message.method === method) as RpcRequest[],
    next: async () => held.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    tell: (method, params) => raw({ jsonrpc: "2.0", method, params }),
    raw,
    ask: (method, params, id = `s${++ids}`) =>
      new Promise((resolve) => {
        asking.set(id, resolve);
        raw({ jsonrpc: "2.0", id, method, params });
      }),
    drop: () => server.close(),
  };
}

export interface Streams extends Transport {
  readonly sent: Message[];
}

/** A transport with a reply channel for each request, as Streamable HTTP has; `answer` makes it. */
export function streams(
  answer: (asked: RpcRequest, options: SendOptions) => AsyncIterable<Message>,
  version: Era = "2026-07-28",
): Streams {
  const sent: Message[] = [];
  async function* handshake(message: RpcRequest): AsyncGenerator<Message, void, undefined> {
    const replies: Message[] = [];
    const asked = new Asked(message, (reply) => replies.push(reply));
    const result = opening(version)[message.method]?.(asked);
    if (result) asked.reply(result as JsonObject);
    yield* replies;
  }
  return {
    name: "streams",
    sent,
    send(message, options) {
      sent.push(message);
      if (!("method" in message) || !("id" in message)) return nothing();
      return opening(version)[message.method] ? handshake(message) : answer(message, options);
    },
    async close() {},
  };
}

export async function* nothing(): AsyncGenerator<Message, void, undefined> {}

/** A reply channel that never brings anything, and ends when it is given up. */
export async function* silence({ signal }: SendOptions): AsyncGenerator<Message, void, undefined> {
  await new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

export function result({ id }: RpcRequest, result: JsonObject): Message {
  return { jsonrpc: "2.0", id, result };
}

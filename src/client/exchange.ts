import { McpError, quote } from "../core/errors.ts";
import { Gathered, narrate, remainder } from "../core/flow/events.ts";
import { ANSWERED } from "../core/ports.ts";
import type { Pending } from "../core/session/correlator.ts";
import type {
  CallEvent,
  JsonObject,
  Message,
  RequestId,
  RpcNotification,
  RpcResponse,
} from "../core/types.ts";
import type { Codec } from "../core/wire/eras.ts";
import { isFailure, isNotification, isResponse, notification } from "../core/wire/jsonrpc.ts";
import { nextRound } from "./ask.ts";
import type { Connection, InFlight } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import type { RequestOptions } from "./options.ts";
import type { Parts } from "./parts.ts";

/** What to ask, and how to read the answer. */
export interface Spec<T> {
  readonly method: string;
  readonly params?: JsonObject;
  /** Part of a handshake: sent in this codec, without waiting for the client to be ready. */
  readonly codec?: Codec;
  /** Makes the value of a complete result; throws when the result has not the shape it must have. */
  readonly read: (raw: JsonObject, gathered: Gathered | undefined) => T;
}

const IGNORE = () => {};

/** Most times a request waits for a server that asked for patience. */
const MAX_WAITS = 10;

/** Failures after which it is not known whether the request was carried out. */
const UNCERTAIN = ["connection_lost", "connect_failed", "http_error"];

/** One request from its first sending to its one outcome. What comes before the answer goes to `parts`. */
export class Exchange<T> implements Pending, InFlight {
  id: RequestId = -1;
  token = "";
  taskId?: string;
  readonly result: Promise<T>;
  readonly deadline: Deadline;
  readonly #connection: Connection;
  readonly #spec: Spec<T>;
  readonly #options: RequestOptions;
  readonly #parts: Parts<T> | undefined;
  #resolve: (value: T) => void = IGNORE;
  #reject: (reason: unknown) => void = IGNORE;
  #unlisten: () => void = IGNORE;
  #controller = new AbortController();
  #params: JsonObject | undefined;
  #rounds = 0;
  #sent = false;
  #settled = false;
  /** The answer, when it came on a shared stream. */
  #reply: RpcResponse | undefined;
  #gathered: Gathered | undefined;

  constructor(connection: Connection, spec: Spec<T>, options: RequestOptions = {}, parts?: Parts<T>) {
    this.#connection = connection;
    this.#spec = spec;
    this.#options = options;
    this.#parts = parts;
    this.#params = spec.params;
    const { timeout = connection.timeout, maxTotalTimeout = connection.totalFor(timeout), signal } = options;
    this.deadline = new Deadline(connection.clock, timeout, maxTotalTimeout, (what) =>
      this.fail(new McpError("timeout", `${spec.method} was given up: ${what}.`), "The request timed out."),
    );
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who looks at the result sees its failure; that nobody looks is no reason to end a process.
    this.result.catch(IGNORE);
    connection.calls.add(this);
    if (signal) {
      const aborted = () => this.cancel(signal.reason);
      signal.addEventListener("abort", aborted, { once: true });
      this.#unlisten = () => signal.removeEventListener("abort", aborted);
      if (signal.aborted) aborted();
    }
    this.#run();
  }

  get tool(): string | undefined {
    const name = this.#spec.method === "tools/call" ? this.#params?.name : undefined;
    return typeof name === "string" ? name : undefined;
  }

  cancel(reason?: unknown): void {
    if (this.#settled) return;
    this.#controller.abort(reason);
    this.fail(this.#controller.signal.reason, "The caller gave up.");
  }

  /** Rejects; with `notice` the server is told to stop. */
  fail(reason: unknown, notice?: string): void {
    if (!this.#settle()) return;
    const connection = this.#connection;
    const { codec } = connection;
    this.#controller.abort(reason);
    // "The initialize request MUST NOT be cancelled". Where each request has a stream of its own in the
    // stateless era, closing that is the signal.
    if (
      notice &&
      this.#sent &&
      !this.#spec.codec &&
      (codec?.era === "legacy" || connection.transport.shared)
    ) {
      connection.post(notification("notifications/cancelled", { requestId: this.id, reason: notice }));
    }
    if (this.#parts?.observed === false) connection.report(reason);
    this.#parts?.end({ reason });
    this.#reject(reason);
  }

  /** Takes a message that belongs to this request from a shared stream. */
  deliver(message: Message): void {
    if (this.#settled) return;
    this.deadline.touch();
    if (isNotification(message)) this.#hear(message);
    else if (isResponse(message) && !this.#reply) {
      this.#reply = message;
      this.#controller.abort(ANSWERED);
    }
  }

  /** Sends it until it is answered, failed, or given up. */
  async #run(): Promise<void> {
    const connection = this.#connection;
    const { codec } = this.#spec;
    let { retry = 0 } = this.#options;
    let waits = 0;
    let renewed = false;
    let generation = 0;
    while (!this.#settled) {
      try {
        if (!codec) {
          // Awaited only when there is something to wait for: on a ready client a call goes out at once.
          const ready = connection.ready();
          if (ready) await ready;
          if (this.#settled) return;
          generation = connection.state.generation;
        }
        await this.#attempt(codec ?? (connection.codec as Codec));
      } catch (error) {
        if (this.#settled) return;
        const { code, retryAfterMs } = error as McpError;
        if (code === "session_expired" && !renewed && !codec) {
          // The server did not run it: it goes again in a new session, once.
          renewed = true;
          connection.step({ type: "lost", generation });
        } else if (code === "rate_limited" && this.deadline.fits(retryAfterMs) && waits < MAX_WAITS) {
          await this.#sleep(Math.max(retryAfterMs ?? 0, 50 * 2 ** waits++));
        } else if (retry > 0 && UNCERTAIN.includes(code)) {
          retry--;
          await this.#sleep(connection.delay(waits++) ?? 0);
        } else this.fail(error);
      }
    }
  }

  /** Sends it once, and reads its reply channel to the answer. */
  async #attempt(codec: Codec): Promise<void> {
    const connection = this.#connection;
    const { method } = this.#spec;
    const controller = new AbortController();
    const id = connection.nextId();
    this.#controller = controller;
    this.id = id;
    this.token = `t${id}`;
    this.#reply = undefined;
    let reply: RpcResponse | undefined;
    let stray = false;
    const meta = connection.meta(codec, this.token, this.#options.meta);
    const message = codec.request(id, method, this.#params, meta);
    connection.correlator.add(this);
    connection.wire("out", message);
    this.#sent = true;
    const replies = connection.transport
      .send(message, {
        signal: controller.signal,
        headers: codec.headers(method, this.#params),
        reconnect: codec.era === "legacy" ? connection.reconnect : undefined,
        onActivity: () => this.deadline.touch(),
        onError: connection.report,
      })
      [Symbol.asyncIterator]();
    try {
      while (!reply) {
        const { value, done } = await replies.next();
        if (this.#settled) return;
        if (done) break;
        this.deadline.touch();
        connection.wire("in", value);
        if (isNotification(value)) this.#hear(value);
        else if (!isResponse(value)) connection.stray(value);
        // An error without an id, on the stream of this request, can only be about this request.
        else if (value.id === id || (isFailure(value) && value.id == null)) reply = value;
        else {
          stray = true;
          connection.stray(value);
        }
        const room = this.#parts?.room();
        // A reader's slowness is not the server's; but what nobody reads is not kept for ever.
        if (room) await (this.#parts?.iterated ? this.#held(room) : room);
      }
    } catch (error) {
      if (!this.#reply) throw error;
    } finally {
      connection.correlator.delete(this);
      replies.return?.()?.then(IGNORE, IGNORE);
    }
    reply ??= this.#reply;
    if (reply) return this.#answered(reply, codec);
    throw stray
      ? new McpError("invalid_message", `The server answered ${method} with the id of another request.`)
      : new McpError(
          "connection_lost",
          `The reply to ${method} ended before its answer; it may have been carried out.`,
        );
  }

  #hear(message: RpcNotification): void {
    this.#connection.announce(message);
    narrate(message, (event) => {
      if (event.type === "text" || event.type === "content") {
        this.#gathered ??= new Gathered(this.#connection.messageBytes);
        this.#gathered.add(event);
      }
      this.#parts?.push(event as CallEvent<T>);
    });
  }

  async #answered(message: RpcResponse, codec: Codec): Promise<void> {
    const { method, read } = this.#spec;
    if (isFailure(message)) {
      const { code, message: said, data } = message.error;
      const details = { rpcCode: code, data };
      throw new McpError("rpc_error", `The server refused ${method}: ${quote(said)} (${code}).`, details);
    }
    const { result } = message;
    const outcome = codec.outcome(result);
    if (outcome === "input_required") return this.#round(result);
    if (!outcome) {
      const type = quote(result.resultType);
      throw new McpError("invalid_message", `${method} was answered with an unknown resultType, ${type}.`);
    }
    const value = read(result, this.#gathered);
    if (!this.#settle()) return;
    if (this.#parts?.wanted) {
      const { text } = value as { text?: unknown };
      const rest = typeof text === "string" ? remainder(this.#gathered?.text ?? "", text) : "";
      if (rest) this.#parts.push({ type: "text", delta: rest, source: "result", raw: message });
      this.#parts.push({ type: "result", result: value, raw: message });
    }
    this.#parts?.end();
    this.#resolve(value);
  }

  /** The server wants input first: the request goes again, with another id. */
  async #round(result: JsonObject): Promise<void> {
    const { options } = this.#connection;
    const { signal } = this.#controller;
    this.#params = await this.#held(nextRound(options, this.#params, result, ++this.#rounds, signal));
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.deadline.stop();
    this.#unlisten();
    this.#connection.calls.delete(this);
    return true;
  }

  /** Waits, with the clock stopped, for what is not the server's to hurry. */
  async #held<V>(what: Promise<V>): Promise<V> {
    this.deadline.hold();
    try {
      return await what;
    } finally {
      this.deadline.release();
    }
  }

  #sleep(ms: number): Promise<void> {
    return this.#held(
      new Promise((resolve) => {
        const stop = this.#connection.clock.after(ms, resolve);
        this.#controller.signal.addEventListener("abort", stop);
      }),
    );
  }
}

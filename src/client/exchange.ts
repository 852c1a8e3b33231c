import { wait } from "../adapters/timers.ts";
import { McpError, quote } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { FLOOR_MS } from "../core/flow/backoff.ts";
import { type Deferred, deferred } from "../core/flow/deferred.ts";
import { Gathered, narrate, remainder } from "../core/flow/events.ts";
import { afterFailure } from "../core/flow/failure.ts";
import { ANSWERED } from "../core/ports.ts";
import type { Pending } from "../core/session/correlator.ts";
import type {
  CallEvent,
  ContentBlock,
  JsonObject,
  Message,
  RequestId,
  RpcNotification,
  RpcResponse,
} from "../core/types.ts";
import type { Codec } from "../core/wire/eras.ts";
import { isFailure, isNotification, isRequest, isResponse, notification } from "../core/wire/jsonrpc.ts";
import { nextRound } from "./ask.ts";
import { Deadline } from "./deadline.ts";
import type { Host, InFlight, Spec } from "./host.ts";
import type { RequestOptions } from "./options.ts";
import type { Parts } from "./parts.ts";

const IGNORE = () => {};

/** One message from its first sending to its one outcome. What comes before the answer goes to `parts`. */
export class Exchange<T> implements Pending, InFlight {
  id: RequestId = -1;
  token = "";
  readonly deadline: Deadline;
  readonly tool: unknown;
  readonly wanted: boolean;
  readonly #host: Host;
  readonly #spec: Spec<T>;
  readonly #options: RequestOptions;
  readonly #parts: Parts<T> | undefined;
  readonly #off: (() => void) | undefined;
  readonly #outcome: Deferred<T> = deferred();
  /** Of the attempt under way. One each: a signal shared by many requests gathers their listeners. */
  #controller: AbortController | undefined;
  #params: JsonObject | undefined;
  #rounds = 0;
  #sent = false;
  #settled = false;
  /** The answer, when it came on a shared stream. */
  #reply: RpcResponse | undefined;
  #gathered: Gathered | undefined;

  constructor(host: Host, spec: Spec<T>, options: RequestOptions = {}, parts?: Parts<T>) {
    this.#host = host;
    this.#spec = spec;
    this.#options = options;
    this.#parts = parts;
    this.#params = spec.params;
    this.tool = spec.method === "tools/call" && spec.params?.name;
    this.wanted = !spec.codec;
    const {
      timeout = host.timeout,
      maxTotalTimeout = host.options.maxTotalTimeout ?? timeout * 10,
      signal,
    } = options;
    this.deadline = new Deadline(timeout, maxTotalTimeout);
    host.enter(this);
    this.#off = signal && onAbort(signal, (reason) => this.cancel(reason));
    this.#run();
  }

  get result(): Promise<T> {
    return this.#outcome.promise;
  }

  cancel(reason?: unknown): void {
    const controller = this.#controller ?? new AbortController();
    controller.abort(reason);
    this.fail(controller.signal.reason, "cancelled");
  }

  check(): number {
    const { missed } = this.deadline;
    if (missed)
      this.fail(new McpError("timeout", `${this.#spec.method} was given up after ${missed}.`), "timeout");
    return this.deadline.due;
  }

  /** Rejects; with `notice` the server is told to stop. */
  fail(reason: unknown, notice?: string): void {
    if (!this.#settle()) return;
    const { codec, transport, report } = this.#host;
    this.#controller?.abort(reason);
    // "The initialize request MUST NOT be cancelled". Where each request has a stream of its own in the
    // stateless era, closing that is the signal.
    if (notice && this.#sent && !this.#spec.codec && (codec?.era === "legacy" || transport.shared)) {
      this.#host.post(notification("notifications/cancelled", { requestId: this.id, reason: notice }));
    }
    if (!this.#sent) this.#host.abandoned(reason);
    if (this.#parts?.observed === false) report(reason);
    this.#parts?.end({ reason });
    this.#outcome.reject(reason);
  }

  /** Takes a message that belongs to this request from a shared stream. */
  deliver(message: Message): void {
    if (this.#settled) return;
    this.deadline.touch();
    if (isNotification(message)) this.#hear(message, false);
    else if (isResponse(message)) {
      this.#reply ??= message;
      this.#controller?.abort(ANSWERED);
    }
  }

  /** Sends it until it is answered, failed, or given up. */
  async #run(): Promise<void> {
    const host = this.#host;
    const { codec } = this.#spec;
    let { retry = 0 } = this.#options;
    let renewed = false;
    let [waits, generation] = [0, 0];
    while (!this.#settled) {
      try {
        if (!codec) {
          // Awaited only when there is something to wait for: on a ready client a call goes out at once.
          const ready = host.ready();
          if (ready) await (host.status === "authorizing" ? this.#held(ready) : ready);
          generation = host.state.generation;
          if (this.#spec.message === null) return this.#succeed(undefined as T);
          const heard = this.#parts && host.inbound.before(this.#parts);
          if (heard) await heard;
          if (this.#settled) return;
        }
        await this.#attempt(codec ?? (host.codec as Codec));
      } catch (error) {
        if (this.#settled) return;
        const failure = (error ?? {}) as McpError;
        const pause = Math.max(failure.retryAfterMs ?? 0, host.delay(waits) ?? FLOOR_MS);
        const mirrored = !!this.tool && host.codec?.era === "modern";
        const tried = { mirrored, renewed: renewed || !!codec, waits, retry };
        const next = afterFailure(failure, tried);
        if (next === "renew" || next === "relist") {
          renewed = true;
          if (next === "relist") await host.relist().catch(host.report);
          else host.step({ type: "lost", generation });
        } else if (next !== "fail" && this.deadline.fits(pause)) {
          waits++;
          if (next === "retry") retry--;
          this.#controller ??= new AbortController();
          await wait(pause, this.#controller.signal).catch(IGNORE);
          this.deadline.touch();
        } else this.fail(error);
      }
    }
  }

  /** Sends it once, and reads its reply channel to the answer. */
  async #attempt(codec: Codec): Promise<void> {
    const host = this.#host;
    const { method } = this.#spec;
    const controller = new AbortController();
    const id = host.nextId();
    this.#controller = controller;
    this.id = id;
    this.token = `t${id}`;
    this.#reply = undefined;
    let reply: RpcResponse | undefined;
    let stray = false;
    const params = this.#params;
    const meta = host.meta(codec, this.#options.meta);
    const message = this.#spec.message ?? codec.request(id, method, params, this.token, meta);
    host.correlator.add(this);
    host.wire("out", message);
    this.#sent = true;
    const replies = host.transport
      .send(message, {
        signal: controller.signal,
        headers: {
          ...codec.headers(method, params),
          ...(this.tool ? host.mirrors.headers(params) : undefined),
        },
        reconnect: codec.era === "legacy" ? host.reconnect : undefined,
        onActivity: () => this.deadline.touch(),
        onError: host.report,
        asking: host.asking,
      })
      [Symbol.asyncIterator]();
    try {
      while (!reply) {
        const { value, done } = await replies.next();
        if (this.#settled) return;
        if (done) break;
        this.deadline.touch();
        host.wire("in", value);
        if (isNotification(value)) this.#hear(value, true);
        // An error without an id, on the stream of this request, can only be about this request.
        else if (isResponse(value) && (value.id === id || (isFailure(value) && value.id == null)))
          reply = value;
        else {
          stray ||= isResponse(value);
          host.stray(value);
        }
        const room = this.#parts?.room();
        // A reader's slowness is not the server's; but what nobody reads is not kept for ever.
        if (room) await (this.#parts?.iterated ? this.#held(room) : room);
      }
    } catch (error) {
      if (!this.#reply) throw error;
    } finally {
      host.correlator.delete(this);
      replies.return?.().catch(IGNORE);
    }
    reply ??= this.#reply;
    if (reply) {
      const round = this.#answered(reply, codec);
      if (round) await round;
    } else if (isRequest(message)) {
      throw stray
        ? new McpError("invalid_message", `The server answered ${method} with another id.`)
        : new McpError(
            "connection_lost",
            `The server broke off before it answered; the request may have run.`,
          );
    } else this.#succeed(undefined as T);
  }

  #hear(message: RpcNotification, own: boolean): void {
    this.#host.announce(message);
    narrate(message, (event) => {
      if (event.type === "text" || event.type === "content") {
        this.#gathered ??= new Gathered(this.#host.messageBytes);
        this.#gathered.add(
          event.type === "text" ? ({ type: "text", text: event.delta } as ContentBlock) : event.content,
        );
      }
      this.#parts?.push(event as CallEvent<T>, own);
    });
  }

  /** Takes the answer; a promise of the next round when it was not the last word. */
  #answered(message: RpcResponse, codec: Codec): Promise<void> | undefined {
    const { method, shape, read } = this.#spec;
    if (isFailure(message)) {
      const { code, message: said, data } = message.error;
      const details = { rpcCode: code, data };
      throw new McpError("rpc_error", `The server refused ${method}: ${quote(said)} (${code}).`, details);
    }
    const { result } = message;
    const outcome = codec.outcome(result);
    if (outcome === "input_required") {
      // The server wants input first: the request goes again, with another id.
      // That of the attempt may be aborted already, if the answer came on a shared stream.
      this.#controller = new AbortController();
      const { signal } = this.#controller;
      const round = nextRound(this.#host.options, this.#params, result, ++this.#rounds, signal);
      return this.#held(round).then((params) => {
        this.#params = params;
      });
    }
    const issue = outcome
      ? shape && this.#host.options.validate?.(shape, result)
      : `resultType is ${quote(result.resultType)}`;
    if (issue !== undefined) {
      const said = `The answer to ${method} is not a ${shape ?? "result"}: ${issue}.`;
      throw new McpError("invalid_message", said, { data: result });
    }
    const value = read ? read(result, this.#gathered) : (result as T);
    if (this.#settled) return undefined;
    const text = (value as { text?: unknown } | undefined)?.text;
    const rest =
      this.#parts?.wanted && typeof text === "string" && remainder(this.#gathered?.text ?? "", text);
    if (rest) this.#parts?.push({ type: "text", delta: rest, source: "result", raw: message }, !this.#reply);
    this.#parts?.push({ type: "result", result: value, raw: message }, !this.#reply);
    this.#parts?.end();
    this.#succeed(value);
    return undefined;
  }

  #succeed(value: T): void {
    if (this.#settle()) this.#outcome.resolve(value);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#off?.();
    this.#host.leave(this);
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
}

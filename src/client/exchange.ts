import { wait } from "../adapters/timers.ts";
import { type McpError, quote } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { FLOOR_MS } from "../core/flow/backoff.ts";
import { type Deferred, deferred, IGNORE } from "../core/flow/deferred.ts";
import { emitEvents, Gathered } from "../core/flow/events.ts";
import { afterFailure } from "../core/flow/failure.ts";
import { ANSWERED, MESSAGE_BYTES } from "../core/ports.ts";
import type {
  CallEvent,
  JsonObject,
  Message,
  RequestId,
  RpcNotification,
  RpcResponse,
  RpcResult,
} from "../core/types.ts";
import { type Codec, LOG_LEVEL } from "../core/wire/eras.ts";
import { isNotification, isRequest, isResponse, notification } from "../core/wire/jsonrpc.ts";
import { mirror } from "../core/wire/mirror.ts";
import { codecWith, nextRound } from "./ask.ts";
import { Deadline, NOTICE_MS } from "./deadline.ts";
import type { Extensible, Host, RequestSpec } from "./host.ts";
import type { RequestOptions } from "./options.ts";
import type { Parts } from "./parts.ts";
import { cancelled, incomplete, malformed, resultOf, unanswered } from "./refused.ts";
import { requireCapability } from "./require-capability.ts";

/** One message from its first sending to its one outcome. What comes before the answer goes to `parts`. */
export class Exchange<T> implements Extensible {
  id: RequestId = -1;
  token = "";
  declare params: JsonObject | undefined;
  rounds = 0;
  sent = false;
  live = false;
  declare asked: Deferred<JsonObject> | null | undefined;
  declare mixed?: boolean;
  declare readonly deadline: Deadline;
  declare readonly method: string;
  declare readonly options: RequestOptions;
  declare readonly tool: unknown;
  declare readonly wanted: boolean;
  readonly #host: Host;
  readonly #spec: RequestSpec<T>;
  readonly #parts: Parts<T> | undefined;
  readonly #off: (() => void) | undefined;
  readonly #outcome: Deferred<T> = deferred();
  /** Of the attempt under way. One each: a signal shared by many requests gathers their listeners. */
  #controller: AbortController | undefined;
  /** Ends its reply channel. */
  #leave: (() => void) | undefined;
  #settled = false;
  /** The answer, on whichever stream it came. */
  #reply: RpcResponse | undefined;
  #gathered: Gathered | undefined;

  constructor(host: Host, spec: RequestSpec<T>, options: RequestOptions = {}, parts?: Parts<T>) {
    this.#host = host;
    this.#spec = spec;
    this.method = spec.method;
    this.options = options;
    this.#parts = parts;
    this.params = spec.params;
    this.tool = spec.method === "tools/call" && spec.params?.name;
    this.wanted = !spec.codec;
    const { signal, timeout = host.timeout, maxTotalTimeout = host.options.maxTotalTimeout } = options;
    this.deadline = new Deadline(timeout, maxTotalTimeout);
    host.enter(this);
    this.#off = signal && onAbort(signal, (reason) => this.cancel(reason));
    this.run();
  }

  get result(): Promise<T> {
    return this.#outcome.promise;
  }

  cancel(reason?: unknown): void {
    this.fail(cancelled(reason), "cancelled");
  }

  /** Rejects; with `notice` the server is told to stop. */
  fail(reason: unknown, notice?: string): void {
    if (!this.#settle()) return;
    const { codec, transport, report } = this.#host;
    this.#controller?.abort(reason);
    this.#leave?.();
    // "The initialize request MUST NOT be cancelled". Where each request has a stream of its own in the
    // stateless era, closing that is the signal.
    if (notice && this.sent && this.wanted && (!codec.modern || transport.shared)) {
      const message = notification("notifications/cancelled", { requestId: this.id, reason: notice });
      this.#host.post(message, { timeout: NOTICE_MS });
    }
    if (!this.sent) this.#host.abandoned(reason);
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
      this.#leave?.();
    }
  }

  async run(): Promise<void> {
    const host = this.#host;
    const { codec, prepare, strict } = this.#spec;
    let [retry, waits, renewed, generation] = [this.options.retry, 0, false, 0];
    /** What the latest attempt failed with that may have been carried out, and its id. */
    let lost: readonly [RequestId, unknown] | undefined;
    while (!this.#settled && this.asked !== null) {
      try {
        if (prepare) await prepare();
        if (this.#settled) return;
        if (!codec) {
          // Awaited only when there is something to wait for: on a ready client a call goes out at once.
          const ready = host.ready();
          if (ready) await (host.status === "authorizing" ? this.held(ready) : ready);
          if (this.#settled) return;
          generation = host.state.generation;
          if (this.#spec.message === null) return this.#succeed(undefined as T);
          if (strict) requireCapability(host, this.method);
          const opening = this.#parts && host.inbound.before(this.#parts);
          if (opening) await this.held(opening);
          if (this.#settled) return;
          if (host.through && this.asked === undefined) return host.through(this);
        }
        await this.#attempt(codec ?? host.codec);
      } catch (error) {
        if (this.#settled) return;
        const failure = (error ?? {}) as McpError;
        // It may run all the same; what names only the tool may be its.
        if (/^(connect|http)/.test(failure.code)) host.unsure = new Set(host.unsure).add(this.tool);
        const pause = Math.max(failure.retryAfterMs ?? 0, host.delay(waits) ?? FLOOR_MS);
        const next = afterFailure(failure, {
          modern: host.codec.modern,
          tool: !!this.tool,
          // What a handshake failed with says nothing about a session that was, and is decided there.
          renewed: renewed || !generation,
          waits,
          retry,
          safe: this.sent && !this.#parts?.told && host.reconnect && host.tools?.get(this.tool)?.safe,
        });
        if (next === "renew" || next === "relist") {
          renewed = true;
          if (next === "relist") await host.relist().catch(host.report);
          else host.step({ type: "lost", generation });
        } else if (next !== "fail" && this.deadline.fits(pause)) {
          waits++;
          if (next === "retry")
            [retry, lost] = [(retry ?? 1) - 1, failure.retryable ? lost : [this.id, error]];
          // What nobody has got comes again.
          if (!this.#parts?.told) this.#gathered = undefined;
          // What is left of the attempt would keep its connection.
          this.#controller?.abort(error);
          this.#controller = new AbortController();
          await wait(pause, this.#controller.signal).catch(IGNORE);
          this.deadline.touch();
        } else {
          // That it could not go again, or did not get there, is less of an answer than what became of it.
          const reason = lost && (lost[0] === this.id || failure.retryable) ? lost[1] : error;
          return this.asked ? this.asked.reject(reason) : this.fail(reason);
        }
      }
    }
  }

  /** Sends it once, and reads its reply channel to the answer. */
  async #attempt(codec: Codec): Promise<void> {
    const host = this.#host;
    const controller = new AbortController();
    const cut = () => controller.abort(ANSWERED);
    this.#controller = controller;
    this.#leave = cut;
    this.id = ++host.ids;
    const { id, method, params } = this;
    this.token = `t${id}`;
    this.#reply = undefined;
    let stray = false;
    let { meta } = this.options;
    if (codec.modern && host.logLevel) meta = { [LOG_LEVEL]: host.logLevel, ...meta };
    const spoken = codecWith(codec, host.options, this.options);
    const message = this.#spec.message ?? spoken.request(id, method, params, this.token, meta);
    host.wire("out", message);
    this.sent = this.live = true;
    const headers = codec.headers(method, params);
    const mirrors = host.tools?.get(this.tool)?.mirrors;
    if (mirrors) Object.assign(headers, mirror(mirrors, params?.arguments));
    const replies = host.transport
      .send(message, {
        signal: controller.signal,
        headers,
        reconnect: codec.modern ? undefined : host.reconnect,
        onActivity: () => this.deadline.touch(),
        onError: host.report,
        asking: host.asking,
        onLeave: (leave) => {
          this.#leave = () => leave(cut);
        },
      })
      [Symbol.asyncIterator]();
    try {
      while (!this.#reply) {
        const { value, done } = await replies.next();
        if (this.#settled) return;
        if (done) break;
        this.deadline.touch();
        host.wire("in", value);
        const { progressToken = this.token } = (value as RpcNotification).params ?? {};
        // Some servers send what belongs to a session on whichever stream of it is open.
        const other = progressToken !== this.token && isNotification(value) && host.find(value);
        if (other) other.deliver?.(value);
        else if (isNotification(value)) this.#hear(value, true);
        // An error without an id, on the stream of this request, can only be about this request.
        else if (isResponse(value) && (value.id ?? id) === id) this.#reply = value;
        else {
          stray ||= isResponse(value);
          host.stray(value, this.options);
        }
        const room = this.#parts?.room();
        // A reader's slowness is not the server's; but what nobody reads is not kept for ever.
        if (room) await (this.#parts?.iterated ? this.held(room) : room);
      }
    } catch (error) {
      if (!this.#reply) throw error;
    } finally {
      this.live = false;
      replies.return?.().catch(IGNORE);
    }
    const reply = this.#reply as RpcResponse | undefined;
    if (!reply && !isRequest(message)) return this.#succeed(undefined as T);
    if (!reply) throw unanswered(method, stray);
    const { result } = resultOf(method, reply);
    if (codec.outcome(result) === "input_required") {
      // It goes again, with another id. The signal of the attempt may be aborted: its answer came.
      this.#controller = new AbortController();
      this.rounds++;
      this.params = await this.held(nextRound(host.options, this, result, this.#controller.signal));
    } else if (this.asked) {
      this.asked.resolve(result);
      this.asked = null;
    } else return this.finish(reply as RpcResult, codec);
  }

  #hear(message: RpcNotification, own: boolean): void {
    this.#host.announce(message);
    emitEvents(message, (event) => this.part(event as CallEvent<T>, own));
  }

  part(event: CallEvent<T>, own?: boolean): void {
    if (event.type === "text" || event.type === "content") {
      this.#gathered ??= new Gathered(this.#host.options.limits?.messageBytes ?? MESSAGE_BYTES);
      if (this.#gathered.add(event)) this.#host.report(incomplete(this.method));
    }
    this.#parts?.push(event, own);
  }

  finish(message: RpcResult, codec: Codec): Promise<void> | undefined {
    const { shape, read } = this.#spec;
    const { result } = message;
    const issue =
      codec.outcome(result) === "complete"
        ? shape && this.#host.options.validate?.(shape, result, this.tool)
        : `resultType is ${quote(result.resultType)}`;
    if (issue !== undefined) throw malformed(this.method, shape ?? "result", issue, result);
    const end = (value: T): undefined => {
      if (this.#settled) return;
      this.#parts?.finish(value, this.#gathered, message);
      this.#succeed(value);
    };
    const value = read ? read(result, this.#gathered) : (result as T);
    return value instanceof Promise ? value.then(end) : end(value);
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

  held<V>(what: Promise<V>): Promise<V> {
    this.deadline.hold();
    return what.finally(() => this.deadline.release());
  }
}

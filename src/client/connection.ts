import { Alarm, clock, STEADY_MS, wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { DEFAULT_POLICY, delayBefore, LINGER_MS, type ReconnectPolicy } from "../core/flow/backoff.ts";
import { type Deferred, deferred, IGNORE } from "../core/flow/deferred.ts";
import type { Transport } from "../core/ports.ts";
import { correlate, type Pending, remove } from "../core/session/correlate.ts";
import { IDLE, type SessionEvent, type SessionState, step } from "../core/session/session.ts";
import type { LogLevel, Message, RpcNotification, RpcRequest } from "../core/types.ts";
import { changedList } from "../core/wire/changes.ts";
import { Codec } from "../core/wire/eras.ts";
import { isNotification, isRequest } from "../core/wire/jsonrpc.ts";
import { Deadline } from "./deadline.ts";
import { Emitter } from "./emitter.ts";
import { Exchange } from "./exchange.ts";
import { handshake } from "./handshake.ts";
import type { Host, InFlight } from "./host.ts";
import { Inbound } from "./inbound.ts";
import { Pages } from "./listing.ts";
import type { CreateClientOptions, Handlers, RequestOptions } from "./options.ts";
import { closed } from "./refused.ts";
import { serve } from "./serve.ts";

/** Runs the session machine over a transport, and is the {@link Host} of every request. */
export class Connection extends Emitter implements Host {
  declare readonly options: CreateClientOptions;
  declare readonly transport: Transport;
  readonly inbound: Inbound = new Inbound(this);
  declare tools: Host["tools"];
  readonly #calls: InFlight[] = [];
  /** One timer for all of them. */
  readonly #alarm: Alarm = new Alarm(this);
  declare readonly timeout: number;
  declare patience: number;
  declare readonly reconnect: ReconnectPolicy | undefined;
  declare unsure?: Set<unknown>;
  state: SessionState = IDLE;
  status: Host["status"] = "idle";
  declare codec: Codec;
  declare server: Host["server"];
  declare logLevel: LogLevel | undefined;
  ids = 0;
  #ready: Deferred<void> | undefined;
  #failure: unknown;
  #opening: AbortController | undefined;
  /** How many requests wait for a person. */
  #asking = 0;
  /** Requests of the server that are being answered. */
  #serving: Map<unknown, AbortController> | undefined;
  #attempts = 0;
  /** When the session began, if one has since the last attempt. */
  #since = Number.POSITIVE_INFINITY;
  #waiting: AbortController | undefined;

  constructor(options: CreateClientOptions) {
    super();
    const { transport, timeout = 60_000, reconnect = DEFAULT_POLICY } = options;
    this.options = options;
    this.transport = transport;
    this.timeout = this.patience = timeout;
    this.reconnect = reconnect || undefined;
    // Until a handshake finds another: the oldest adds nothing to a message.
    this.codec = new Codec("2024-11-05");
  }

  enter(call: InFlight): void {
    this.#calls.push(call);
    this.#alarm.wake(call.deadline.due);
  }

  leave(call: InFlight): void {
    remove(this.#calls, call);
    if (!this.idle) return;
    // After a call there may be more; a client that has only connected may be one of many, and wait long for its turn.
    this.#alarm.rest(!call.tool || this.state.status === "closed");
    this.inbound.rest();
  }

  find(message: Message): Pending | undefined {
    return correlate(this.#calls, message, this.unsure, this.transport.shared);
  }

  ring(): void {
    for (const call of [...this.#calls]) {
      const { missed } = call.deadline;
      if (missed)
        call.fail(new McpError("timeout", `${call.method} was given up after ${missed}.`), "timeout");
    }
    for (const { deadline } of this.#calls) this.#alarm.wake(deadline.due);
  }

  get idle(): boolean {
    return !this.#calls.length;
  }

  relist(): Promise<unknown> {
    return new Pages(this, "tools", "Tool", { fresh: true }).result;
  }

  /** Says from which severity on the server is to log. Later sessions are told too; stateless requests say it each. */
  async setLevel(level: LogLevel, options?: RequestOptions): Promise<void> {
    const spec = { method: "logging/setLevel", params: { level }, strict: true };
    if (!this.codec.modern) await new Exchange(this, spec, options).result;
    // What a server refused is not asked of its later sessions.
    this.logLevel = level;
  }

  ready(): Promise<void> | undefined {
    const { status } = this.state;
    if (status === "ready") return undefined;
    if (status === "closed") return Promise.reject(closed());
    this.#ready ??= deferred();
    const { promise } = this.#ready;
    this.step({ type: "wanted" });
    return promise;
  }

  abandoned(reason: unknown): void {
    if (this.#wanted) return;
    this.#opening?.abort(reason);
    this.#opening = undefined;
  }

  get #wanted(): boolean {
    return this.#calls.some(({ wanted }) => wanted);
  }

  async pause<V>(what: Promise<V>): Promise<V> {
    const held = [...this.#calls];
    for (const { deadline } of held) deadline.hold();
    try {
      return await what;
    } finally {
      for (const { deadline } of held) deadline.release();
    }
  }

  readonly asking = (answered: Promise<unknown>): void => {
    const end = () => {
      this.#asking--;
      this.#show();
    };
    this.#asking++;
    this.#show();
    this.pause(answered).then(end, end);
  };

  /** Shows what the client does, or that a person is asked first. */
  #show(): void {
    const { status } = this.state;
    const shown = this.#asking && status !== "closed" ? "authorizing" : status;
    if (shown === this.status) return;
    this.status = shown;
    this.emit("status", shown);
  }

  step(event: SessionEvent): void {
    const [after, effects] = step(this.state, event);
    this.state = after;
    this.#show();
    for (const effect of effects) this[effect]();
  }

  admit(): void {
    this.#ready?.resolve();
    this.#ready = undefined;
  }

  refuse(): void {
    this.#ready?.reject(this.#failure);
    this.#ready = undefined;
  }

  async open(): Promise<void> {
    this.#waiting?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    this.unsure = undefined;
    this.#dismiss();
    const limit: InFlight = {
      method: "connect",
      deadline: new Deadline(this.patience, this.patience),
      wanted: false,
      fail: (reason) => opening.abort(reason),
    };
    this.enter(limit);
    try {
      const found = handshake(this, opening.signal).finally(() => this.leave(limit));
      ({ codec: this.codec, server: this.server } = await found);
      if (this.transport.shared && !this.inbound.running) {
        throw new McpError("connection_lost", "The server broke off during the handshake.");
      }
      this.#failure = this.#opening = undefined;
      this.#since = clock.now();
      this.step({ type: "opened" });
      if (this.logLevel) this.setLevel(this.logLevel).catch(this.report);
      this.inbound.opened();
    } catch (error) {
      this.#failure = error;
      this.inbound.stop();
      // Given up by one, and wanted by another since.
      if (this.#opening !== opening && this.#wanted) this.open();
      else this.step({ type: "failed" });
    }
  }

  wake(): void {
    if (!this.idle) this.#alarm.wake(0);
  }

  later(): void {
    if (clock.now() - this.#since > STEADY_MS) this.#attempts = 0;
    this.#since = Number.POSITIVE_INFINITY;
    const delay = this.delay(this.#attempts++);
    if (delay === undefined) {
      this.#attempts = 0;
      if (this.#failure) this.report(this.#failure);
      this.step({ type: "resigned" });
      return;
    }
    this.#waiting = new AbortController();
    const look = () => this.step({ type: "wanted" });
    wait(delay, this.#waiting.signal, this.transport.url).then(look, IGNORE);
  }

  delay(attempt: number): number | undefined {
    return this.reconnect && delayBefore(attempt, this.reconnect, Math.random());
  }

  stray(message: Message, within?: Handlers): void {
    const { id } = message as RpcRequest;
    if (isNotification(message)) this.announce(message);
    // Since 2026-07-28 "clients do not send JSON-RPC responses".
    else if (!this.codec.modern && isRequest(message)) {
      const [only, more] = this.#calls.filter(({ wanted }) => wanted);
      this.#serving ??= new Map();
      serve(this, this.#serving, message, within ?? (more ? {} : only?.options) ?? {});
    }
    // "The sender of the cancellation notification SHOULD ignore any response […] that arrives afterward"
    else if (isRequest(message) || typeof id !== "number" || id < 1 || id > this.ids)
      this.report(new McpError("invalid_message", "The server sent what no request asked for."));
  }

  announce({ method, params = {} }: RpcNotification): void {
    this.emit("notification", { method, params });
    if (method === "notifications/message") this.emit("log", params as never);
    if (method === "notifications/cancelled") this.#serving?.get(params.requestId)?.abort();
    const list = changedList(method);
    if (list) this.emit(`${list}Changed`, undefined);
  }

  /** Gives up what a session asked that is over: the next counts its questions anew, and would take these answers. */
  #dismiss(reason?: unknown): void {
    for (const asked of this.#serving?.values() ?? []) asked.abort(reason);
    this.#serving = undefined;
  }

  post(message: Message, options?: RequestOptions): Promise<void> {
    return this.tell(message, options).catch((error) => {
      if (this.state.status !== "closed" && !options?.signal?.aborted) this.report(error);
    });
  }

  /** Sends a message that has no answer; resolves when the server has taken it. */
  tell(message: Message, options?: RequestOptions): Promise<void> {
    const { method = "", params } = message as RpcNotification;
    return new Exchange<void>(this, { method, params, message, codec: this.codec }, options).result;
  }

  attend(): void {
    this.inbound.attend();
  }

  wire(direction: "in" | "out", message: Message): void {
    // Counters are reset by messages of a session, not by its mere beginning.
    if (direction === "in" && this.state.status === "ready") this.#attempts = 0;
    this.emit("message", { direction, message });
  }

  readonly report = (error: unknown): void => {
    try {
      this.options.logger?.warn?.(String(error));
    } catch {
      // There is nobody left to tell.
    }
    this.emit("error", error);
  };

  shut(): void {
    const reason = closed();
    this.#waiting?.abort();
    this.inbound.close(reason);
    this.#dismiss(reason);
    // What tells the server to stop is on its way: it may get there, but not take its time.
    for (const call of [...this.#calls])
      if (call.method === "notifications/cancelled") call.deadline.cut(LINGER_MS);
      else call.fail(reason);
    this.#alarm.rest(true);
    this.ring();
  }
}

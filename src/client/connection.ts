import { clock } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { delayBefore, type ReconnectPolicy } from "../core/flow/backoff.ts";
import type { Clock, SendOptions, Transport } from "../core/ports.ts";
import { Correlator } from "../core/session/correlator.ts";
import { IDLE, type SessionEvent, type SessionState, step } from "../core/session/session.ts";
import type {
  JsonObject,
  LogLevel,
  Message,
  RpcNotification,
  RpcRequest,
  ServerInfo,
} from "../core/types.ts";
import { type Codec, type Identity, META } from "../core/wire/eras.ts";
import { failure, isNotification, isRequest, RPC, success } from "../core/wire/jsonrpc.ts";
import { answer, capabilitiesOf, type Refusal } from "./ask.ts";
import type { Deadline } from "./deadline.ts";
import { Emitter } from "./emitter.ts";
import { handshake } from "./handshake.ts";
import type { ClientEvents, CreateClientOptions } from "./options.ts";

const DEFAULT_TIMEOUT = 60_000;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A request, as far as the connection is concerned. */
export interface InFlight {
  readonly deadline: Deadline;
  fail(reason: unknown): void;
}

/** Runs the session machine over a transport, and knows what every call needs to know. */
export class Connection {
  readonly options: CreateClientOptions;
  readonly transport: Transport;
  readonly identity: Identity;
  readonly clock: Clock = clock;
  readonly emitter: Emitter<ClientEvents> = new Emitter();
  readonly correlator: Correlator = new Correlator();
  readonly calls: Set<InFlight> = new Set();
  state: SessionState = IDLE;
  codec: Codec | undefined;
  server: ServerInfo | undefined;
  logLevel: LogLevel | undefined;
  /** Under which the outcome of negotiation is remembered: the URL that was asked for. */
  key: string | undefined;
  #ids = 0;
  #waiting: Waiter[] = [];
  #failure: unknown;
  #opening: AbortController | undefined;
  #listening: AbortController | undefined;
  #attempts = 0;
  #stopLater: (() => void) | undefined;

  constructor(options: CreateClientOptions) {
    this.options = options;
    this.transport = options.transport;
    this.identity = {
      clientInfo: options.clientInfo ?? { name: "mcp-rivulet", version: "0.1.0" },
      capabilities: capabilitiesOf(options),
    };
  }

  get timeout(): number {
    return this.options.timeout ?? DEFAULT_TIMEOUT;
  }

  totalFor(timeout: number): number {
    return this.options.maxTotalTimeout ?? timeout * 10;
  }

  get messageBytes(): number {
    return this.options.limits?.messageBytes ?? 16 * 1024 * 1024;
  }

  get queuedEvents(): number {
    return this.options.limits?.queuedEvents ?? 1000;
  }

  get reconnect(): ReconnectPolicy | undefined {
    return this.options.reconnect === false ? undefined : (this.options.reconnect ?? {});
  }

  nextId(): number {
    return ++this.#ids;
  }

  /** What `_meta` carries beyond the envelope of the revision. */
  meta(codec: Codec, progressToken: string, given: JsonObject | undefined): JsonObject {
    const meta: JsonObject = { ...given, progressToken };
    if (this.logLevel !== undefined && codec.era === "modern") meta[META.logLevel] ??= this.logLevel;
    return meta;
  }

  /** Nothing when requests may go out; else a promise of that. Opens the connection if nobody did. */
  ready(): Promise<void> | undefined {
    const { status } = this.state;
    if (status === "ready") return undefined;
    if (status === "closed") return Promise.reject(closed());
    const ready = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    this.step({ type: "wanted" });
    return ready;
  }

  step(event: SessionEvent): void {
    const before = this.state;
    const [after, effects] = step(before, event);
    this.state = after;
    if (after.status !== before.status) this.emit("status", after.status);
    for (const effect of effects) {
      if (effect === "open") this.#open();
      else if (effect === "admit") for (const { resolve } of this.#waiting.splice(0)) resolve();
      else if (effect === "refuse") for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
      else if (effect === "later") this.#later();
      else this.#shut();
    }
  }

  async #open(): Promise<void> {
    this.#stopLater?.();
    this.#listening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const stop = this.clock.after(Math.min(this.timeout, 2 ** 31 - 1), () =>
      opening.abort(new McpError("timeout", `Connecting was given up after ${this.timeout} ms (timeout).`)),
    );
    try {
      // A shared channel brings the answers of the handshake itself.
      if (this.transport.shared) this.#listen();
      const { codec, server } = await handshake(this, opening.signal);
      if (opening.signal.aborted) throw opening.signal.reason;
      this.codec = codec;
      this.server = server;
      this.#attempts = 0;
      this.step({ type: "opened" });
      if (!this.transport.shared && codec.era === "legacy") this.#listen();
    } catch (error) {
      if (this.state.status === "closed") return;
      this.#failure = error;
      this.#listening?.abort();
      this.step({ type: "failed" });
    } finally {
      stop();
    }
  }

  #later(): void {
    const delay = this.delay(this.#attempts++);
    if (delay === undefined) {
      this.#attempts = 0;
      this.report(this.#failure);
      this.step({ type: "resigned" });
    } else this.#stopLater = this.clock.after(delay, () => this.step({ type: "wanted" }));
  }

  /** Milliseconds before attempt `attempt`, or nothing when there is to be none. */
  delay(attempt: number): number | undefined {
    return this.reconnect && delayBefore(attempt, this.reconnect, Math.random());
  }

  /** Opens the channel of what is tied to no request, again when negotiation goes on to another transport. */
  listenAgain(): void {
    this.#listening?.abort();
    if (this.transport.shared) this.#listen();
  }

  async #listen(): Promise<void> {
    const { transport } = this;
    if (!transport.inbound) return;
    const listening = new AbortController();
    const { signal } = listening;
    this.#listening = listening;
    try {
      const options: SendOptions = {
        signal,
        headers: this.codec?.headers("", undefined),
        reconnect: this.reconnect,
        onError: this.report,
      };
      for await (const message of transport.inbound(options)) {
        if (signal.aborted) return;
        this.#receive(message);
      }
    } catch (error) {
      if (!signal.aborted && !transport.shared) this.report(error);
    }
    if (!signal.aborted && transport.shared) this.step({ type: "lost", generation: this.state.generation });
  }

  #receive(message: Message): void {
    this.wire("in", message);
    const pending = isRequest(message) ? undefined : this.correlator.find(message);
    if (pending) pending.deliver(message);
    else this.stray(message);
  }

  /** Takes a message that belongs to no call. */
  stray(message: Message): void {
    if (isNotification(message)) this.announce(message);
    else if (isRequest(message)) this.#serve(message);
    else {
      this.report(
        new McpError(
          "invalid_message",
          `The server answered a request that is not in flight (id ${typeof message.id}).`,
        ),
      );
    }
  }

  /** Tells listeners about a notification, whoever else it concerns. */
  announce({ method, params = {} }: RpcNotification): void {
    this.emit("notification", { method, params });
    if (method === "notifications/message") this.emit("log", params as never);
    const list = /^notifications\/(tools|prompts|resources)\/list_changed$/.exec(method)?.[1];
    if (list) this.emit(`${list as "tools" | "prompts" | "resources"}Changed`, undefined);
  }

  /**
   * Answers a request of the server. While a person is asked no call's clock runs: which of them the
   * question belongs to is not said on the wire.
   */
  async #serve({ id, method, params = {} }: RpcRequest): Promise<void> {
    const held = [...this.calls];
    for (const call of held) call.deadline.hold();
    let reply: Message;
    try {
      const signal = (this.#listening ?? new AbortController()).signal;
      reply = success(id, await answer(this.options, method, params, signal));
    } catch (error) {
      reply = failure(id, (error as Refusal).rpcCode ?? RPC.internalError, (error as Error).message);
    } finally {
      for (const call of held) call.deadline.release();
    }
    this.post(reply);
  }

  /** Sends what nobody waits for. Its failure is reported. */
  post(message: Message): void {
    this.tell(message, this.codec).catch(this.report);
  }

  /** Sends a message that has no answer; resolves when the server has taken it. */
  async tell(message: Message, codec: Codec | undefined, signal?: AbortSignal): Promise<void> {
    if (this.state.status === "closed") return;
    this.wire("out", message);
    const controller = new AbortController();
    const aborted = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted) aborted();
    const stop = this.clock.after(this.timeout, () =>
      controller.abort(
        new McpError("timeout", `The server did not take a message within ${this.timeout} ms (timeout).`),
      ),
    );
    const { method = "", params } = message as { method?: string; params?: JsonObject };
    try {
      const options = {
        signal: controller.signal,
        headers: codec?.headers(method, params),
        onError: this.report,
      };
      for await (const stray of this.transport.send(message, options)) this.stray(stray);
    } finally {
      stop();
      signal?.removeEventListener("abort", aborted);
    }
  }

  emit<K extends keyof ClientEvents>(event: K, value: ClientEvents[K]): void {
    this.emitter.emit(event, value, event === "error" ? () => {} : this.report);
  }

  wire(direction: "in" | "out", message: Message): void {
    if (this.emitter.has("message")) this.emit("message", { direction, message });
  }

  readonly report = (error: unknown): void => {
    this.options.logger?.warn?.((error as Error)?.message ?? String(error));
    this.emit("error", error);
  };

  #shut(): void {
    const reason = closed();
    this.#stopLater?.();
    this.#opening?.abort(reason);
    this.#listening?.abort(reason);
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
    for (const call of [...this.calls]) call.fail(reason);
  }
}

function closed(): McpError {
  return new McpError("closed", "The client is closed. Make another to go on.");
}

import type { ReconnectPolicy } from "../core/flow/backoff.ts";
import type { Deferred } from "../core/flow/deferred.ts";
import type { Gathered } from "../core/flow/events.ts";
import type { Shape, Transport } from "../core/ports.ts";
import type { Pending } from "../core/session/correlate.ts";
import type { SessionEvent, SessionState } from "../core/session/session.ts";
import type {
  CallEvent,
  JsonObject,
  LogLevel,
  Message,
  RequestId,
  RpcNotification,
  RpcResult,
  ServerInfo,
  Status,
} from "../core/types.ts";
import type { Codec } from "../core/wire/eras.ts";
import type { Mirrors } from "../core/wire/mirror.ts";
import type { Deadline } from "./deadline.ts";
import type { Around, ClientEvents, CreateClientOptions, Handlers, RequestOptions } from "./options.ts";

/** What to ask, and how to read the answer. */
export interface RequestSpec<T> {
  readonly method: string;
  readonly params?: JsonObject;
  /** Completes `params`, before anything is sent. */
  readonly prepare?: () => Promise<void>;
  /** Not sent to a server that declared other capabilities than what the method needs. */
  readonly strict?: boolean;
  /** A message that has no answer, sent as it is; null to send nothing and just be ready to. */
  readonly message?: Message | null;
  /** Sent in this codec without waiting for the client to be ready, and without a new session. */
  readonly codec?: Codec;
  /** What a complete result must be, when it is to be checked. */
  readonly shape?: Shape;
  /** Makes the value of a complete result, if that is not the result itself. */
  readonly read?: (raw: JsonObject, gathered: Gathered | undefined) => T | Promise<T>;
}

/** What matters of a tool to a call of it. */
export interface KnownTool {
  /** Which arguments travel in headers too. */
  readonly mirrors: Mirrors | undefined;
  /** Carried out twice it does no more than once. */
  readonly safe: boolean;
}

/** A request, as far as the connection is concerned. */
export interface InFlight extends Pending {
  readonly deadline: Deadline;
  /** Somebody waits for it; it is not part of a handshake. */
  readonly wanted: boolean;
  readonly method: string;
  readonly options?: RequestOptions;
  /** Rejects; with `notice` the server is told to stop. */
  fail(reason: unknown, notice?: string): void;
}

/** A request, as far as extensions are concerned. */
export interface Extensible extends InFlight {
  readonly id: RequestId;
  readonly options: RequestOptions;
  readonly token: string;
  readonly result: Promise<unknown>;
  params: JsonObject | undefined;
  /** How many rounds of input it took. */
  readonly rounds: number;
  /** The server works on it, and may be told to stop. */
  sent: boolean;
  /** Where extensions wait for what the server answers; null while they do something else. */
  asked: Deferred<JsonObject> | null | undefined;
  /** Sends it until it is answered, failed, or given up. */
  run(): void;
  /** Hands a part on to whoever reads them. */
  part(event: CallEvent<never>): void;
  /** Takes the last word. */
  finish(message: RpcResult, codec: Codec): Promise<void> | undefined;
  /** Waits, with the clock stopped, for what is not the server's to hurry. */
  held<V>(what: Promise<V>): Promise<V>;
}

/** What the connection offers to requests and to the handshake. */
export interface Host {
  readonly options: CreateClientOptions;
  /** What extensions put around requests, and how a request passes through that. Only where there is some. */
  layers?: Around[];
  through?: (request: Extensible) => void;
  readonly transport: Transport;
  readonly timeout: number;
  /** Milliseconds a handshake may take: the client's `timeout`, or more if `connect` was given more. */
  readonly patience: number;
  readonly reconnect: ReconnectPolicy | undefined;
  readonly state: SessionState;
  /** What the client does, or that a person is asked first. */
  readonly status: Status;
  readonly codec: Codec;
  readonly server: ServerInfo | undefined;
  /** Counts a request among those in flight, and looks after its limits. */
  enter(call: InFlight): void;
  leave(call: InFlight): void;
  /** The last id that was given to a request. */
  ids: number;
  /** The least severe log entries that were asked for. */
  readonly logLevel: LogLevel | undefined;
  /** Nothing when requests may go out; else a promise of that. Opens the connection if nobody did. */
  ready(): Promise<void> | undefined;
  /** A person signs in. While that lasts no clock runs. */
  asking(answered: Promise<unknown>): void;
  /** A request gave up waiting; when it was the last, the handshake is given up too. */
  abandoned(reason: unknown): void;
  step(event: SessionEvent): void;
  /** Milliseconds before attempt `attempt`, or nothing when there is to be none. */
  delay(attempt: number): number | undefined;
  /** The channel of what is tied to no request. */
  readonly inbound: {
    begin(): void;
    before(parts: { readonly iterated: boolean }): Promise<void> | undefined;
  };
  /** Finds the request that a message of a shared stream belongs to. */
  find(message: Message): Pending | undefined;
  /** Tools of which a call of this session may be running that nobody waits for. */
  unsure?: Set<unknown>;
  /** Takes a message that belongs to no request of ours, though it may have come while one was carried out. */
  stray(message: Message, within?: Handlers): void;
  /** No request is in flight. */
  readonly idle: boolean;
  /** Deadlines may have passed while no timer ran. */
  wake(): void;
  /** Whether anybody listens to an event like this. */
  any(like: RegExp): boolean;
  emit<K extends keyof ClientEvents>(event: K, value: ClientEvents[K]): void;
  /** Tells listeners about a notification, whoever else it concerns. */
  announce(message: RpcNotification): void;
  /** What listings have told about tools, where that matters to a call. */
  tools?: Map<unknown, KnownTool>;
  /** Lists the tools again, for what may have changed about them. */
  relist(): Promise<unknown>;
  /** Waits with all clocks stopped: which requests wait for a person too is not said on the wire. */
  pause<V>(what: Promise<V>): Promise<V>;
  /** Sends what nobody waits for. Its failure is reported, except to those who closed the client. */
  post(message: Message, options?: RequestOptions): Promise<void>;
  wire(direction: "in" | "out", message: Message): void;
  readonly report: (error: unknown) => void;
}

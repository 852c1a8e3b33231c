import { onAbort } from "../core/flow/abort.ts";
import { ANSWERED } from "../core/ports.ts";
import type { Pending } from "../core/session/correlate.ts";
import type { JsonObject, Message, RequestId } from "../core/types.ts";
import { isObject, isRequest, isResponse } from "../core/wire/jsonrpc.ts";
import type { ToSend, ToTab } from "./protocol.ts";

/** Most replies on a message's own channel that a tab has not read yet: beyond it the server is slowed down. */
export const WINDOW = 64;

/** In `_meta` of what comes on the stream of `subscriptions/listen`: the id of that request. */
const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

/** A tab, as the one that holds the connection knows it. */
export interface Peer {
  readonly id: string;
  readonly calls: Map<number, Forwarded>;
  /** Of the resources it subscribed to. */
  readonly uris: Set<unknown>;
  visible: boolean;
  post(said: ToTab): void;
}

/** The id on the wire of the last request of a tab that waits for an answer, or 0. */
export function lastCall({ calls }: Peer): number {
  return Math.max(0, ...[...calls.values()].map(({ pending, id }) => (pending ? +id : 0)));
}

/** A message of a tab on its way. On the wire its id and progress token are other than those the tab gave it. */
export class Forwarded implements Pending {
  readonly peer: Peer;
  readonly n: number;
  readonly headers: ToSend["headers"];
  readonly controller: AbortController = new AbortController();
  readonly id: RequestId;
  readonly token: string;
  readonly tool: unknown;
  /** As the server is to see it. */
  readonly message: Message;
  readonly live: boolean = true;
  sent = false;
  answered = false;
  /** Ends its reply channel. */
  leave: ((abort: () => void) => void) | undefined;
  readonly #given: Message;
  #room: number = WINDOW;
  #wake: (() => void) | undefined;

  constructor(peer: Peer, { n, headers }: ToSend, given: Message, id: number) {
    this.peer = peer;
    this.n = n;
    this.headers = headers;
    this.#given = given;
    this.id = id;
    this.token = `t${id}`;
    this.message = given;
    if (!isRequest(given)) return;
    const { method, params } = given;
    this.tool = method === "tools/call" && params?.name;
    const meta = isObject(params?._meta) && "progressToken" in params._meta ? params._meta : undefined;
    this.message = {
      ...given,
      id,
      params: meta ? { ...params, _meta: { ...meta, progressToken: this.token } } : params,
    };
  }

  /** Whether it waits for an answer that can still come. */
  get pending(): boolean {
    return this.sent && !this.answered && isRequest(this.#given);
  }

  /** Whether a message on its own channel is its answer. One without an id can be about nothing else. */
  answers(message: Message): boolean {
    return isResponse(message) && (message.id === this.id || message.id == null);
  }

  /** Takes a message that belongs to it from a shared stream. */
  deliver(message: Message): void {
    if (isResponse(message)) this.answered = true;
    this.peer.post({ type: "say", message: this.told(message) });
    if (!this.answered) return;
    const abort = () => this.controller.abort(ANSWERED);
    if (this.leave) this.leave(abort);
    else abort();
  }

  /** Nobody waits for it any more. */
  drop(): void {
    this.controller.abort();
    this.leave?.(() => {});
  }

  /** A message about it, in the words of the tab. */
  told(message: Message): Message {
    const { id, params } = this.#given as { id: RequestId; params?: JsonObject };
    // An answer to something else stays one: no id of a tab is a string.
    if (isResponse(message)) {
      return {
        ...message,
        id: this.answers(message) ? id : `not for this request: ${message.id}`,
      } as Message;
    }
    const { params: said } = message;
    if (!said || isRequest(message)) return message;
    const changed: JsonObject = { ...said };
    if (said.progressToken === this.token && isObject(params?._meta)) {
      changed.progressToken = params._meta.progressToken;
    }
    if (said.requestId === this.id) changed.requestId = id;
    if (isObject(said._meta) && said._meta[SUBSCRIPTION] === this.id) {
      changed._meta = { ...said._meta, [SUBSCRIPTION]: id };
    }
    return { ...message, params: changed };
  }

  /** The tab has read so many more replies. */
  more(count: number): void {
    this.#room += count;
    this.#wake?.();
  }

  /** One more reply is on its way to the tab; nothing, or a promise that there is room for another. */
  room(): Promise<void> | undefined {
    if (--this.#room > 0) return undefined;
    return new Promise((resolve) => {
      const off = onAbort(this.controller.signal, () => resolve());
      this.#wake = () => {
        off();
        resolve();
      };
    });
  }
}

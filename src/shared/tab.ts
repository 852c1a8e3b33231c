import { claim, isVisible, type Line, onPage, openLine, whenFree } from "../adapters/tabs.ts";
import { clock } from "../adapters/timers.ts";
import { isMcpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { Channel } from "../core/flow/channel.ts";
import { type Deferred, deferred } from "../core/flow/deferred.ts";
import { ANSWERED, type SendOptions, type Transport } from "../core/ports.ts";
import type { Message, RpcNotification, RpcResponse, Verdict } from "../core/types.ts";
import { isFailure, isMessage, isObject } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import { WINDOW } from "./forwarded.ts";
import type { Hub } from "./hub.ts";
import { type AboutOne, Outgoing } from "./outgoing.ts";
import { isLetter, type ToAll, type ToHub, type ToTab, unpack } from "./protocol.ts";

/** The tab that holds the connection takes a message at once, or it is stuck, and another takes its place. */
const PATIENCE_MS = 5000;
/** That a tab is gone may be known before the last it said has arrived. */
const GRACE_MS = 100;

/** Makes a tab hold the connection, given what is known of how to reach the server. */
export type Hold = (id: string, known: Verdict | undefined) => Hub;

/**
 * The transport of one tab: hands messages to the tab that holds the connection, which may be this one. Exactly
 * one holds it, by a lock of the browser; when that one is gone the next in the queue for the lock does.
 */
export class Tab implements Transport {
  readonly #key: string;
  /** Makes this tab hold the connection; absent in one that never does. */
  readonly #hold: Hold | undefined;
  readonly #outgoing: Map<number, Outgoing> = new Map();
  readonly #offPage: () => void;
  #id = "";
  #count = 0;
  #leader: string | undefined;
  /** The last one, as long as what it said may still arrive. */
  #former: string | undefined;
  #settle: (() => void) | undefined;
  #hub: Hub | undefined;
  #line: Line | undefined;
  #offs: (() => void)[] = [];
  #unwatch: (() => void) | undefined;
  #inbox: Channel<Message> | undefined;
  #inboundOptions: SendOptions | undefined;
  #asking: Deferred<void> | undefined;
  #greeted = false;
  #greetings = 0;
  #server: Verdict | undefined;
  #stuck: (() => void) | undefined;
  #closed = false;

  constructor(key: string, hold?: Hold) {
    this.#key = key;
    this.#hold = hold;
    this.#offPage = onPage({
      seen: () => this.#post({ type: "seen", visible: isVisible() }),
      away: () => this.#leave(),
      back: () => this.#join(),
    });
    this.#join();
  }

  get name(): string {
    return this.#server?.transport ?? "shared";
  }

  get url(): string | undefined {
    return this.#server?.url;
  }

  /** Until it is known better: on the revisions with a session, that ends for all tabs at once. */
  get shared(): boolean {
    return !this.#greeted || eraOf(this.#server?.protocolVersion ?? "") === "legacy";
  }

  async *send(message: Message, options: SendOptions): AsyncGenerator<Message, void, undefined> {
    const { method } = message as RpcNotification;
    // The first is said by whoever holds the connection; of the second it is told by dropping the request.
    if (method === "notifications/initialized" || method === "notifications/cancelled") return;
    const { signal, headers, reconnect, onActivity } = options;
    const n = ++this.#count;
    const handshake = method === "initialize" || (method === "server/discover" && !this.#greeted);
    const text = JSON.stringify(message);
    const outgoing = new Outgoing({ type: "send", n, text, handshake, headers, reconnect }, onActivity);
    const { replies } = outgoing;
    this.#outgoing.set(n, outgoing);
    const off = onAbort(signal, (reason) => replies.end({ reason }));
    this.#flush();
    try {
      for (let read = 1; ; read++) {
        const { value, done } = await replies.next();
        if (done) return;
        yield value;
        if (read % (WINDOW / 2) === 0) this.#post({ type: "more", n, count: WINDOW / 2 });
      }
    } finally {
      off();
      this.#outgoing.delete(n);
      const { stage } = outgoing;
      if (stage !== "kept" && stage !== "over" && signal.reason !== ANSWERED) this.#post({ type: "drop", n });
    }
  }

  async *inbound(options: SendOptions): AsyncGenerator<Message, void, undefined> {
    const mine = new Channel<Message>(Number.POSITIVE_INFINITY, (queue) => queue);
    this.#inbox = mine;
    this.#inboundOptions = options;
    const off = onAbort(options.signal, () => mine.end());
    try {
      for (let next = await mine.next(); !next.done; next = await mine.next()) yield next.value;
    } finally {
      off();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#offPage();
    this.#leave();
  }

  #join(): void {
    if (this.#id || this.#closed) return;
    const id = crypto.randomUUID();
    this.#id = id;
    const hello = () => all.post({ type: "hello", from: id, visible: isVisible() } satisfies ToAll);
    let all: Line;
    // The others learn from this lock that the tab is gone; they hear of it when it is held.
    const name = `${this.#key} ${id}`;
    this.#offs.push(
      claim(name, () => {
        const line = openLine(name, (data) => {
          if (isLetter<ToTab>(data, id)) this.#receive(data, data.from);
        });
        all = openLine(this.#key, (data) => {
          if (isObject(data) && data.type === "who") hello();
        });
        this.#line = line;
        this.#offs.push(line.close, all.close);
        hello();
        this.#lead();
      }),
    );
  }

  /** Holds the connection, when it is this tab's turn; with `steal`, now. */
  #lead(steal?: boolean): void {
    const hold = this.#hold;
    if (!hold) return;
    const id = this.#id;
    const held = () => {
      const hub = hold(id, this.#server);
      this.#hub = hub;
      hub.admit(id, isVisible(), (said) => this.#receive(said, id));
    };
    const lost = (error: unknown) => {
      if (this.#hub) {
        // Stolen: the others took this tab for stuck, and turned to another.
        this.#leave();
        this.#join();
      } else for (const { replies } of this.#outgoing.values()) replies.end({ reason: error });
    };
    this.#offs.push(claim(this.#key, held, lost, steal));
  }

  /** Is no longer one of the tabs that share. */
  #leave(): void {
    if (!this.#id) return;
    this.#post({ type: "bye" });
    this.#hub?.close().catch(() => {});
    for (const off of this.#offs.splice(0)) off();
    this.#unwatch?.();
    this.#stuck?.();
    this.#hub = this.#line = this.#leader = this.#unwatch = this.#stuck = undefined;
    this.#id = "";
    this.#setAsking(false);
    for (const outgoing of this.#outgoing.values()) if (outgoing.stage !== "kept") outgoing.lose();
    this.#endSession();
  }

  #post(said: ToHub): void {
    if (!this.#leader) return;
    if (this.#hub) this.#hub.receive(this.#id, said);
    else this.#line?.post({ ...said, from: this.#id, to: this.#leader });
  }

  /** Hands over what is still to be sent. */
  #flush(): void {
    if (!this.#leader || this.#settle) return;
    let waiting = false;
    for (const outgoing of this.#outgoing.values()) {
      if (outgoing.stage === "kept") {
        outgoing.stage = "posted";
        this.#post({ ...outgoing.said, until: Date.now() + PATIENCE_MS });
      }
      waiting ||= outgoing.stage === "posted";
    }
    if (!waiting || !this.#hold) return;
    this.#stuck ??= clock.after(PATIENCE_MS * 1.5, () => {
      this.#stuck = undefined;
      if ([...this.#outgoing.values()].some(({ stage }) => stage === "posted")) this.#lead(true);
    });
  }

  #receive(said: ToTab, from: string): void {
    if (said.type === "welcome") this.#followLeader(from, said.asking);
    else if (from !== this.#leader && from !== this.#former) return;
    else if (said.type === "bye") this.#loseLeader(from);
    else if (said.type === "lost") this.#endSession();
    else if (said.type === "missed") {
      if (!this.#greeted) return;
      // To a client of one session, the first time only tells that it hears now.
      if (this.#greetings++ === 1) this.#inboundOptions?.onOpen?.();
      this.#inboundOptions?.onOpen?.();
    } else if (said.type === "asking") this.#setAsking(said.on);
    else if (said.type === "report") this.#inboundOptions?.onError?.(unpack(said.error));
    else if (said.type === "say") {
      if (isMessage(said.message)) this.#inbox?.push(said.message);
    } else {
      const outgoing = this.#outgoing.get(said.n);
      if (outgoing) this.#advance(outgoing, said);
    }
  }

  /** News of one message. */
  #advance(outgoing: Outgoing, said: AboutOne): void {
    if (said.type === "reply" && said.server && !isFailure(said.message as RpcResponse)) {
      this.#server = said.server;
      this.#greeted = true;
      this.#greetings++;
    }
    const reason = outgoing.take(said);
    // The session ends for this tab as it is opened again, whatever is said of it meanwhile.
    if (isMcpError(reason, "session_expired")) this.#greeted = false;
  }

  /** Turns to the tab that holds the connection now. */
  #followLeader(leader: string, asking: boolean): void {
    if (leader !== this.#leader) {
      if (this.#leader) this.#loseLeader();
      this.#leader = leader;
      this.#unwatch?.();
      this.#unwatch =
        leader === this.#id ? undefined : whenFree(`${this.#key} ${leader}`, () => this.#loseLeader());
    }
    this.#setAsking(asking);
    this.#flush();
  }

  /**
   * The tab that held the connection is gone. What it was sending may have run; the rest waits for the next.
   *
   * @param bye when it said so itself, after everything else.
   */
  #loseLeader(bye?: string): void {
    if (bye && bye !== this.#leader) return;
    this.#former = this.#leader;
    this.#leader = undefined;
    const before = [...this.#outgoing.values()];
    const settle = () => {
      this.#former = this.#settle = undefined;
      for (const outgoing of before) {
        if (outgoing.stage === "sent") outgoing.lose();
        else if (outgoing.stage !== "over") outgoing.stage = "kept";
      }
      this.#endSession();
      this.#flush();
    };
    this.#settle?.();
    if (bye) settle();
    else {
      const stop = clock.after(GRACE_MS, settle);
      this.#settle = () => {
        stop();
        settle();
      };
    }
  }

  /** The session is gone: the client is to introduce itself again. */
  #endSession(): void {
    if (!this.#greeted) return;
    this.#greeted = false;
    this.#inbox?.end();
  }

  /** A person is asked, or no more: until then no clock of this tab runs. */
  #setAsking(on: boolean): void {
    if (!on) {
      this.#asking?.resolve();
      this.#asking = undefined;
    } else if (!this.#asking) {
      this.#asking = deferred();
      this.#inboundOptions?.asking?.(this.#asking.promise);
    }
  }
}

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
import { type AboutOne, Entry } from "./entry.ts";
import { WINDOW } from "./forwarded.ts";
import type { Hub } from "./hub.ts";
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
  readonly #entries: Map<number, Entry> = new Map();
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
  #hearing: SendOptions | undefined;
  #asking: Deferred<void> | undefined;
  #greeted = false;
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
    const entry = new Entry({ type: "send", n, text, handshake, headers, reconnect }, onActivity);
    const { replies } = entry;
    this.#entries.set(n, entry);
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
      this.#entries.delete(n);
      const { stage } = entry;
      if (stage !== "kept" && stage !== "over" && signal.reason !== ANSWERED) this.#post({ type: "drop", n });
    }
  }

  async *inbound(options: SendOptions): AsyncGenerator<Message, void, undefined> {
    const mine = new Channel<Message>(Number.POSITIVE_INFINITY, (queue) => queue);
    this.#inbox = mine;
    this.#hearing = options;
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
    // Stolen: the others took this tab for stuck, and turned to another.
    const lost = () => {
      if (!this.#hub) return;
      this.#leave();
      this.#join();
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
    this.#ask(false);
    for (const entry of this.#entries.values()) if (entry.stage !== "kept") entry.lose();
    this.#renew();
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
    for (const entry of this.#entries.values()) {
      if (entry.stage === "kept") {
        entry.stage = "posted";
        this.#post({ ...entry.said, until: Date.now() + PATIENCE_MS });
      }
      waiting ||= entry.stage === "posted";
    }
    if (!waiting || !this.#hold) return;
    this.#stuck ??= clock.after(PATIENCE_MS * 1.5, () => {
      this.#stuck = undefined;
      if ([...this.#entries.values()].some(({ stage }) => stage === "posted")) this.#lead(true);
    });
  }

  #receive(said: ToTab, from: string): void {
    if (said.type === "welcome") this.#turn(from, said.asking);
    else if (from !== this.#leader && from !== this.#former) return;
    else if (said.type === "bye") this.#orphan(from);
    else if (said.type === "lost") this.#renew();
    else if (said.type === "asking") this.#ask(said.on);
    else if (said.type === "report") this.#hearing?.onError?.(unpack(said.error));
    else if (said.type === "say") {
      if (isMessage(said.message)) this.#inbox?.push(said.message);
    } else {
      const entry = this.#entries.get(said.n);
      if (entry) this.#advance(entry, said);
    }
  }

  /** News of one message. */
  #advance(entry: Entry, said: AboutOne): void {
    if (said.type === "reply" && said.server && !isFailure(said.message as RpcResponse)) {
      this.#server = said.server;
      this.#greeted = true;
    }
    const reason = entry.take(said);
    // The session ends for this tab as it is opened again, whatever is said of it meanwhile.
    if (isMcpError(reason, "session_expired")) this.#greeted = false;
  }

  /** Turns to the tab that holds the connection now. */
  #turn(leader: string, asking: boolean): void {
    if (leader !== this.#leader) {
      if (this.#leader) this.#orphan();
      this.#leader = leader;
      this.#unwatch?.();
      this.#unwatch =
        leader === this.#id ? undefined : whenFree(`${this.#key} ${leader}`, () => this.#orphan());
    }
    this.#ask(asking);
    this.#flush();
  }

  /**
   * The tab that held the connection is gone. What it was sending may have run; the rest waits for the next.
   *
   * @param bye when it said so itself, after everything else.
   */
  #orphan(bye?: string): void {
    if (bye && bye !== this.#leader) return;
    this.#former = this.#leader;
    this.#leader = undefined;
    const before = [...this.#entries.values()];
    const settle = () => {
      this.#former = this.#settle = undefined;
      for (const entry of before) {
        if (entry.stage === "sent") entry.lose();
        else if (entry.stage !== "over") entry.stage = "kept";
      }
      this.#renew();
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
  #renew(): void {
    if (!this.#greeted) return;
    this.#greeted = false;
    this.#inbox?.end();
  }

  #ask(on: boolean): void {
    if (!on) {
      this.#asking?.resolve();
      this.#asking = undefined;
    } else if (!this.#asking) {
      this.#asking = deferred();
      this.#hearing?.asking?.(this.#asking.promise);
    }
  }
}

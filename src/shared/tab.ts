import { claim, isVisible, type Line, onPage, openLine, whenFree } from "../adapters/tabs.ts";
import { clock } from "../adapters/timers.ts";
import { isMcpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { Channel } from "../core/flow/channel.ts";
import { type Deferred, deferred, IGNORE } from "../core/flow/deferred.ts";
import { ANSWERED, type SendOptions, type Transport } from "../core/ports.ts";
import type { Message, RpcNotification, RpcResponse, Verdict } from "../core/types.ts";
import { isFailure, isMessage, isObject } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import { WINDOW } from "./forwarded.ts";
import type { Hub } from "./hub.ts";
import { type AboutOne, GRACE_MS, Outgoing, type Stage } from "./outgoing.ts";
import { isLetter, type ToAll, type ToHub, type ToTab, unpack, type Welcome } from "./protocol.ts";
import { Watch } from "./watch.ts";

/** The tab that holds the connection takes a message by then, or not any more: it may be stuck. */
const PATIENCE_MS = 5000;

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
  #since = 0;
  /** The last one, as long as it may still send what it was given. Until then the next is given nothing. */
  #former: string | undefined;
  #endFormer: () => void = IGNORE;
  #hub: Hub | undefined;
  #line: Line | undefined;
  #offs: (() => void)[] = [];
  #inbox: Channel<Message> | undefined;
  #inboundOptions: SendOptions | undefined;
  #asking: Deferred<void> | undefined;
  #greeted = false;
  #greetings = 0;
  #server: Verdict | undefined;
  readonly #watch: Watch = new Watch(
    () => (this.#former ? Number.POSITIVE_INFINITY : Math.min(...this.#given("kept", "posted"))),
    () => this.#lead(true),
  );
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
    const id = this.#id;
    if (!hold || this.#hub) return;
    const held = () => {
      this.#hub = hold(id, this.#server);
      this.#hub.admit(id, isVisible(), (said) => this.#receive(said, id));
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
    this.#endFormer();
    this.#watch.stop();
    // What it was itself to send it knows not to have sent. Of what it gave to another that is not known.
    for (const outgoing of this.#outgoing.values()) outgoing.release(!this.#hub || !!this.#former);
    this.#hub = this.#line = this.#leader = this.#former = undefined;
    this.#id = "";
    this.#setAsking(false);
    this.#endSession();
  }

  #post(said: ToHub): void {
    if (!this.#leader) return;
    if (this.#hub) this.#hub.receive(this.#id, said);
    else this.#line?.post({ ...said, from: this.#id, to: this.#leader });
  }

  /** Hands over what is still to be sent. */
  #flush(): void {
    for (const outgoing of this.#outgoing.values()) {
      // Answers may come as something that is said unasked, which is heard once the client has introduced itself.
      if (outgoing.stage !== "kept" || !(this.#greeted || outgoing.said.handshake)) continue;
      const until = Date.now() + PATIENCE_MS;
      if (this.#leader && !this.#former) {
        Object.assign(outgoing, { stage: "posted", until });
        this.#post({ ...outgoing.said, until });
      } else outgoing.until ||= until;
    }
    if (this.#hold) this.#watch.start();
  }

  /** By when those at these stages are to be taken. */
  #given(...stages: readonly Stage[]): number[] {
    const given = [...this.#outgoing.values()].filter(({ stage, until }) => until && stages.includes(stage));
    return given.map(({ until }) => until);
  }

  #receive(said: ToTab, from: string): void {
    if (said.type === "welcome") this.#follow(from, said);
    else if (from !== this.#leader && from !== this.#former) return;
    else if (said.type === "bye") this.#over(from);
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
      this.#flush();
    }
    const reason = outgoing.take(said);
    // The session ends for this tab as it is opened again, whatever is said of it meanwhile.
    if (isMcpError(reason, "session_expired")) this.#greeted = false;
    if (said.type === "again") this.#flush();
  }

  /** Turns to the tab that holds the connection now. */
  #follow(leader: string, { asking, since }: Welcome): void {
    if (leader !== this.#leader) {
      // It woke up, and does not know yet that another took its place.
      if (this.#leader && leader !== this.#id && since < this.#since) return;
      if (this.#leader && !this.#former) {
        this.#former = this.#leader;
        const sendsUntil = Math.max(Date.now(), ...this.#given("posted", "got"));
        this.#endFormer = clock.after(sendsUntil - Date.now() + GRACE_MS, () => this.#settle());
      }
      this.#watch.stop();
      this.#leader = leader;
      this.#since = since;
      if (leader !== this.#id) {
        const gone = () => void this.#offs.push(clock.after(GRACE_MS, () => this.#over(leader)));
        this.#offs.push(whenFree(`${this.#key} ${leader}`, gone));
      }
    }
    this.#setAsking(asking);
    this.#flush();
  }

  /** A tab that held the connection sends nothing any more. */
  #over(leader: string): void {
    if (leader === this.#leader) this.#leader = undefined;
    else if (leader !== this.#former) return;
    this.#settle();
  }

  /** What the former one was sending may have run; the rest is for the next. */
  #settle(): void {
    this.#endFormer();
    this.#former = undefined;
    for (const outgoing of this.#outgoing.values()) outgoing.release();
    this.#endSession();
    this.#flush();
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

import type { Client } from "mcp-rivulet";
import { type Line, openLine, whenFree } from "../adapters/tabs.ts";
import { isMcpError } from "../core/errors.ts";
import { type Deferred, deferred } from "../core/flow/deferred.ts";
import type { SendOptions, Transport } from "../core/ports.ts";
import { correlate, remove } from "../core/session/correlate.ts";
import type { Message, RequestId, RpcRequest, RpcResponse, ServerInfo } from "../core/types.ts";
import { VERSION_HEADER } from "../core/wire/headers.ts";
import { isNotification, isObject, isRequest, isResponse, notification } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import { Attention } from "./attention.ts";
import { Forwarded, lastCall, type Peer } from "./forwarded.ts";
import { messageOf, ownAnswer, tapped } from "./handshake.ts";
import { isLetter, pack, type ToAll, type ToHub, type ToSend, type ToTab } from "./protocol.ts";
import { stillWanted } from "./subscribed.ts";

/** Ids of the messages of tabs start here. Those of the client that keeps the session are far below. */
const FIRST_ID = 1_000_000;

/**
 * Holds the connection for all tabs. A client of its own finds out how the server is reached, opens the session
 * and renews it; beside it, the messages of the tabs travel over the same transport.
 */
export class Hub {
  readonly #id: string;
  readonly #key: string;
  readonly #upstream: Transport;
  readonly #client: Client;
  readonly #all: Line;
  readonly #peers: Map<string, Peer & { forget(): void }> = new Map();
  readonly #pending: Forwarded[] = [];
  /** Questions of the server that a person in one of the tabs is asked. */
  readonly #asked: Map<RequestId, { readonly peer: Peer; readonly answered: Deferred<void> }> = new Map();
  readonly #attention: Attention = new Attention();
  readonly #since: number = Date.now();
  #ids = FIRST_ID;
  /** How many times over no clock should run. */
  #holds = 0;
  #authorizing: Deferred<void> | undefined;
  #renewing: Promise<void> | undefined;

  /**
   * @param id of the tab it runs in.
   * @param key what those who share have in common.
   * @param open makes the client of a transport.
   */
  constructor(id: string, key: string, upstream: Transport, open: (transport: Transport) => Client) {
    this.#id = id;
    this.#key = key;
    this.#upstream = upstream;
    this.#client = open(tapped(upstream, (message) => this.#route(message), this.#attention));
    this.#client.on("status", (status) => {
      this.#authorizing?.resolve();
      this.#authorizing = undefined;
      if (status === "authorizing") {
        this.#authorizing = deferred();
        this.#hold(this.#authorizing.promise);
      } else if (status === "reconnecting" || status === "idle") {
        for (const { answered } of this.#asked.values()) answered.resolve();
        this.#asked.clear();
        this.#tell({ type: "lost" });
      }
      this.#attend();
    });
    // Listening is also what keeps the stream open on which the server says things unasked: one for all tabs.
    this.#client.on("resync", () => this.#tell({ type: "missed" }));
    this.#client.on("error", (error) => this.#tell({ type: "report", error: pack(error) }));
    this.#all = openLine(key, (data) => {
      const { type, from, visible } = (isObject(data) ? data : {}) as Partial<ToAll & { type: "hello" }>;
      if (type === "hello" && typeof from === "string" && from !== id) this.#meet(from, visible === true);
    });
    this.#all.post({ type: "who" } satisfies ToAll);
  }

  /** Takes in a tab: this one, or one that is reached by a line of its own. */
  admit(id: string, visible: boolean, post: Peer["post"], forget: () => void = () => {}): void {
    this.#peers.get(id)?.forget();
    this.#peers.set(id, { id, visible, post, forget, calls: new Map(), uris: new Set() });
    post({ type: "welcome", asking: this.#holds > 0, since: this.#since });
  }

  #meet(id: string, visible: boolean): void {
    // It says hello again when it is asked who is there; it is the same tab.
    if (this.#peers.has(id)) return;
    const line = openLine(`${this.#key} ${id}`, (data) => {
      if (isLetter<ToHub>(data, this.#id) && data.from === id) this.receive(id, data);
    });
    const free = whenFree(`${this.#key} ${id}`, () => this.#forget(id));
    this.admit(
      id,
      visible,
      (said) => line.post({ ...said, from: this.#id, to: id }),
      () => {
        free();
        line.close();
      },
    );
  }

  receive(id: string, said: ToHub): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    if (said.type === "send") this.#take(peer, said);
    else if (said.type === "more") peer.calls.get(said.n)?.more(said.count);
    else if (said.type === "drop") this.#drop(peer.calls.get(said.n));
    else if (said.type === "bye") this.#forget(id);
    else if (said.type === "seen") peer.visible = said.visible;
    this.#attend();
  }

  /** Listens to the server as long as a tab is seen or waits, which need not be the one that this runs in. */
  #attend(): void {
    const needed = [...this.#peers.values()].some(({ visible, calls }) => visible || calls.size > 0);
    this.#attention.set(needed, this.#client);
  }

  /** Ends the connection. The tabs look for another to hold it. */
  async close(): Promise<void> {
    this.#tell({ type: "bye" });
    for (const { calls, forget } of this.#peers.values()) {
      for (const call of calls.values()) call.drop();
      forget();
    }
    this.#peers.clear();
    this.#all.close();
    await this.#client.close();
  }

  #forget(id: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#peers.delete(id);
    peer.forget();
    for (const call of [...peer.calls.values()]) this.#drop(call);
    this.#attend();
    for (const [asked, { peer: one, answered }] of this.#asked) {
      if (one !== peer) continue;
      // Nobody is left to ask; what the question was about may have gone with the tab.
      const error = { code: -32000, message: "The page that was asked is gone." };
      this.#post({ jsonrpc: "2.0", id: asked, error });
      this.#asked.delete(asked);
      answered.resolve();
    }
  }

  #tell(said: ToTab, except?: Peer): void {
    for (const peer of this.#peers.values()) if (peer !== except) peer.post(said);
  }

  /** Stops the clocks of all tabs until a person has answered. */
  #hold(answered: Promise<unknown>): void {
    const end = () => {
      if (--this.#holds === 0) this.#tell({ type: "asking", on: false });
    };
    if (this.#holds++ === 0) this.#tell({ type: "asking", on: true });
    answered.then(end, end);
  }

  /** Sends a message of a tab, when there is a session, and hands its replies back. */
  async #take(peer: Peer, said: ToSend): Promise<void> {
    const { n, handshake, until = Date.now() } = said;
    const message = messageOf(said);
    if (!message) return;
    const call = new Forwarded(peer, said, message, ++this.#ids);
    const { signal } = call.controller;
    peer.calls.set(n, call);
    let last: ToTab = { type: "end", n };
    try {
      if (this.#renewing || this.#client.status !== "ready") {
        peer.post({ type: "got", n });
        await this.#renewing;
        await this.#client.connect({ signal });
      }
      // This page may have stood still meanwhile.
      if (Date.now() > until) last = { type: "again", n };
      else if (handshake || stillWanted(message, peer, this.#peers.values())) {
        const server = this.#client.server as ServerInfo;
        last = { type: "reply", n, message: ownAnswer(message as RpcRequest, server) };
        if (handshake) last = { ...last, server: server.verdict };
      } else if (!signal.aborted) await this.#forward(call, said);
    } catch (error) {
      if (isMcpError(error, "session_expired")) this.#renew();
      last = { type: "end", n, error: pack(error, handshake ? "sharing" : undefined) };
    }
    peer.calls.delete(n);
    this.#attend();
    if (!signal.aborted && !call.answered) peer.post(last);
  }

  async #forward(call: Forwarded, { n, reconnect }: ToSend): Promise<void> {
    const { peer, message, headers, controller } = call;
    const asked = isResponse(message) && this.#asked.get(message.id as RequestId);
    // Only who was asked may answer.
    if (asked !== false && asked?.peer !== peer) return;
    // Said before it is so: a page that ends between the two leaves a call that may have run.
    peer.post({ type: "sent", n });
    call.sent = true;
    if (isRequest(message)) this.#pending.push(call);
    try {
      const replies = this.#upstream.send(message, {
        ...{ headers, reconnect, signal: controller.signal },
        onActivity: () => peer.post({ type: "active", n }),
        onError: (error) => peer.post({ type: "report", error: pack(error) }),
        asking: (answered) => this.#hold(answered),
        onLeave: (leave) => {
          call.leave = leave;
        },
      });
      for await (const reply of replies) {
        call.answered ||= call.answers(reply);
        if (isRequest(reply)) this.#asked.set(reply.id, { peer, answered: deferred() });
        // Of a change everybody should hear, wherever the server says it.
        else if (isNotification(reply) && reply.method.endsWith("/list_changed")) {
          this.#tell({ type: "say", message: reply }, peer);
        }
        peer.post({ type: "reply", n, message: call.told(reply) });
        if (call.answered || controller.signal.aborted) return;
        const room = call.room();
        if (room) await room;
      }
      if (!asked) return;
      this.#asked.delete((message as RpcResponse).id as RequestId);
      asked.answered.resolve();
    } catch (error) {
      // Its answer came on the stream that all share.
      if (!call.answered) throw error;
    } finally {
      remove(this.#pending, call);
    }
  }

  /** Nobody waits for it: the server is told, unless the end of its stream says so. */
  #drop(call: Forwarded | undefined): void {
    if (!call) return;
    const { pending, headers, id } = call;
    call.drop();
    const { shared } = this.#upstream;
    if (!pending || !(shared || eraOf(this.#client.server?.protocolVersion ?? "") === "legacy")) return;
    const version = headers?.[VERSION_HEADER];
    this.#post(
      notification("notifications/cancelled", { requestId: id, reason: "cancelled" }),
      version ? { [VERSION_HEADER]: version } : undefined,
    );
  }

  /** Sends what nobody waits for. */
  async #post(message: Message, headers?: SendOptions["headers"]): Promise<void> {
    try {
      const { signal } = new AbortController();
      for await (const _ of this.#upstream.send(message, { signal, headers })) return;
    } catch (error) {
      this.#tell({ type: "report", error: pack(error) });
    }
  }

  /** Has the client see for itself that the session is gone, and open another. */
  #renew(): void {
    this.#renewing ??= this.#client
      .ping()
      .catch(() => {})
      .then(() => {
        this.#renewing = undefined;
      });
  }

  /** Hands a message of a shared stream to whom it is for. False when that is the client that keeps the session. */
  #route(message: Message): boolean {
    if (isRequest(message)) return this.#ask(message);
    const pending = correlate(this.#pending, message);
    if (pending) pending.deliver?.(message);
    else if (isNotification(message)) {
      const { params } = message;
      // Several tabs may have called this tool. None of them is to take it for the output of its own call.
      const said =
        params?.toolName === undefined ? message : { ...message, params: { ...params, progressToken: null } };
      this.#tell({ type: "say", message: said });
    }
    return !!pending;
  }

  /**
   * A question for a person goes to the tab with calls in flight, since one of them brought it about; of several
   * to one that is seen, and of those to the one that called last.
   */
  #ask(message: RpcRequest): boolean {
    if (!/^(elicitation\/create|sampling\/createMessage)$/.test(message.method)) return false;
    const peers = [...this.#peers.values()];
    const callers = peers.filter(lastCall);
    const [peer] = (callers.length > 0 ? callers : peers).sort(
      (a, b) => +b.visible - +a.visible || lastCall(b) - lastCall(a),
    );
    if (!peer) return false;
    const answered = deferred<void>();
    this.#asked.set(message.id, { peer, answered });
    // The call it belongs to may be another tab's.
    if (callers.length > 1) this.#hold(answered.promise);
    peer.post({ type: "say", message });
    return true;
  }
}

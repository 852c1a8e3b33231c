import { framed, hidden, onLife } from "../adapters/life.ts";
import { wait } from "../adapters/timers.ts";
import { isMcpError, McpError } from "../core/errors.ts";
import { SILENT_MS } from "../core/flow/backoff.ts";
import { IGNORE } from "../core/flow/deferred.ts";
import { isRequest } from "../core/wire/jsonrpc.ts";
import { answersAny } from "./ask.ts";
import type { Host } from "./host.ts";

/** Events of what the server says unasked: not status, error and message. */
const UNASKED = /^[nlrtp]/;

/**
 * The channel of what is tied to no request: the one stream of HTTP+SSE, and until 2025-11-25 the GET stream of
 * Streamable HTTP. That one takes a connection, of which browsers allow six to an origin, so it is open only
 * while somebody needs it, and a page that nobody sees and that waits for nothing gives it back.
 */
export class Inbound {
  readonly #host: Host;
  /** Somebody iterates calls: some servers say there what belongs to one. */
  #iterated = false;
  /** It was open before, so that something may have been missed. */
  #again = false;
  /** While it is open. */
  running: AbortController | undefined;
  #forget: (() => void) | undefined;
  /** What the GET stream failed with for good, if it did. */
  lost: unknown;
  /** While it opens: resolves when what the server says unasked is heard, as far as it can be. */
  listening: Promise<void> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** A handshake begins, whose answers may come this way. */
  begin(): void {
    this.stop();
    this.#forget ??= onLife(["visibilitychange", "pageshow", "pagehide", "online"], ({ type, persisted }) => {
      this.attend();
      this.#host.wake();
      // "Clients that no longer need a particular session": a page that will not be shown again.
      if (type === "pagehide" && !persisted) {
        // Nothing here goes on, but the page around may wait for it.
        if (framed()) this.#host.step({ type: "closed" });
        this.#host.transport.close();
      }
    });
    if (this.#host.transport.shared) this.#run();
  }

  /** The handshake succeeded. */
  opened(): void {
    const host = this.#host;
    this.#again = host.state.generation > 1;
    this.attend();
    // Else when the stream is there.
    if (this.#again && !this.listening) this.#missed();
  }

  /** The server could not be heard for a while: whatever it tells changes of may have changed. */
  #missed(): void {
    const host = this.#host;
    host.emit("resync", undefined);
    for (const list of ["tools", "prompts", "resources"] as const) {
      if (host.server?.capabilities[list]?.listChanged) host.emit(`${list}Changed`, undefined);
    }
  }

  stop(reason?: unknown): void {
    this.running?.abort(reason);
    this.running = this.listening = this.lost = undefined;
  }

  close(reason: unknown): void {
    this.#forget?.();
    this.stop(reason);
  }

  /** No request is in flight any more. */
  rest(): void {
    if (hidden()) this.attend();
  }

  /** A promise to wait for before a call goes out: its parts, and questions about it, may come here. */
  before(parts: { readonly iterated: boolean }): Promise<void> | undefined {
    if ((this.running && !this.listening) || this.#host.codec.modern) return undefined;
    // Whoever iterates does so in the same turn as the call.
    return Promise.resolve().then(() => {
      this.#iterated ||= parts.iterated;
      this.attend();
      return parts.iterated || answersAny(this.#host.options) ? this.listening : undefined;
    });
  }

  /** Opens the GET stream if somebody needs it, or closes it. */
  attend(): void {
    const { transport, codec, state, idle, options } = this.#host;
    if (transport.shared || codec.modern || state.status !== "ready") return;
    const wanted = this.#iterated || answersAny(options) || this.#host.any(UNASKED);
    if (!wanted || (idle && hidden())) this.stop();
    else if (!this.running) {
      const opened = new AbortController();
      const listening = wait(SILENT_MS, opened.signal)
        .catch(IGNORE)
        .then(() => {
          if (this.listening === listening) this.listening = undefined;
        });
      this.listening = listening;
      this.#run(() => opened.abort());
    }
  }

  /** @param opened of a GET stream: it may have no answer, and its end is not that of the session. */
  async #run(opened?: () => void): Promise<void> {
    const host = this.#host;
    const { transport, codec, reconnect, report, asking } = host;
    if (!transport.inbound || host.state.status === "closed") return opened?.();
    const running = new AbortController();
    const { signal } = running;
    this.running = running;
    /** The server has no GET stream, or none that stays. */
    let none = !!opened;
    const onOpen = () => {
      opened?.();
      if (this.#again) this.#missed();
      this.#again = true;
    };
    try {
      const headers = codec.headers("", undefined);
      const options = { signal, headers, reconnect, onError: report, asking, onOpen };
      for await (const message of transport.inbound(options)) {
        if (signal.aborted) return;
        host.wire("in", message);
        const pending = isRequest(message) ? undefined : host.find(message);
        if (pending) pending.deliver?.(message);
        else host.stray(message);
      }
    } catch (error) {
      const { code, cause } = (error ?? {}) as McpError;
      // That a shared channel ended is no news: it is opened again. So is one that is refused, or not reached, after
      // it was there, in another session. One that is opened in vain again and again is not.
      if (code === "connection_lost" && (!opened || (reconnect && isMcpError(cause)))) none = false;
      // A shared channel fails those who wait for it; they say so.
      else if (!signal.aborted && (opened || host.idle)) {
        if (opened) this.lost = error;
        report(error);
      }
    }
    // Whoever waits has heard all there is.
    opened?.();
    if (signal.aborted) return;
    // Whatever is left of it.
    running.abort();
    if (none) {
      if (this.#again) {
        if (!this.lost) {
          this.lost = new McpError("connection_lost", "The server opens no stream any more.");
          report(this.lost);
        }
        this.#missed();
      }
      this.#again = false;
      return;
    }
    this.running = undefined;
    host.step({ type: "lost", generation: host.state.generation });
  }
}

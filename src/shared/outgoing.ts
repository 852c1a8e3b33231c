import { McpError } from "../core/errors.ts";
import { Channel } from "../core/flow/channel.ts";
import type { Message } from "../core/types.ts";
import { isMessage, isResponse } from "../core/wire/jsonrpc.ts";
import { type ToSend, type ToTab, unpack } from "./protocol.ts";

/** What a tab hears about one message of its own. */
export type AboutOne = Extract<ToTab, { readonly n: number }>;

/** That a tab is gone may be known before the last it said has arrived. */
export const GRACE_MS = 100;

/** `kept` until somebody holds the connection; `got` by one who has to open it first; `sent` once it may have run. */
export type Stage = "kept" | "posted" | "got" | "sent" | "over";

/** A message that a tab wants sent, and what has become of it. */
export class Outgoing {
  readonly said: ToSend;
  /** As many as may be on their way unread, or a few that nobody waits with. */
  readonly replies: Channel<Message> = new Channel(Number.POSITIVE_INFINITY, (queue) => queue);
  readonly #onActivity: (() => void) | undefined;
  stage: Stage = "kept";
  /** By when somebody should have it, and whoever has it has sent it, or does not; in milliseconds since 1970. */
  until = 0;

  constructor(said: ToSend, onActivity: (() => void) | undefined) {
    this.said = said;
    this.#onActivity = onActivity;
  }

  /** Takes news of it. Returns what it failed with, if that is the news. */
  take(said: AboutOne): Error | undefined {
    if (said.type === "active") this.#onActivity?.();
    else if (said.type === "sent") this.stage = "sent";
    else if (said.type === "got") this.stage = "got";
    else if (said.type === "again") this.#keep();
    else if (said.type === "reply") {
      if (!isMessage(said.message)) return undefined;
      if (isResponse(said.message)) this.stage = "over";
      this.replies.push(said.message);
    } else {
      this.stage = "over";
      const reason = said.error && unpack(said.error);
      this.replies.end(reason && { reason });
      return reason;
    }
    return undefined;
  }

  /**
   * Whoever was to send it does so no more.
   *
   * @param unsure it may have been sent since the last news, if that was in time.
   */
  release(unsure = false): void {
    if (this.stage === "over" || this.stage === "kept") return;
    if (this.stage === "sent" || (unsure && Date.now() < this.until + GRACE_MS)) {
      this.stage = "over";
      const said = "The page that held the shared connection is gone; the request may have run.";
      this.replies.end({ reason: new McpError("connection_lost", said) });
    } else this.#keep();
  }

  #keep(): void {
    this.stage = "kept";
    this.until = 0;
  }
}

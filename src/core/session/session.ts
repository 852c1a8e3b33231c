import type { Status } from "../types.ts";

/**
 * The life of a client as a pure machine: what happened goes in, the next state and what is to be done
 * come out. Whoever runs it performs the effects and reports what became of them.
 */
export interface SessionState {
  readonly status: Status;
  /** Counts sessions. A loss reported for an older one than the current is no news. */
  readonly generation: number;
  /** A handshake is under way. */
  readonly opening: boolean;
}

export type SessionEvent =
  /** Somebody needs the server now, or it is time to look for it again. */
  | { readonly type: "wanted" }
  /** The handshake succeeded. */
  | { readonly type: "opened" }
  /** The handshake failed. */
  | { readonly type: "failed" }
  /** The session of `generation` is gone: 404 with a session id, or the shared stream ended. */
  | { readonly type: "lost"; readonly generation: number }
  /** Looking for the server again has not helped often enough. */
  | { readonly type: "resigned" }
  | { readonly type: "closed" };

export type SessionEffect =
  /** Run the handshake. */
  | "open"
  /** Let waiting calls go. */
  | "admit"
  /** Reject waiting calls with what the handshake failed with. */
  | "refuse"
  /** Look for the server again after a while. */
  | "later"
  /** Reject everything with `closed` and end the transport. */
  | "shut";

export const IDLE: SessionState = { status: "idle", generation: 0, opening: false };

export function step(
  state: SessionState,
  event: SessionEvent,
): readonly [SessionState, readonly SessionEffect[]] {
  const { status, generation, opening } = state;
  const { type } = event;
  const to = (status: Status, ...effects: SessionEffect[]): ReturnType<typeof step> => [
    { status, generation: type === "opened" ? generation + 1 : generation, opening: type === "wanted" },
    effects,
  ];

  if (status !== "closed") {
    if (type === "closed") return to("closed", "shut");
    if (opening) {
      if (type === "opened") return to("ready", "admit");
      // A client that was connected once goes on looking; one that never was reports and waits to be asked.
      if (type === "failed") return generation ? to("reconnecting", "refuse", "later") : to("idle", "refuse");
    } else if (status === "ready") {
      // Not at once: a server that ends each session as it begins is not to be asked without pause. Whoever
      // waits for the session says so, and has it opened.
      if (type === "lost" && event.generation === generation) return to("reconnecting", "later");
    } else if (type === "wanted") return to(generation ? "reconnecting" : "connecting", "open");
    else if (type === "resigned") return to("idle");
  }
  return [state, []];
}

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

const NOTHING: readonly SessionEffect[] = [];

export function step(
  state: SessionState,
  event: SessionEvent,
): readonly [SessionState, readonly SessionEffect[]] {
  const { status, generation, opening } = state;
  if (status === "closed") return [state, NOTHING];
  switch (event.type) {
    case "wanted":
      if (opening || status === "ready") break;
      return [
        { status: generation === 0 ? "connecting" : "reconnecting", generation, opening: true },
        ["open"],
      ];
    case "opened":
      if (!opening) break;
      return [{ status: "ready", generation: generation + 1, opening: false }, ["admit"]];
    case "failed":
      if (!opening) break;
      // A client that was connected once goes on looking; one that never was reports and waits to be asked.
      return generation === 0
        ? [{ status: "idle", generation, opening: false }, ["refuse"]]
        : [{ status: "reconnecting", generation, opening: false }, ["refuse", "later"]];
    case "lost":
      if (opening || status !== "ready" || event.generation !== generation) break;
      // Not at once: a server that ends each session as it begins is not to be asked without pause. Whoever
      // waits for the session says so, and has it opened.
      return [{ status: "reconnecting", generation, opening: false }, ["later"]];
    case "resigned":
      if (opening || status === "ready") break;
      return [{ status: "idle", generation, opening }, NOTHING];
    case "closed":
      return [{ status: "closed", generation, opening: false }, ["shut"]];
  }
  return [state, NOTHING];
}

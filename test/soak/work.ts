/** What a tool of the soak is told: who calls, how long to take, how many parts to send. */
export interface CallArguments {
  readonly id: string;
  readonly ms: number;
  readonly count: number;
}

/** What `big` puts before the id. */
export const BIG: string = "0123456789abcdef".repeat(8_192);

/** The same numbers from 0 to 1 for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** From the process of the soak to the client's process. */
export type Order =
  | {
      readonly type: "work";
      readonly url: string;
      readonly revision: string;
      readonly ms: number;
    }
  /** No more faults: let everything settle, show that each client works, and close them. */
  | { readonly type: "settle" }
  | { readonly type: "measure" }
  | { readonly type: "end" };

/** What became of one call. */
export interface Outcome {
  readonly id: string;
  readonly kind: string;
  /** `ok`, the code of an error, or `aborted`. */
  readonly came: string;
  /** How often it may have been executed. */
  readonly most: number;
}

/** From the client's process. */
export type Report =
  | { readonly type: "outcomes"; readonly outcomes: readonly Outcome[] }
  | { readonly type: "done" }
  | { readonly type: "settled"; readonly connects: number; readonly events: number }
  | ({ readonly type: "measured" } & Measure)
  /** Something that must not be, in words. */
  | { readonly type: "violation"; readonly what: string };

/** What is left after everything was closed. */
export interface Measure {
  readonly heapMB: number;
  readonly rssMB: number;
  /** Sockets, timers and other things that keep the process. */
  readonly resources: readonly string[];
  /** Listeners of the one signal that every call was given. */
  readonly listeners: number;
  /** Closed clients, and calls, that are still held. */
  readonly held: number;
}

import fc from "fast-check";
import { expect, it } from "vitest";
import { IDLE, type SessionEvent, type SessionState, step } from "../../src/core/session/session.ts";

const plain = ["wanted", "opened", "failed", "resigned", "closed"] as const;

function events(types: readonly string[]): fc.Arbitrary<SessionEvent[]> {
  const simple = fc.constantFrom(...types).map((type) => ({ type }) as SessionEvent);
  const lost = fc.nat(2).map((generation): SessionEvent => ({ type: "lost", generation }));
  return fc.array(fc.oneof({ weight: 4, arbitrary: simple }, { weight: 1, arbitrary: lost }), {
    maxLength: 60,
  });
}

/** Whoever runs the machine: performs its effects, and counts what it must never do. */
class Runner {
  state: SessionState = IDLE;
  /** Handshakes under way. */
  handshakes = 0;
  shut = 0;
  /** Calls that wait to be let go or turned down. */
  waiting = 0;
  /** A look for the server that will happen by itself. */
  later = 0;

  play(event: SessionEvent): void {
    const before = this.state;
    // A handshake reports only while it is under way, and only one that was begun.
    if ((event.type === "opened" || event.type === "failed") && this.handshakes === 0) return;
    if (event.type === "opened" || event.type === "failed") this.handshakes--;
    if (event.type === "resigned" && this.later === 0) return;
    if (event.type === "wanted" && before.status !== "ready" && before.status !== "closed") this.waiting++;
    const [after, effects] = step(before, event);
    this.state = after;
    for (const effect of effects) {
      if (effect === "open") {
        this.handshakes++;
        this.later = 0;
      } else if (effect === "later") this.later++;
      else if (effect === "admit" || effect === "refuse") this.waiting = 0;
      else if (effect === "shut") {
        this.shut++;
        this.waiting = 0;
        this.handshakes = 0;
        this.later = 0;
      }
    }
    this.check(before);
  }

  check(before: SessionState): void {
    const { status, generation, opening } = this.state;
    expect(this.handshakes).toBeLessThanOrEqual(1);
    expect(opening).toBe(this.handshakes === 1);
    expect(generation).toBeGreaterThanOrEqual(before.generation);
    expect(generation - before.generation).toBeLessThanOrEqual(1);
    expect(this.shut).toBe(status === "closed" ? 1 : 0);
    if (before.status === "closed") expect(this.state).toBe(before);
    if (status === "ready")
      expect({ opening, known: generation > 0 }).toEqual({ opening: false, known: true });
    if (status === "connecting") expect({ opening, generation }).toEqual({ opening: true, generation: 0 });
    // Nobody waits without a handshake that will decide.
    if (this.waiting > 0) expect(opening).toBe(true);
  }
}

it("any sequence of events keeps what the session promises", () => {
  fc.assert(
    fc.property(events(plain), (sequence) => {
      const runner = new Runner();
      for (const event of sequence) runner.play(event);
    }),
    { numRuns: 500 },
  );
});

it("every waiting call is let go or turned down once its handshake ends or the client is closed", () => {
  const ends = fc.constantFrom("opened", "failed", "closed").map((type) => ({ type }) as SessionEvent);
  fc.assert(
    fc.property(events(plain), ends, (sequence, end) => {
      const runner = new Runner();
      for (const event of sequence) runner.play(event);
      runner.play({ type: "wanted" });
      runner.play(end);
      expect(runner.waiting).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it("ready always means a session that was opened and not lost since", () => {
  fc.assert(
    fc.property(events(plain), (sequence) => {
      let state = IDLE;
      let alive = false;
      for (const event of sequence) {
        const before = state;
        [state] = step(before, event);
        if (event.type === "opened" && before.opening) alive = true;
        if (event.type === "lost" && event.generation === before.generation && !before.opening) alive = false;
        if (event.type === "wanted" && state.opening) alive = false;
        if (state.status === "ready") expect(alive).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

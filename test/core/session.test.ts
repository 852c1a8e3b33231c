import { describe, expect, it } from "vitest";
import {
  IDLE,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  step,
} from "../../src/core/session/session.ts";

type Row = readonly [from: string, event: string, to: string, ...effects: SessionEffect[]];

/** `"reconnecting 2 opening"` is a state: status, generation, and whether a handshake is under way. */
function state(text: string): SessionState {
  const [status, generation, opening] = text.split(" ");
  return {
    status: status as SessionState["status"],
    generation: Number(generation),
    opening: opening === "opening",
  };
}

/** `"lost 2"` is an event. */
function event(text: string): SessionEvent {
  const [type, generation] = text.split(" ");
  return (generation === undefined ? { type } : { type, generation: Number(generation) }) as SessionEvent;
}

const transitions: readonly Row[] = [
  // Never connected.
  ["idle 0", "wanted", "connecting 0 opening", "open"],
  ["connecting 0 opening", "opened", "ready 1", "admit"],
  ["connecting 0 opening", "failed", "idle 0", "refuse"],
  ["connecting 0 opening", "closed", "closed 0", "shut"],
  ["idle 0", "closed", "closed 0", "shut"],
  // Connected.
  ["ready 1", "lost 1", "reconnecting 1", "later"],
  ["ready 2", "lost 2", "reconnecting 2", "later"],
  ["ready 1", "closed", "closed 1", "shut"],
  // Connected once.
  ["reconnecting 1", "wanted", "reconnecting 1 opening", "open"],
  ["reconnecting 1", "resigned", "idle 1"],
  ["reconnecting 1", "closed", "closed 1", "shut"],
  ["reconnecting 1 opening", "opened", "ready 2", "admit"],
  ["reconnecting 1 opening", "failed", "reconnecting 1", "refuse", "later"],
  ["idle 1", "wanted", "reconnecting 1 opening", "open"],
  ["idle 1", "closed", "closed 1", "shut"],
];

const unmoved: readonly [from: string, ...events: string[]][] = [
  ["idle 0", "opened", "failed", "lost 0", "resigned"],
  ["idle 1", "opened", "failed", "lost 1", "resigned"],
  ["connecting 0 opening", "wanted", "lost 0", "resigned"],
  ["ready 2", "wanted", "opened", "failed", "lost 1", "lost 3", "lost 0", "resigned"],
  ["reconnecting 1", "opened", "failed", "lost 1"],
  ["reconnecting 1 opening", "wanted", "lost 1", "resigned"],
  ["closed 1", "wanted", "opened", "failed", "lost 1", "resigned", "closed"],
];

describe("the session", () => {
  it.each(transitions)("%s goes on %s to %s", (from, what, to, ...effects) => {
    const [after, done] = step(state(from), event(what));
    expect(after).toEqual(state(to));
    expect(done).toEqual(effects);
  });

  it.each(unmoved.flatMap(([from, ...events]) => events.map((what) => [from, what] as const)))(
    "%s is not moved by %s",
    (from, what) => {
      const before = state(from);
      const [after, effects] = step(before, event(what));
      expect(after).toEqual(before);
      expect(effects).toEqual([]);
    },
  );

  it("begins idle", () => {
    expect(IDLE).toEqual(state("idle 0"));
  });

  it("does not change the state it is given", () => {
    const before = Object.freeze(state("idle 0"));
    expect(step(before, event("wanted"))[0]).not.toBe(before);
  });
});

import { describe, expect, it, vi } from "vitest";
import { onAbort } from "../../src/core/flow/abort.ts";

describe("onAbort", () => {
  it("calls with the reason when the signal aborts", () => {
    const controller = new AbortController();
    const action = vi.fn();
    onAbort(controller.signal, action);
    expect(action).not.toHaveBeenCalled();
    controller.abort("why");
    expect(action.mock.calls).toEqual([["why"]]);
  });

  it("calls at once when the signal has aborted", () => {
    const action = vi.fn();
    onAbort(AbortSignal.abort("why"), action);
    expect(action.mock.calls).toEqual([["why"]]);
  });

  it("does not call any more once taken back, and leaves no listener", () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const add = vi.spyOn(controller.signal, "addEventListener");
    const action = vi.fn();
    onAbort(controller.signal, action)();
    expect(remove.mock.calls[0]?.[1]).toBe(add.mock.calls[0]?.[1]);
    controller.abort();
    expect(action).not.toHaveBeenCalled();
  });

  it("gives a signal one listener, however much waits for it, and takes it away with the last", () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const add = vi.spyOn(controller.signal, "addEventListener");
    const actions = [vi.fn(), vi.fn(), vi.fn()];
    const offs = actions.map((action) => onAbort(controller.signal, action));
    expect(add).toHaveBeenCalledTimes(1);
    offs[0]?.();
    expect(remove).not.toHaveBeenCalled();
    controller.abort("why");
    expect(actions.map(({ mock }) => mock.calls)).toEqual([[], [["why"]], [["why"]]]);
    for (const off of offs) off();
    expect(remove).toHaveBeenCalledTimes(1);
  });

  it("does nothing without a signal", () => {
    expect(onAbort(undefined, () => {})()).toBeUndefined();
  });
});

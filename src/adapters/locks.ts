interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** The end of each queue, where the platform has no locks. */
const queues: WeakMap<object, Map<string, Promise<unknown>>> = /* @__PURE__ */ new WeakMap();

/**
 * Runs `work` when no other holder of the name runs: in all tabs of the origin where the platform has locks
 * for them, else among those who share `owner`.
 */
export async function exclusive<T>(owner: object, name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis.navigator ?? {}) as unknown as { locks?: Locks };
  let held = false;
  try {
    if (locks) {
      return await locks.request(name, () => {
        held = true;
        return work();
      });
    }
  } catch (error) {
    // Denied, as storage is: then no other tab has the tokens either.
    if (held) throw error;
  }
  const own = queues.get(owner) ?? new Map<string, Promise<unknown>>();
  queues.set(owner, own);
  const turn = (own.get(name) ?? Promise.resolve()).then(work, work);
  own.set(name, turn);
  const done = () => {
    if (own.get(name) === turn) own.delete(name);
  };
  turn.then(done, done);
  return turn;
}

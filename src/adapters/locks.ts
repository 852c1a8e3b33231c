interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** The end of each queue, where the platform has no locks. */
const queues: WeakMap<object, Map<string, Promise<unknown>>> = /* @__PURE__ */ new WeakMap();

/**
 * Runs `work` when no other holder of the name runs: in all tabs of the origin where the platform has locks,
 * else among those who share `owner`.
 */
export function exclusive<T>(owner: object, name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis.navigator ?? {}) as unknown as { locks?: Locks };
  if (locks) return locks.request(name, work);
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

/** Does the work when nobody else works on any of the nodes; who is told to stop while it waits never begins. */
export type HoldNodes = <T>(nodes: readonly string[], signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/**
 * One measurement at a time on a node, whichever side of it the node is on. All of the nodes are taken at once, in the
 * order of the calls, so that no two measurements wait for each other.
 */
export function createNodeLocks(): HoldNodes {
  const last = new Map<string, Promise<unknown>>();
  return async (nodes, signal, work) => {
    signal.throwIfAborted();
    const before = nodes.flatMap((node) => last.get(node) ?? []);
    const stopped = Promise.withResolvers<never>();
    const onAbort = () => stopped.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const mine = Promise.all(before).then(() => {
      // From here on the work itself minds the signal, and its end is waited for.
      signal.removeEventListener('abort', onAbort);
      signal.throwIfAborted();
      return work();
    });
    // Whoever comes next waits for its end, however that is.
    const ended = mine
      .catch(() => {})
      .then(() => {
        for (const node of nodes) if (last.get(node) === ended) last.delete(node);
      });
    for (const node of nodes) last.set(node, ended);
    return Promise.race([mine, stopped.promise]);
  };
}

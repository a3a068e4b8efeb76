/**
 * How long a cluster's entity is taken to run after it was seen to. Every alert of a cluster would otherwise queue for
 * the lock of one workflow. An entity that somebody terminates is back this much later; an incident that asks it in
 * between asks again, and without an answer repairs nothing.
 */
export const ensuredMsMax = 5_000;

/** Ensures each name at most once in a while; those who ask while it is being ensured wait for the same answer. */
export function createEnsured(
  ensure: (name: string) => Promise<void>,
  nowMs: () => number = () => performance.now(),
): (name: string) => Promise<void> {
  // Names are clusters that have an inventory, so there are few.
  const seen = new Map<string, { readonly atMs: number; readonly done: Promise<void> }>();
  return (name) => {
    const last = seen.get(name);
    if (last !== undefined && nowMs() - last.atMs < ensuredMsMax) return last.done;
    const entry = { atMs: nowMs(), done: ensure(name) };
    seen.set(name, entry);
    // A failure is for those who waited for it; the next one tries again.
    entry.done.catch(() => {
      if (seen.get(name) === entry) seen.delete(name);
    });
    return entry.done;
  };
}

import type { ReducedEntry } from '../../../kb/logs/reduce.ts';

/**
 * Reduced logs come out source after source, but are read at once: what a later one has ready is held until its turn, so
 * that its thread goes on reading. Beyond `heldEntriesMax` of all sources together a thread waits.
 */
export interface HeldEntries {
  /** Whether the entries were taken; if not, they have to be handed out at once. */
  hold(turn: number, entries: readonly ReducedEntry[]): boolean;
  /** What is held of this source, in its order; it is held no longer. */
  take(turn: number): readonly ReducedEntry[];
}

// A line and its text are some 300 bytes: 12 MB.
export const heldEntriesMax = 40_000;

export function heldEntries(): HeldEntries {
  const bySource = new Map<number, ReducedEntry[]>();
  let count = 0;
  return {
    hold(turn, entries) {
      if (count + entries.length > heldEntriesMax) return false;
      const held = bySource.get(turn) ?? [];
      bySource.set(turn, held);
      for (const entry of entries) held.push(entry);
      count += entries.length;
      return true;
    },
    take(turn) {
      const held = bySource.get(turn) ?? [];
      bySource.delete(turn);
      count -= held.length;
      return held;
    },
  };
}

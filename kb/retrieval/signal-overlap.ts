import type { Recallable } from './recallable.ts';

export interface SignalOverlap {
  /** 0 to 1: how much of what announces the entry was seen, kinds that few entries have weighing more. */
  of(entry: Recallable, seen: ReadonlySet<string>): number;
}

// An entry that names a single weak sign must not count as wholly seen by it.
const massMin = 1;

/** Overlap of an entry's signals with the kinds of an incident's findings. */
export function openSignalOverlap(entries: Iterable<Recallable>): SignalOverlap {
  const holders = new Map<string, number>();
  let total = 0;
  for (const { signals } of entries) {
    total += 1;
    for (const kind of new Set(signals.map((signal) => signal.kind))) holders.set(kind, (holders.get(kind) ?? 0) + 1);
  }
  // Inverse document frequency (Spärck Jones 1972), from 0 for a kind of all entries to 1 for a kind of one.
  const rarity = (kind: string): number =>
    total <= 1 ? 1 : Math.log((total + 1) / (holders.get(kind) ?? 1)) / Math.log(total + 1);
  return {
    of({ signals }, seen) {
      let mass = 0;
      let met = 0;
      for (const { kind, weight } of signals) {
        const share = weight * rarity(kind);
        mass += share;
        if (seen.has(kind)) met += share;
      }
      return met / Math.max(mass, massMin);
    },
  };
}

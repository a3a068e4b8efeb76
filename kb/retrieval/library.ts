import { passes, type RecallFilter } from './filter.ts';
import type { Recallable } from './recallable.ts';
import { openSignalOverlap, type SignalOverlap } from './signal-overlap.ts';
import { openWordIndex, type WordHit, type WordIndex } from './word-index.ts';

/** All that can be recalled at one moment, ready to be searched by words and signals. */
export interface Library {
  readonly entries: ReadonlyMap<string, Recallable>;
  words(query: string, count: number, filter: RecallFilter): readonly WordHit[];
  readonly overlap: SignalOverlap;
}

/** `kept`: the word index of these entries, where it was kept. */
export function openLibrary(recallables: readonly Recallable[], kept?: WordIndex): Library {
  const entries = new Map(recallables.map((entry) => [entry.id, entry]));
  const index = kept ?? openWordIndex(entries.values());
  return {
    entries,
    overlap: openSignalOverlap(entries.values()),
    words: (query, count, filter) =>
      index.search(query, count, (id) => {
        const entry = entries.get(id);
        return entry !== undefined && passes(entry, filter);
      }),
  };
}

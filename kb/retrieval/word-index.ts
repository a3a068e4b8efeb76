import MiniSearch from 'minisearch';
import { stems } from './words.ts';
import type { Recallable } from './recallable.ts';

export interface WordHit {
  readonly id: string;
  /** BM25+ over the fields; comparable within one search only. */
  readonly score: number;
}

export interface WordIndex {
  search(query: string, count: number, accept: (id: string) => boolean): readonly WordHit[];
}

/** Words in common (BM25). */
export function openWordIndex(entries: Iterable<Recallable>): WordIndex {
  const index = new MiniSearch<{ id: string; signals: string; text: string }>({
    fields: ['signals', 'text'],
    tokenize: (text) => [...stems(text)],
    processTerm: (term) => term,
  });
  for (const { id, signalText, text } of entries) index.add({ id, signals: signalText, text });
  return {
    search: (query, count, accept) =>
      index
        .search(query, { filter: ({ id }) => accept(String(id)) })
        .slice(0, count)
        .map(({ id, score }) => ({ id: String(id), score })),
  };
}

import MiniSearch from 'minisearch';
import type { KnowledgeRecord } from '../schemas/record.ts';
import { words } from './hashing-embedding.ts';

/** Records by words in common with the query (BM25), best first. */
export function searchWords(records: readonly KnowledgeRecord[], query: string, count: number): readonly string[] {
  const index = new MiniSearch<{ id: string; signals: string; text: string }>({
    fields: ['signals', 'text'],
    tokenize: (text) => [...words(text)],
    processTerm: (term) => term,
    // Signals are exact strings and codes: a hit there says more than one in prose.
    searchOptions: { boost: { signals: 2 } },
  });
  index.addAll(
    records.map((record) => ({ id: record.problemkey, signals: record.signals.join(' '), text: recordText(record) })),
  );
  return index
    .search(query)
    .slice(0, count)
    .map((hit) => String(hit.id));
}

/** What of a record is searched and embedded. The cause's category is left out: it is the answer, not the question. */
export function recordText(record: KnowledgeRecord): string {
  return [record.problemkey.replaceAll('-', ' '), record.rawtext, record.signals.join(' '), record.result].join('\n');
}

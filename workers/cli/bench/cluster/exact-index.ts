import type { Embedder, RecallIndex } from '../../../../activities/ports.ts';
import { passes } from '../../../../kb/retrieval/filter.ts';
import type { Recallable } from '../../../../kb/retrieval/recallable.ts';

/** The shipped library's vectors in memory, compared one by one: no server, and nothing is missed. */
export async function exactIndex(
  embedder: Embedder,
  recallables: readonly Recallable[],
): Promise<Pick<RecallIndex, 'state' | 'nearest'>> {
  const vectors = await embedder.embed(recallables.map(({ text }) => text));
  const held = recallables.map((entry, at) => ({ entry, vector: vectors[at] ?? [] }));
  const { modelId, dimensions } = embedder;
  return {
    state: async (entries) => ({
      collection: 'memory',
      modelId,
      dimensions,
      indexed: held.length,
      wanted: entries.length,
    }),
    nearest: async (query, { count, filter }) =>
      held
        .filter(({ entry }) => passes(entry, filter))
        .map(({ entry: { id }, vector }) => ({ id, score: cosine(query, vector) }))
        .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
        .slice(0, count),
  };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const lengths = Math.hypot(...a) * Math.hypot(...b);
  return lengths === 0 ? 0 : dot / lengths;
}

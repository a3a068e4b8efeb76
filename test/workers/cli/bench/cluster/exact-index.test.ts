import { describe, expect, it } from 'vitest';
import type { Embedder } from '../../../../../activities/ports.ts';
import type { Recallable } from '../../../../../kb/retrieval/recallable.ts';
import { exactIndex } from '../../../../../workers/cli/bench/cluster/exact-index.ts';

const embedder: Embedder = {
  modelId: 'letters',
  dimensions: 2,
  embed: async (texts) => texts.map((text) => [text.split('a').length - 1, text.split('b').length - 1]),
};
const entry = (id: string, text: string, generations: readonly string[] = []): Recallable => ({
  id,
  kind: 'incident',
  category: null,
  text,
  signalText: '',
  signals: [],
  generations,
  components: ['gpu'],
  trust: 1,
  source: '',
});

describe('the index in memory', () => {
  const entries = [entry('near', 'aab'), entry('far', 'b'), entry('other', 'aab', ['hopper']), entry('empty', '')];

  it('orders by cosine, keeps the filter and the count, and knows what it holds', async () => {
    const index = await exactIndex(embedder, entries);
    const hits = await index.nearest([2, 1], { count: 2, filter: { generation: 'ampere' } });
    expect(hits.map(({ id }) => id)).toEqual(['near', 'far']);
    expect(hits[0]?.score).toBeCloseTo(1);
    expect(await index.state(entries)).toMatchObject({ indexed: 4, wanted: 4, modelId: 'letters' });
  });
});

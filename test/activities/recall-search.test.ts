import { describe, expect, it } from 'vitest';
import { createHashingEmbedder } from '../../activities/adapters/hashing-embedder.ts';
import { PortError, type RecallIndex } from '../../activities/ports.ts';
import { recallLibrary } from '../../activities/recall-library.ts';
import { searchLibrary, type Vectors } from '../../activities/recall-search.ts';
import { queryOfText } from '../../kb/retrieval/query.ts';
import { threeIncidents } from '../support/recallables.ts';

const embedder = createHashingEmbedder();
const { modelId, dimensions } = embedder;

/** An index that holds so many of the three, and answers one of them. */
function indexOf(indexed: number, failing?: PortError): RecallIndex {
  return {
    state: async (entries) => ({ collection: 'three', modelId, dimensions, indexed, wanted: entries.length }),
    sync: async () => ({ added: 0, removed: 0, kept: 0 }),
    drop: async () => undefined,
    async nearest() {
      if (failing !== undefined) throw failing;
      return [{ id: 'disk-full-checkpoint', score: 0.9 }];
    },
  };
}

async function search(vectors: Vectors) {
  const opened = await recallLibrary(async () => threeIncidents)();
  const query = queryOfText('the GPU has fallen off the bus', []);
  return searchLibrary(opened, query, { vectors, filter: {}, count: 5, nowMs: () => 0 });
}
const open = (index: RecallIndex): Vectors => ({ kind: 'open', embedder, index });

describe('a search outside of an incident', () => {
  it('has both lists when the index is complete', async () => {
    const { hits, modelId: made, degraded } = await search(open(indexOf(3)));
    expect(degraded).toBeNull();
    expect(made).toBe(modelId);
    expect(hits.map(({ id }) => id)).toEqual(expect.arrayContaining(['gpu-lost-xid79', 'disk-full-checkpoint']));
  });

  it('says that the index is not complete, and uses what is there', async () => {
    const { hits, modelId: made, degraded } = await search(open(indexOf(2)));
    expect(degraded).toMatch(/2 of 3 searched by likeness/);
    expect(made).toBe(modelId);
    expect(hits.some(({ dense }) => dense !== null)).toBe(true);
  });

  it.each([
    ['an empty index', open(indexOf(0)), /has none of the 3 entries; `wardround kb index` fills it/],
    ['one that is away', open(indexOf(3, new PortError('unreachable', 'nobody there'))), /nobody there/],
    ['none at all', { kind: 'absent', why: 'no embeddings server' } satisfies Vectors, /no embeddings server/],
  ])('answers by words alone and says why: %s', async (_what, vectors, reason) => {
    const { hits, modelId: made, degraded } = await search(vectors);
    expect(degraded).toMatch(reason);
    expect(degraded).toMatch(/searched by words alone$/);
    expect(made).toBeNull();
    expect(hits[0]?.id).toBe('gpu-lost-xid79');
    expect(hits.every(({ dense }) => dense === null)).toBe(true);
  });
});

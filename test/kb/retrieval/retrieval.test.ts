import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { records } from '../../../kb/records/index.ts';
import { recordText, searchWords } from '../../../kb/retrieval/bm25.ts';
import { fuseRanks, fusedScoreMax } from '../../../kb/retrieval/fuse.ts';
import { hashingDimensions, hashingEmbedding } from '../../../kb/retrieval/hashing-embedding.ts';
import { queryCharsMax, recallQuery } from '../../../kb/retrieval/query.ts';
import { recalledWeights } from '../../../kb/retrieval/recalled-weights.ts';
import { finding, knownNoise, lostGpu, smallKnowledge, watchdog, clockFine } from '../reasoning/small-knowledge.ts';

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

describe('the hashing embedder', () => {
  it('gives vectors of length one and the same ones each time', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const vector = hashingEmbedding(text);
        expect(vector).toHaveLength(hashingDimensions);
        const length = Math.hypot(...vector);
        expect(length === 0 || Math.abs(length - 1) < 1e-9).toBe(true);
        expect(hashingEmbedding(text)).toEqual(vector);
      }),
    );
  });

  it('puts texts about one thing closer than texts about another', () => {
    const query = hashingEmbedding('GPU locked at low SM clock, job slow');
    const near = hashingEmbedding('the SM clock of a GPU was locked low and the job ran slow');
    const far = hashingEmbedding('checkpoint could not be written, no space left on device');
    expect(cosine(query, near)).toBeGreaterThan(cosine(query, far) + 0.2);
  });

  it('keeps its vectors from one version of the code to the next', () => {
    const vector = hashingEmbedding('Got completion with error 12');
    const strongest = vector
      .map((value, slot) => ({ slot, value }))
      .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
    expect(strongest.slice(0, 3).map(({ slot }) => slot)).toMatchInlineSnapshot(`
      [
        101,
        39,
        86,
      ]
    `);
  });
});

describe('search by words', () => {
  it('finds the record that holds an exact error string', () => {
    expect(searchWords(records, 'Unexpected bus error encountered in worker', 3)[0]).toBe('dataloader-bus-error-shm');
    expect(searchWords(records, 'HW Power Brake Slowdown Active', 3)[0]).toBe('gpu-power-brake-after-power-event');
  });

  it('finds nothing for words that no record has', () => {
    expect(searchWords(records, 'zebra quagga', 3)).toEqual([]);
  });

  it('does not look at the category, which is the answer', () => {
    const [record] = records;
    if (record === undefined) throw new Error('there are no records');
    expect(recordText({ ...record, category: 'disk-full' })).toBe(recordText(record));
  });
});

describe('fusion by rank', () => {
  it('is the sum of 1 / (60 + rank)', () => {
    const [first, second, third] = fuseRanks(['a', 'b'], ['a', 'c', 'b'], 10);
    expect(first).toEqual({ problemkey: 'a', score: fusedScoreMax, denseRank: 1, wordRank: 1 });
    expect(second?.problemkey).toBe('b');
    expect(second?.score).toBeCloseTo(1 / 62 + 1 / 63, 12);
    expect(third).toMatchObject({ problemkey: 'c', denseRank: null, wordRank: 2 });
  });

  it('gives the order of the one list where the other is empty', () => {
    expect(fuseRanks([], ['x', 'y', 'z'], 2).map(({ problemkey }) => problemkey)).toEqual(['x', 'y']);
  });

  it('never ranks a record lower for standing higher in one list', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 2 }),
        fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e']),
        (dense, byWords) => {
          const scoreOf = (list: readonly string[], key: string): number =>
            fuseRanks(list, byWords, 10).find(({ problemkey }) => problemkey === key)?.score ?? 0;
          const last = dense.at(-1);
          if (last === undefined) return;
          expect(scoreOf([last, ...dense.slice(0, -1)], last)).toBeGreaterThan(scoreOf(dense, last));
        },
      ),
    );
  });
});

describe('the query', () => {
  it('begins with the cause and leaves out what is clean', () => {
    const query = recallQuery(
      [
        finding(watchdog),
        finding(clockFine),
        finding(knownNoise),
        finding(lostGpu, { text: 'Xid 79, GPU has fallen off the bus' }),
      ],
      smallKnowledge.kinds,
    );
    expect(query.startsWith('log.gpu.lost')).toBe(true);
    expect(query).toContain('fallen off the bus');
    expect(query).not.toContain(clockFine.id);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      finding(lostGpu, { kind: `kind.${index}`, text: 'x'.repeat(400) }),
    );
    expect(recallQuery(many, smallKnowledge.kinds).length).toBeLessThanOrEqual(queryCharsMax);
  });
});

describe('what recalled incidents weigh', () => {
  it('doubles the odds at most and counts a category once', () => {
    const top = ['a', 'b', 'c'].map((problemkey) => ({ problemkey, category: 'disk-full', score: fusedScoreMax }));
    expect(recalledWeights(top)).toEqual([
      { category: 'disk-full', weight: Math.log(2), problemkeys: ['a', 'b', 'c'] },
    ]);
  });

  it('leaves out categories that are not in the taxonomy', () => {
    expect(recalledWeights([{ problemkey: 'a', category: 'gremlins', score: 1 }])).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashingDimensions, hashingEmbedding } from '../../../kb/retrieval/hashing-embedding.ts';

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
    const strongest = hashingEmbedding('Got completion with error 12')
      .map((value, slot) => ({ slot, value }))
      .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
    expect(strongest.slice(0, 3).map(({ slot }) => slot)).toEqual([485, 640, 679]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLibrary } from '../../../kb/retrieval/library.ts';
import { candidatesOf, rankCandidates } from '../../../kb/retrieval/rank.ts';
import { recallable } from '../../support/recallables.ts';

const ids = ['a', 'b', 'c', 'd', 'e'];
const library = openLibrary(
  ids.map((id) => recallable(id, id, { trust: id === 'e' ? 0.4 : 1, signals: [{ kind: `own.${id}`, weight: 1 }] })),
);

function ranked(dense: readonly string[], words: readonly string[], kinds: readonly string[] = [], lift?: number) {
  const hits = (list: readonly string[]) => list.map((id, at) => ({ id, score: 1 - at / 10 }));
  const candidates = candidatesOf(library, { dense: hits(dense), words: hits(words), kinds });
  return rankCandidates(candidates, lift === undefined ? {} : { lift });
}

describe('ranking', () => {
  it('fuses by the sum of 1 / (10 + rank), of which 1 is first in both lists', () => {
    const [first, second, third] = ranked(['a', 'b'], ['a', 'c', 'b'], [], 0);
    expect(first).toMatchObject({ id: 'a', score: 1, dense: { rank: 1 }, words: { rank: 1 } });
    expect(second?.id).toBe('b');
    expect(second?.score).toBeCloseTo((1 / 12 + 1 / 13) / (2 / 11), 12);
    expect(third).toMatchObject({ id: 'c', dense: null, words: { rank: 2 } });
  });

  it('puts what announces itself before what only reads alike', () => {
    expect(ranked(['a', 'b'], ['a', 'b'], ['own.b'])[0]?.id).toBe('b');
  });

  it('relies less on what was wrong before', () => {
    expect(ranked(['e', 'a'], ['e', 'a'])[0]?.id).toBe('a');
  });

  it('leaves out what the library does not have, though the index still does', () => {
    expect(ranked(['revoked', 'a'], []).map(({ id }) => id)).toEqual(['a']);
  });

  it('never ranks an entry lower for standing higher in one list', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: 2 }), fc.shuffledSubarray(ids), (dense, words) => {
        const scoreOf = (list: readonly string[], id: string): number =>
          ranked(list, words).find((hit) => hit.id === id)?.score ?? 0;
        const last = dense.at(-1);
        if (last === undefined) return;
        expect(scoreOf([last, ...dense.slice(0, -1)], last)).toBeGreaterThan(scoreOf(dense, last));
      }),
    );
  });
});

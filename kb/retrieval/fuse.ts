/** One record with its places in the two lists; `null` where a list does not have it. Ranks count from 1. */
export interface Fused {
  readonly problemkey: string;
  readonly score: number;
  readonly denseRank: number | null;
  readonly wordRank: number | null;
}

// Cormack, Clarke & Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
// methods" (SIGIR): k = 60.
const rankConstant = 60;

/** The score of a record that is first in both lists. */
export const fusedScoreMax = 2 / (rankConstant + 1);

/** Reciprocal rank fusion: 1 / (60 + rank), summed over the lists. */
export function fuseRanks(dense: readonly string[], byWords: readonly string[], count: number): readonly Fused[] {
  return [...new Set([...dense, ...byWords])]
    .map((problemkey) => {
      const denseRank = rankIn(dense, problemkey);
      const wordRank = rankIn(byWords, problemkey);
      return { problemkey, score: part(denseRank) + part(wordRank), denseRank, wordRank };
    })
    .toSorted((a, b) => b.score - a.score || (a.problemkey < b.problemkey ? -1 : 1))
    .slice(0, count);
}

function rankIn(list: readonly string[], problemkey: string): number | null {
  const index = list.indexOf(problemkey);
  return index < 0 ? null : index + 1;
}

function part(rank: number | null): number {
  return rank === null ? 0 : 1 / (rankConstant + rank);
}

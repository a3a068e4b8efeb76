import { leadingOf, type Opinion } from './opinion.ts';

export interface Vote {
  readonly opinion: Opinion;
  /** How many of the answers agree with it, of how many. */
  readonly agree: number;
  readonly of: number;
}

/**
 * Self-consistency (Wang et al. 2022, arXiv:2203.11171): of several answers to one question the cause that most of them
 * lead with counts, and its probability is lowered by the share that does not. With equal votes the earliest stands.
 */
export function voteOf(opinions: readonly Opinion[]): Vote | null {
  const groups = Map.groupBy(opinions, (opinion) => {
    const leading = leadingOf(opinion);
    return leading === undefined ? '' : `${leading.category}@${leading.node ?? ''}`;
  });
  const [most] = [...groups.values()].toSorted((a, b) => b.length - a.length);
  const [first] = most ?? [];
  if (most === undefined || first === undefined) return null;
  const best = most.toSorted((a, b) => standingClaims(b) - standingClaims(a))[0] ?? first;
  const share = most.length / opinions.length;
  return {
    opinion: {
      ...best,
      hypotheses: best.hypotheses.map((hypothesis) => ({ ...hypothesis, probability: hypothesis.probability * share })),
    },
    agree: most.length,
    of: opinions.length,
  };
}

function standingClaims({ hypotheses }: Opinion): number {
  return hypotheses.flatMap(({ claims }) => claims).filter(({ struck }) => struck === undefined).length;
}

/** Shares of cases, 0 to 1. */
export interface Measures {
  readonly at1: number;
  readonly at3: number;
  readonly at5: number;
  /** Mean reciprocal rank of the first right one. */
  readonly mrr: number;
}

/** `ranks`: place of the first right one, counted from 1; null where it was not found. */
export function measuresOf(ranks: readonly (number | null)[]): Measures {
  const share = (test: (rank: number) => boolean): number =>
    ranks.filter((rank) => rank !== null && test(rank)).length / Math.max(1, ranks.length);
  return {
    at1: share((rank) => rank <= 1),
    at3: share((rank) => rank <= 3),
    at5: share((rank) => rank <= 5),
    mrr: ranks.reduce<number>((sum, rank) => sum + (rank === null ? 0 : 1 / rank), 0) / Math.max(1, ranks.length),
  };
}

import { inFittingHalf, siteRows, splitDigest } from '../../../../kb/performance/fit/split.ts';
import type { Split } from './protocols.ts';

/** The split that was fixed before any constant was chosen; other draws salt the hash of the same ids. */
export const frozenSplit: Split = {
  fitted: inFittingHalf,
  first: (runs, k, draw) =>
    draw === 0
      ? siteRows(runs, k)
      : siteRows(
          runs.map((run) => ({ id: `${run.id} draw ${draw}`, run })),
          k,
        ).map(({ run }) => run),
};

export function digestOf(runs: readonly { readonly id: string }[]): string {
  return splitDigest(runs.map(({ id }) => id));
}

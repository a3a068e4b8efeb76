/** One sight of a record being right or wrong; weight 1 is a verified incident of its own. */
export interface Sight {
  readonly atMs: number;
  readonly right: boolean;
  readonly weight: number;
}

/** Cases that are taken as seen before the first sight. */
export interface Prior {
  readonly right: number;
  readonly wrong: number;
}

/** Laplace's rule of succession: of a record that nobody has tried, nothing is known. */
export const learnedPrior: Prior = { right: 1, wrong: 1 };

/**
 * A shipped record has a public confirmation, which counts as four cases that were right (our judgement: one bad
 * incident leaves it at 0.8, four in a row at a half).
 */
export const shippedPrior: Prior = { right: 4, wrong: 0 };

/**
 * Half a year: production driver branches and collective libraries are renewed about that often, and with them
 * what a symptom means (our judgement; NVIDIA's production branches come twice a year).
 */
export const halfLifeMs = 180 * 24 * 3_600_000;

/** How often a record was right, 0 to 1: the mean of a Beta posterior whose sights fade with age, back to the prior. */
export function scoreOf(sights: readonly Sight[], prior: Prior, nowMs: number): number {
  let { right, wrong } = prior;
  for (const sight of sights) {
    const weight = sight.weight * fadedAt(sight.atMs, nowMs);
    if (sight.right) right += weight;
    else wrong += weight;
  }
  return right / (right + wrong);
}

/** The first of a recall claims most: its part in right and wrong is 1, that of the second a half. */
export function rankWeight(rank: number): number {
  return 1 / rank;
}

/** A clock that runs ahead makes nothing stronger than new. */
function fadedAt(atMs: number, nowMs: number): number {
  return 2 ** (-Math.max(0, nowMs - atMs) / halfLifeMs);
}

import { median } from 'simple-statistics';
import { robustSigma } from './robust-sigma.ts';

export interface Change {
  /** The first sample of the new level. */
  readonly atMs: number;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
}

// Fewer samples on a side make no level.
const sideMin = 5;
// Longer series are thinned out first: the search looks at every split.
const pointsMax = 300;
const robustSigmas = 5;

/**
 * The one split that leaves the least absolute deviation from the two sides' medians, on the logarithm so that
 * ratios count; null where the sides differ by less than `apartShare` or by less than the spread of the first.
 * Medians keep single slow steps (checkpoints, evaluations) from looking like a change.
 */
export function changePoint(
  points: readonly (readonly [atMs: number, value: number])[],
  apartShare: number,
): Change | null {
  const positive = thin(points.filter(([, value]) => value > 0));
  const logs = positive.map(([, value]) => Math.log(value));
  let best: { readonly split: number; readonly cost: number } | null = null;
  for (let split = sideMin; split <= logs.length - sideMin; split += 1) {
    const cost = deviation(logs.slice(0, split)) + deviation(logs.slice(split));
    if (best === null || cost < best.cost) best = { split, cost };
  }
  if (best === null) return null;
  const first = logs.slice(0, best.split);
  const before = median(first);
  const after = median(logs.slice(best.split));
  const shift = Math.abs(after - before);
  const atMs = positive[best.split]?.[0];
  const apart = Math.log(1 + apartShare);
  if (atMs === undefined || shift < apart || shift < robustSigmas * robustSigma(first)) return null;
  return { atMs, before: Math.exp(before), after: Math.exp(after), ratio: Math.exp(after - before) };
}

function deviation(values: readonly number[]): number {
  const middle = median([...values]);
  return values.reduce((sum, value) => sum + Math.abs(value - middle), 0);
}

function thin<T>(points: readonly T[]): readonly T[] {
  const every = Math.ceil(points.length / pointsMax);
  return every <= 1 ? points : points.filter((_, index) => index % every === 0);
}

import type { SiblingRule } from '../schemas/probe.ts';
import { median } from './clean.ts';

/** A figure that its siblings do not agree with. */
export interface Outlier<T> {
  readonly measured: T;
  /** Of all figures that were compared, this one included. */
  readonly median: number;
  /** Robust standard deviation of the figures: scaled median absolute deviation. */
  readonly spread: number;
  /** The others. */
  readonly siblings: number;
}

/** With fewer others, nobody can say which one is the odd one out. */
export const siblingsMin = 3;

/**
 * 1.4826 makes the median absolute deviation of a normal distribution its standard deviation, and three of them is the
 * conservative choice: Leys et al. 2013, https://doi.org/10.1016/j.jesp.2013.03.013
 */
const madScale = 1.4826;
const spreadsMin = 3;

/**
 * Which figures are outside of what their siblings showed at the same moment: beyond the rule's relative and absolute
 * bounds, on the side that it suspects, and beyond what the siblings themselves differ by.
 */
export function siblingOutliers<T extends { readonly value: number }>(
  figures: readonly T[],
  rule: Pick<SiblingRule, 'side' | 'relative' | 'absolute'>,
): readonly Outlier<T>[] {
  const known = figures.filter(({ value }) => Number.isFinite(value));
  if (known.length <= siblingsMin) return [];
  const middle = median(known.map(({ value }) => value)) ?? 0;
  const spread = madScale * (median(known.map(({ value }) => Math.abs(value - middle))) ?? 0);
  const bound = Math.max(rule.relative * Math.abs(middle), rule.absolute, spreadsMin * spread);
  return known
    .filter(({ value }) => isSuspect(value - middle, rule.side) && Math.abs(value - middle) > bound)
    .map((measured) => ({ measured, median: middle, spread, siblings: known.length - 1 }));
}

function isSuspect(difference: number, side: SiblingRule['side']): boolean {
  return side === 'both' || (side === 'low' ? difference < 0 : difference > 0);
}

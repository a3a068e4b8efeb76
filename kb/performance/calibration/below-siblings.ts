import { median } from 'simple-statistics';
import { siblingsMin } from '../../probes/siblings.ts';

/** A device that gives less than like devices. */
export interface BelowSiblings<T> {
  readonly measured: T;
  readonly siblingsMedian: number;
  /** Of the median that is missing; 0.08 is 8 %. */
  readonly shortfall: number;
}

/** SuperBench's usual rule, (value - baseline) / baseline below -5 %: https://www.usenix.org/conference/atc24/presentation/xiong */
export const shortfallMin = 0.05;

/** Those more than 5 % below the median of like devices; of three or fewer nobody can say which one is odd. */
export function belowSiblings<T extends { readonly value: number }>(alike: readonly T[]): readonly BelowSiblings<T>[] {
  if (alike.length <= siblingsMin) return [];
  const middle = median(alike.map(({ value }) => value));
  return alike.flatMap((measured) => {
    const shortfall = (middle - measured.value) / middle;
    return shortfall > shortfallMin ? [{ measured, siblingsMedian: middle, shortfall }] : [];
  });
}

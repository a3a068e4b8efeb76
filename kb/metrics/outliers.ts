import { median } from 'simple-statistics';
import type { GpuValue } from './series.ts';
import { robustSigma } from './robust-sigma.ts';

export interface Outlier extends GpuValue {
  readonly siblings: number;
  readonly siblingsMedian: number;
}

// Fewer siblings give no median that one faulty GPU could not move.
const siblingsMin = 3;
// More than 5 robust standard deviations and more than 10 % apart: a healthy fleet's GPUs differ by 1 to 5 % in
// sustained clocks (ml-engineering, accelerator chapter), and 80 GPUs reach 2.4 sigma by chance at every look.
const robustSigmas = 5;
const apartShare = 0.1;

/** GPUs that differ from their siblings at the same moment, in one direction, the furthest first. */
export function outliers(
  values: readonly GpuValue[],
  direction: 'below' | 'above',
  apart = apartShare,
): readonly Outlier[] {
  if (values.length < siblingsMin + 1) return [];
  const all = values.map(({ value }) => value);
  const middle = median(all);
  const distance = Math.max(apart * Math.abs(middle), robustSigmas * robustSigma(all));
  const sign = direction === 'below' ? -1 : 1;
  return values
    .filter(({ value }) => sign * (value - middle) > distance)
    .toSorted((a, b) => sign * (b.value - a.value))
    .map((gpu) => ({ ...gpu, siblings: values.length - 1, siblingsMedian: middle }));
}

import { isRight, type Judged } from './judged.ts';
import { shareOf, type Share } from './share.ts';

/** Whether stated probabilities are honest. */
export interface Calibration {
  /** Brier 1950, over all categories: mean squared distance of what was stated from what was; 0 is best, 2 worst. */
  readonly brier: number;
  /** Mean of minus the natural logarithm of the probability that the right category was given. */
  readonly logLoss: number;
  /** Of the cause that stood first: what was stated, and how often it was right. */
  readonly reliability: readonly ReliabilityBin[];
  /** Mean distance of stated and right over the bins, by their size; Naeini, Cooper & Hauskrecht 2015 (AAAI). */
  readonly expectedError: number;
}

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  /** Mean of what was stated in it. */
  readonly stated: number;
  readonly right: Share;
}

// Few cases: bins are narrow only where most stated probabilities are.
const edges = [0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1] as const;
// What has been given no probability at all counts as one in a million.
const shareMin = 1e-6;

/** `null` without cases. */
export function calibrationOf(told: readonly Judged[]): Calibration | null {
  if (told.length === 0) return null;
  const reliability = binsOf(told);
  const counted = reliability.reduce((sum, { right }) => sum + right.of, 0);
  const distance = reliability.reduce(
    (sum, { stated, right }) => sum + right.of * Math.abs(stated - right.right / right.of),
    0,
  );
  return {
    brier: mean(told.map(brierOf)),
    logLoss: mean(told.map(({ expected, shares }) => -Math.log(Math.max(shareMin, shares.get(expected ?? '') ?? 0)))),
    reliability,
    expectedError: counted === 0 ? 0 : distance / counted,
  };
}

function brierOf({ expected, shares }: Judged): number {
  let sum = expected !== null && shares.has(expected) ? 0 : 1;
  for (const [category, share] of shares) sum += (share - (category === expected ? 1 : 0)) ** 2;
  return sum;
}

/** Bins that hold a case. A probability on an edge is in the upper one; 1 is in the last. */
function binsOf(told: readonly Judged[]): readonly ReliabilityBin[] {
  return edges.slice(0, -1).flatMap((from, at) => {
    const to = edges[at + 1] ?? 1;
    const inBin = told.filter(({ stated }) => stated !== null && stated >= from && (stated < to || to === 1));
    if (inBin.length === 0) return [];
    return [{ from, to, stated: mean(inBin.map(({ stated }) => stated ?? 0)), right: shareOf(inBin, isRight) }];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

import { mean, sampleStandardDeviation } from 'simple-statistics';
import { t975 } from './student-t.ts';

/** A mean of values that may depend on the ones before them, and how sure it is. */
export interface MeanInterval {
  readonly mean: number;
  /** Half of the 95 % interval, over the mean. */
  readonly halfWidth: number;
  /** Values in one batch mean. */
  readonly block: number;
  /** Lag-1 correlation of the batch means. */
  readonly lagOne: number;
}

/** Fewer batch means than this tell nothing of their own variance; also the rule "n >= 10". */
export const batchesMin = 10;

/**
 * The wider of two intervals. Batch means: blocks are doubled while the means of neighbours still look alike and enough
 * of them are left. Inflation: the variance of the values themselves times (1 + rho) / (1 - rho), as for an
 * autoregression of first order; of short series, whose batches are few, it sees more. Null: fewer than `batchesMin`
 * values.
 */
export function meanInterval(values: readonly number[]): MeanInterval | null {
  if (values.length < batchesMin) return null;
  let block = 1;
  while (looksCorrelated(batchMeans(values, block)) && Math.floor(values.length / (2 * block)) >= batchesMin)
    block *= 2;
  const batches = batchMeans(values, block);
  const middle = mean([...values]);
  const width = Math.max(inflatedWidth(values), inflatedWidth(batches));
  return { mean: middle, halfWidth: width / Math.abs(middle), block, lagOne: lagOne(batches) };
}

function inflatedWidth(values: readonly number[]): number {
  const told = Math.min(rhoMax, Math.max(0, unbiased(lagOne(values), values.length)));
  const rho = Math.min(rhoMax, told + rhoErrors * Math.sqrt((1 - told * told) / values.length));
  const error = sampleStandardDeviation([...values]) / Math.sqrt(values.length);
  return t975(values.length - 1) * error * Math.sqrt((1 + rho) / (1 - rho));
}

/** Means of whole blocks; the rest of the division is left out at the beginning, where warm-up was. */
export function batchMeans(values: readonly number[], block: number): readonly number[] {
  const count = Math.floor(values.length / block);
  const from = values.length - count * block;
  return Array.from({ length: count }, (_, at) => mean(values.slice(from + at * block, from + (at + 1) * block)));
}

/** Lag-1 autocorrelation, from -1 to 1; 0 for values that are all the same. */
export function lagOne(values: readonly number[]): number {
  if (values.length < 3) return 0;
  const middle = mean([...values]);
  const off = values.map((value) => value - middle);
  const square = off.reduce((sum, one) => sum + one * one, 0);
  // Equal values differ by rounding alone.
  if (square <= values.length * (1e-12 * middle) ** 2) return 0;
  return off.slice(1).reduce((sum, one, at) => sum + one * (off[at] ?? 0), 0) / square;
}

/** One-sided test at 5 %: independent values have a lag-1 correlation of about -1/n with a deviation of 1/sqrt(n). */
function looksCorrelated(values: readonly number[]): boolean {
  return lagOne(values) > -1 / values.length + 1.645 / Math.sqrt(values.length);
}

/** Short series show less correlation than there is: E[r] = rho - (1 + 3 rho) / n (Marriott and Pope 1954). */
function unbiased(raw: number, n: number): number {
  return (raw + 1 / n) / (1 - 3 / n);
}

const rhoMax = 0.95;
// Standard errors that the correlation is taken above its estimate, as a rule that ends at a narrow interval ends where
// it is estimated low. Half of one costs a sixth more runs and brings independent runs to the nominal 95 %
// (test/kb/performance/calibration/coverage.test.ts).
const rhoErrors = 0.5;

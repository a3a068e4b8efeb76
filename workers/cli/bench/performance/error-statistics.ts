import { mean, quantileSorted } from 'simple-statistics';
import { seededRandom } from '../random.ts';

/** A run's step time, measured and predicted. */
export interface Compared {
  readonly id: string;
  readonly measuredSeconds: number;
  readonly predictedSeconds: number;
}

/** A number with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How far predictions lie from measurements; percent of the measured step time. */
export interface ErrorStatistics {
  readonly n: number;
  readonly meanAbsolute: Estimate;
  readonly medianAbsolute: Estimate;
  /** Mean of the signed errors: above zero predicts too slow. */
  readonly bias: number;
  readonly p90Absolute: number;
  /** Share of runs, percent, whose error is 10 % or less. */
  readonly within10: number;
}

/** Percent of the measured step time; above zero was predicted too slow. */
export function errorPercent({ measuredSeconds, predictedSeconds }: Omit<Compared, 'id'>): number {
  return (predictedSeconds / measuredSeconds - 1) * 100;
}

/** `null` for no runs. */
export function errorStatistics(compared: readonly Omit<Compared, 'id'>[]): ErrorStatistics | null {
  if (compared.length === 0) return null;
  const signed = compared.map(errorPercent);
  const absolute = signed.map(Math.abs);
  const sorted = absolute.toSorted(byValue);
  return {
    n: compared.length,
    ...withIntervals(absolute, sorted),
    bias: mean(signed),
    p90Absolute: quantileSorted(sorted, 0.9),
    within10: (absolute.filter((error) => error <= 10).length / absolute.length) * 100,
  };
}

const resamples = 500;
const bootstrapSeed = 7;

/** Percentile bootstrap (Efron and Tibshirani 1993, chapter 13), drawn from a fixed seed. */
function withIntervals(
  values: readonly number[],
  sorted: readonly number[],
): Pick<ErrorStatistics, 'meanAbsolute' | 'medianAbsolute'> {
  const random = seededRandom(bootstrapSeed);
  const means: number[] = [];
  const medians: number[] = [];
  for (let at = 0; at < resamples; at += 1) {
    const drawn = values.map(() => values[Math.floor(random() * values.length)] ?? 0).toSorted(byValue);
    means.push(mean(drawn));
    medians.push(quantileSorted(drawn, 0.5));
  }
  return {
    meanAbsolute: { value: mean([...values]), ...middle95(means) },
    medianAbsolute: { value: quantileSorted([...sorted], 0.5), ...middle95(medians) },
  };
}

function middle95(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = values.toSorted(byValue);
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

function byValue(a: number, b: number): number {
  return a - b;
}

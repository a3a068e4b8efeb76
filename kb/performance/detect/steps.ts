import { median } from 'simple-statistics';
import { combined, seriesOf } from '../../metrics/series.ts';
import type { MetricRange } from '../../schemas/metric.ts';

/** One finished optimiser step of a job. */
export interface StepSample {
  /** Cluster milliseconds at which it was first seen finished. */
  readonly atMs: number;
  readonly seconds: number;
  /** Number of the step; `null` where it is not told. */
  readonly iteration: number | null;
}

export interface StepSeries {
  readonly samples: readonly StepSample[];
  /** `relative`: only tokens a second are known and not the tokens of a step, so `seconds` are those of a million tokens. */
  readonly unit: 'seconds' | 'relative';
}

// Four weeks of a sample every five minutes; longer ranges lose their oldest samples.
const samplesMax = 8_064;

/**
 * The steps that a range tells of, each once: a gauge keeps the last step's value and is read more often, or less often,
 * than steps end. `tokensPerStep` turns throughput into step time where only that is measured.
 */
export function stepsOf(range: MetricRange, tokensPerStep: number | null = null): StepSeries {
  const seconds = combined(seriesOf(range, 'training_step_seconds'), median);
  if (seconds.some(([, value]) => value > 0)) return { samples: distinct(range, seconds), unit: 'seconds' };
  const scale = tokensPerStep ?? 1_000_000;
  const rates = combined(seriesOf(range, 'training_tokens_per_second'), median);
  const inverse = rates.filter(([, rate]) => rate > 0).map(([atMs, rate]) => [atMs, scale / rate] as const);
  return { samples: distinct(range, inverse), unit: tokensPerStep === null ? 'relative' : 'seconds' };
}

// An exporter that rounds to tenths shows a handful of values; real steps never take the same time to the last digit.
const roundedValuesMax = 4;

function distinct(
  range: MetricRange,
  points: readonly (readonly [atMs: number, seconds: number])[],
): readonly StepSample[] {
  const iterations = new Map(combined(seriesOf(range, 'training_iteration'), (values) => Math.max(...values)));
  const isRounded = new Set(points.map(([, seconds]) => seconds)).size <= roundedValuesMax;
  const samples: StepSample[] = [];
  for (const [atMs, seconds] of points.slice(-samplesMax)) {
    if (!(seconds > 0)) continue;
    const sample = { atMs, seconds, iteration: iterations.get(atMs) ?? null };
    const last = samples.at(-1);
    const repeats = sample.iteration === null && sample.seconds === last?.seconds && !isRounded;
    if (!repeats && isNewStep(sample, last)) samples.push(sample);
  }
  return samples;
}

/**
 * Without a number, another value is another step; the same value is one only when a step had the time to end (a value
 * that is rounded repeats itself).
 */
export function isNewStep(sample: StepSample, last: StepSample | undefined): boolean {
  if (last === undefined) return true;
  if (sample.iteration !== null && last.iteration !== null) return sample.iteration !== last.iteration;
  return sample.seconds !== last.seconds || sample.atMs - last.atMs >= 1000 * sample.seconds;
}

import { median } from 'simple-statistics';
import type { MetricRange, MetricSeries } from '../schemas/metric.ts';
import { seriesKey, seriesOf } from './series.ts';

/** What the step metrics say of a job that may have ended. Cluster milliseconds. */
export interface Progress {
  /** `stopped`: no step any more. `interrupted`: none for a while, then again. */
  readonly kind: 'steps' | 'stopped' | 'interrupted';
  /** The last step before the silence, or the last of all. */
  readonly lastStepMs: number;
}

// A target that is gone leaves the range at the next scrape; two more may be late.
const scrapesMissedMax = 4;
// A checkpoint or an evaluation takes many steps' time: ten steps without a new one are a stop (ml-engineering: saving
// takes seconds to a few minutes).
const stepsMissedMax = 10;
const silenceMsMin = 120_000;
// An exporter outlives its job and repeats the last value; two real steps never take the same time to the last digit.
const distinctMin = 5;

/** Null where no step metric was gathered. Silence counts only while other metrics of the range are still alive. */
export function jobProgress(range: MetricRange): Progress | null {
  const series = stepSeries(range);
  const moments = stepMoments(series);
  const lastStepMs = moments.at(-1);
  if (lastStepMs === undefined) return null;
  const aliveUntilMs = Math.max(...range.series.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const silenceMsMax = Math.max(silenceMsMin, scrapesMissedMax * range.stepMs, stepsMissedMax * typicalStepMs(range));
  if (aliveUntilMs - lastStepMs > silenceMsMax) return { kind: 'stopped', lastStepMs };
  const gap = moments.findIndex((atMs, index) => (moments[index + 1] ?? atMs) - atMs > silenceMsMax);
  const before = moments[gap];
  if (before !== undefined && otherSeriesSpan(range, series, before, moments[gap + 1] ?? before))
    return { kind: 'interrupted', lastStepMs: before };
  return { kind: 'steps', lastStepMs };
}

const stepMetrics = ['training_step_seconds', 'training_tokens_per_second'] as const;

function stepSeries(range: MetricRange): readonly MetricSeries[] {
  for (const name of stepMetrics) {
    const series = seriesOf(range, name);
    if (series.length > 0) return series;
  }
  return [];
}

/** Moments at which steps were still being done: the frozen tail of a series and zeros are none. */
function stepMoments(series: readonly MetricSeries[]): readonly number[] {
  const moments = series.flatMap(({ points }) => {
    const positive = points.filter(([, value]) => value > 0);
    const distinct = new Set(positive.map(([, value]) => value)).size;
    const last = positive.at(-1)?.[1];
    const tail = positive.findLastIndex(([, value]) => value !== last);
    return (distinct >= distinctMin ? positive.slice(0, tail + 2) : positive).map(([atMs]) => atMs);
  });
  return [...new Set(moments)].toSorted((a, b) => a - b);
}

function typicalStepMs(range: MetricRange): number {
  const seconds = seriesOf(range, 'training_step_seconds')
    .flatMap(({ points }) => points.map(([, value]) => value))
    .filter((value) => value > 0);
  return seconds.length === 0 ? 0 : 1000 * median(seconds);
}

/** A hole in every series is a hole in the collection. */
function otherSeriesSpan(range: MetricRange, steps: readonly MetricSeries[], fromMs: number, toMs: number): boolean {
  return range.series.some(
    (series) => !steps.includes(series) && series.points.some(([atMs]) => atMs > fromMs && atMs < toMs),
  );
}

/**
 * Where a job ended before the last moments, they hold one value alone, as those of a gauge do that rounds or is set
 * seldom. The window tells them apart: with what it read in front, the silence of one that changed with every step is seen.
 */
export function withPast(window: readonly MetricSeries[], lately: readonly MetricSeries[]): readonly MetricSeries[] {
  const past = new Map(window.map((series) => [seriesKey(series), series.points]));
  return lately.map((series) => {
    const [fromMs = Infinity] = series.points[0] ?? [];
    const before = (past.get(seriesKey(series)) ?? []).filter(([atMs]) => atMs < fromMs);
    const isStill = new Set(series.points.map(([, value]) => value)).size === 1;
    return isStill && changesWithSteps(before) ? { ...series, points: [...before, ...series.points] } : series;
  });
}

/** About as many values as steps were done or scraped: two real steps never take the same time to the last digit. */
function changesWithSteps(points: MetricSeries['points']): boolean {
  const seconds = points.map(([, value]) => value).filter((value) => value > 0);
  const [firstMs = 0, lastMs = 0] = [points[0]?.[0], points.at(-1)?.[0]];
  if (seconds.length === 0) return false;
  const steps = (lastMs - firstMs) / (1000 * median(seconds));
  return new Set(seconds).size >= distinctShareMin * Math.min(seconds.length, steps);
}

// Our judgement: a step in the middle of two scrapes is missed or read twice; a rounded value repeats far more often.
const distinctShareMin = 0.5;

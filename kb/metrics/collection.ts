import type { MetricRange, MetricSeries } from '../schemas/metric.ts';
import { nodeOf } from './series.ts';

/** What one exporter of one node delivered: whether a value that appears is new, or only collected again. */
export interface Collection {
  /**
   * Milliseconds without a sample of this exporter right before `atMs`; 0 where its other series begin anew there
   * without a hole; `null` where the collection went on.
   */
  interruptedBefore(atMs: number): number | null;
  /** Is `atMs` the beginning of the range, before which nothing was gathered? */
  beginsRange(atMs: number): boolean;
}

// One missed scrape is a hole: a restart of an exporter takes seconds. Ranges are sampled at whole steps.
const holeSteps = 1.5;
// A series of its own may come late; when half of them begin at one moment, the exporter did.
const anewShareMin = 0.5;

/**
 * The collection around one metric. `prefix` is that of the names of its exporter: `DCGM_` is dcgm-exporter's. Series of
 * the metric itself may begin anew because a label follows its value, so the others tell.
 */
export function collectionOf(range: MetricRange, node: string, metric: string, prefix: string): Collection {
  const series = range.series.filter(
    ({ name, labels, points }) => name.startsWith(prefix) && points.length > 0 && nodeOf(labels) === node,
  );
  const moments = [...new Set(series.flatMap(({ points }) => points.map(([atMs]) => atMs)))].toSorted((a, b) => a - b);
  const rangeBeganMs = range.series.reduce((first, one) => Math.min(first, firstMs(one)), Number.POSITIVE_INFINITY);
  const holeMs = holeSteps * range.stepMs;
  const beginsRange = (atMs: number): boolean => atMs - rangeBeganMs <= holeMs;
  return {
    interruptedBefore(atMs) {
      const before = moments.findLast((moment) => moment < atMs) ?? rangeBeganMs;
      if (atMs - before > holeMs) return atMs - before;
      const others = series.filter((one) => one.name !== metric && lastMs(one) >= atMs);
      const anew = others.filter((one) => Math.abs(firstMs(one) - atMs) < range.stepMs);
      const began = anew.length > 0 && anew.length >= anewShareMin * others.length;
      return began && !beginsRange(atMs) ? 0 : null;
    },
    beginsRange,
  };
}

function firstMs({ points }: MetricSeries): number {
  return points[0]?.[0] ?? Number.POSITIVE_INFINITY;
}

function lastMs({ points }: MetricSeries): number {
  return points.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
}

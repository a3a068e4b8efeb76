import type { MetricRange, MetricSeries } from '../schemas/metric.ts';
import { seriesOf } from './series.ts';

export interface Rise {
  readonly labels: MetricSeries['labels'];
  /** The first sample above the one before it. */
  readonly atMs: number;
  /** The last such sample. */
  readonly lastMs: number;
  /** Sum of all increases; a counter that starts again at zero loses nothing. */
  readonly by: number;
  /** From the first sample to the last, milliseconds. */
  readonly overMs: number;
}

/** Counters that rose inside the range. What a counter stood at all along is no event of the incident. */
export function rising(range: MetricRange, name: string): readonly Rise[] {
  return seriesOf(range, name).flatMap(({ labels, points }) => {
    let atMs: number | null = null;
    let lastMs = 0;
    let by = 0;
    points.forEach(([at, value], index) => {
      const before = points[index - 1]?.[1];
      if (before === undefined || !(value > before)) return;
      atMs ??= at;
      lastMs = at;
      by += value - before;
    });
    const overMs = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
    return atMs === null ? [] : [{ labels, atMs, lastMs, by, overMs }];
  });
}

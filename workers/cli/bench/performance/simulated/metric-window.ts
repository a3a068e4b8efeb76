import type { MetricRange, MetricSeries } from '../../../../../kb/schemas/metric.ts';
import type { ExposedSample } from './read-exposition.ts';

type Point = readonly [atMs: number, value: number];

/** The last scrapes, as a query over a range would give them. Owns its points; older ones are let go. */
export class MetricWindow {
  readonly #windowMs: number;
  readonly #series = new Map<string, { readonly about: Omit<MetricSeries, 'points'>; points: Point[] }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(atMs: number, samples: readonly ExposedSample[]): void {
    for (const { key, name, labels, value } of samples) {
      const series = this.#series.get(key) ?? { about: { name, labels }, points: [] };
      if (series.points.length === 0) this.#series.set(key, series);
      series.points.push([atMs, value]);
    }
    for (const [key, series] of this.#series) {
      const first = series.points.findIndex(([pointMs]) => pointMs > atMs - this.#windowMs);
      if (first === -1) this.#series.delete(key);
      else if (first > 0) series.points.splice(0, first);
    }
  }

  /** Of one job where its name is given: series of other jobs are left out, those of nodes and GPUs are not. */
  rangeAt(atMs: number, stepMs: number, job?: string): MetricRange {
    const series = [...this.#series.values()]
      .filter(({ about }) => job === undefined || (about.labels['job'] ?? job) === job)
      .map(({ about, points }) => ({ ...about, points: [...points] }));
    return { fromMs: atMs - this.#windowMs, toMs: atMs, alertAtMs: atMs, stepMs, series, missing: [] };
  }
}

import type { Timeline } from '../physics/timeline.ts';

export type Labels = Readonly<Record<string, string>>;

/** One metric as a Prometheus server would hold it after scraping the cluster's exporters. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  /** All series of the metric, in a stable order. */
  series(timeline: Timeline): readonly Series[];
}

export interface Series {
  readonly labels: Labels;
  /** The sample scraped at this moment; undefined where the exporter did not answer or had nothing to say. */
  readonly at: (ms: number) => number | undefined;
}

/** Cluster time between two scrapes: samples lie on multiples of it. */
export const scrapeMs = 5_000;

/** The scrape whose sample is the newest at this moment. */
export function scrapeAt(ms: number): number {
  return Math.floor(ms / scrapeMs) * scrapeMs;
}

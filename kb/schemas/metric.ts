import type { Device, Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from './finding-kind.ts';

/** One time series of the Prometheus data model; times are cluster milliseconds, ascending. */
export interface MetricSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** What the gathered metrics evidence holds (JSON). */
export interface MetricRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly alertAtMs: number;
  readonly stepMs: number;
  readonly series: readonly MetricSeries[];
  /** Metrics that were asked for and had no series. */
  readonly missing: readonly string[];
}

export interface MetricMatch {
  readonly kind: string;
  readonly node?: string;
  readonly device?: Device;
  readonly atMs?: number;
  /** The last time that it was seen; absent where it lasts, or nobody can tell. */
  readonly lastMs?: number;
  readonly text: string;
  readonly values?: Finding['values'];
}

/** Reads metrics. Pure. One file, one list line, one fixture. */
export interface MetricDetector {
  readonly id: string;
  readonly kinds: readonly FindingKind[];
  readonly metrics: readonly string[];
  evaluate(range: MetricRange): readonly MetricMatch[];
}

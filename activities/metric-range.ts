import pLimit from 'p-limit';
import { seriesKey } from '../kb/metrics/series.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { MetricRange, MetricSeries } from '../kb/schemas/metric.ts';
import type { GatherPlan } from '../workflows/domain/phase-data.ts';
import { PortError, type MetricsSource } from './ports.ts';

/** Which metrics, of whose job, and when. */
export type RangeWanted = Pick<GatherPlan, 'job' | 'fromMs' | 'toMs' | 'alertAtMs' | 'metrics'>;

/** A range of each metric that is wanted; what has no series is listed as missing. `null`: there is no source. */
export async function metricRange(
  source: MetricsSource | null,
  inventory: Inventory,
  wanted: RangeWanted,
  signal: AbortSignal,
  onAsked: () => void = () => {},
): Promise<MetricRange> {
  const stepMs = stepFor(wanted, inventory);
  const others = otherJobs(inventory, wanted);
  const limit = pLimit(queriesAtOnceMax);
  const answers = await Promise.all(
    wanted.metrics.map((metric) =>
      limit(async () => {
        const series = source === null ? [] : await ask(source, metric, wanted, stepMs, signal);
        onAsked();
        return {
          metric,
          series: series.filter(({ labels, points }) => points.length > 0 && !others.has(jobOf(labels))),
        };
      }),
    ),
  );
  const series = bounded(answers.map((answer) => answer.series)).toSorted(byNameAndLabels);
  const missing = answers.filter((answer) => answer.series.length === 0).map(({ metric }) => metric);
  const { fromMs, toMs, alertAtMs } = wanted;
  return { fromMs, toMs, alertAtMs, stepMs, series, missing };
}

/** Steps of another training job say nothing of this one; scrape jobs that the inventory does not know stay. */
function otherJobs(inventory: Inventory, { job }: RangeWanted): ReadonlySet<string> {
  return new Set(inventory.jobs.map(({ name }) => name).filter((name) => job !== null && name !== job));
}

function jobOf(labels: MetricSeries['labels']): string {
  return labels['training_job'] ?? labels['job'] ?? '';
}

// Prometheus' usual scrape interval; a shorter step repeats values.
const stepMsMin = 15_000;
const pointsPerSeriesMax = 600;
const pointsPerSeriesMin = 20;
// About 25 bytes of JSON a point: 25 MB.
const pointsTotalMax = 1_000_000;
const queriesAtOnceMax = 4;

/** The finest step whose points stay within the bounds, for a metric of every GPU. */
function stepFor(plan: RangeWanted, inventory: Inventory): number {
  const gpus = inventory.nodes.reduce((sum, node) => sum + node.gpus.length, 0);
  const share = pointsTotalMax / Math.max(1, gpus * plan.metrics.length);
  const points = Math.max(pointsPerSeriesMin, Math.min(pointsPerSeriesMax, Math.floor(share)));
  const stepMs = Math.max(stepMsMin, (plan.toMs - plan.fromMs) / points);
  return Math.ceil(stepMs / 1000) * 1000;
}

/** A query that the server refuses or answers with nonsense is a missing metric; a server that is away is a retry. */
async function ask(
  source: MetricsSource,
  selector: string,
  { fromMs, toMs }: RangeWanted,
  stepMs: number,
  signal: AbortSignal,
): Promise<readonly MetricSeries[]> {
  try {
    return await source.range({ selector, fromMs, toMs, stepMs, signal });
  } catch (error) {
    if (
      error instanceof PortError &&
      (error.kind === 'refused' || error.kind === 'malformed' || error.kind === 'too-large')
    )
      return [];
    throw error;
  }
}

/** Metrics in the order in which they were asked for: what does not fit is of the last ones. */
function bounded(byMetric: readonly (readonly MetricSeries[])[]): readonly MetricSeries[] {
  let points = 0;
  return byMetric
    .flatMap((series) => series.toSorted(byNameAndLabels))
    .filter((one) => (points += one.points.length) <= pointsTotalMax);
}

/** Servers answer in any order; evidence of the same values has the same bytes. */
function byNameAndLabels(a: MetricSeries, b: MetricSeries): number {
  const [left, right] = [seriesKey(a), seriesKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

import pLimit from 'p-limit';
import type { MetricRange, MetricSeries } from '../kb/schemas/metric.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { GatheredMetrics, GatherInput, GatherPlan } from '../workflows/domain/phase-data.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type EvidenceStore, type MetricsSource } from './ports.ts';

export interface GatherMetricsPorts {
  readonly inventories: Inventories;
  /** The metrics of one cluster; `null` where none are configured. */
  readonly metrics: (inventory: Inventory) => MetricsSource | null;
  readonly evidence: EvidenceStore;
}

/** Takes a range of each metric that the plan names; what has no series is listed as missing. */
export function createGatherMetrics(ports: GatherMetricsPorts): (input: GatherInput) => Promise<GatheredMetrics> {
  return async ({ key, plan }) => {
    let asked = 0;
    return withHeartbeats(
      () => ({ asked }),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const source = ports.metrics(inventory);
        const stepMs = stepFor(plan, inventory);
        const others = otherJobs(inventory, plan);
        const limit = pLimit(queriesAtOnceMax);
        const answers = await Promise.all(
          plan.metrics.map((metric) =>
            limit(async () => {
              const series = source === null ? [] : await ask(source, metric, plan, stepMs, signal);
              asked += 1;
              return {
                metric,
                series: series.filter(({ labels, points }) => points.length > 0 && !others.has(jobOf(labels))),
              };
            }),
          ),
        );
        const series = bounded(answers.flatMap((answer) => answer.series).toSorted(byNameAndLabels));
        const missing = answers.filter((answer) => answer.series.length === 0).map(({ metric }) => metric);
        const { fromMs, toMs, alertAtMs } = plan;
        const range: MetricRange = { fromMs, toMs, alertAtMs, stepMs, series, missing };
        return {
          range: await putJson(ports.evidence, 'metric-range', key.cluster, range, signal),
          series: series.length,
          missing,
        };
      },
    ).catch(rethrow);
  };
}

/** Steps of another training job say nothing of this one; scrape jobs that the inventory does not know stay. */
function otherJobs(inventory: Inventory, { job }: GatherPlan): ReadonlySet<string> {
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
function stepFor(plan: GatherPlan, inventory: Inventory): number {
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
  { fromMs, toMs }: GatherPlan,
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

function bounded(series: readonly MetricSeries[]): readonly MetricSeries[] {
  let points = 0;
  return series.filter((one) => (points += one.points.length) <= pointsTotalMax);
}

/** Servers answer in any order; evidence of the same values has the same bytes. */
function byNameAndLabels(a: MetricSeries, b: MetricSeries): number {
  const [left, right] = [seriesKey(a), seriesKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function seriesKey({ name, labels }: MetricSeries): string {
  return `${name}${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}

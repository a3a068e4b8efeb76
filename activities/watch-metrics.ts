import pLimit, { type LimitFunction } from 'p-limit';
import { gpuMetrics, jobMetrics, speedMetrics } from '../kb/handlers/metric-sets.ts';
import { nodeOf } from '../kb/metrics/series.ts';
import { healthySeconds, type HistoryState } from '../kb/performance/detect/history.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { MetricSeries } from '../kb/schemas/metric.ts';
import { PortError, type MetricsSource } from './ports.ts';

/** Whose metrics a look reads. */
export interface Watched {
  readonly inventory: Inventory;
  readonly job: Inventory['jobs'][number];
  readonly signal: AbortSignal;
}

/** The steps since what is known of them, with some before; trouble of the server is an error. */
export async function stepSeries(
  source: MetricsSource,
  known: HistoryState | null,
  atMs: number,
  watched: Watched,
): Promise<readonly MetricSeries[]> {
  return ask(source, jobMetrics, { ...stepWindow(known, atMs), stepMs, signal: watched.signal }, watched);
}

/** The rest of what tells where time is lost; each of it for every GPU or node of the job. */
export const partMetrics: readonly string[] = [...gpuMetrics, ...speedMetrics].filter(
  (metric) => !/XID|ECC|REMAP/.test(metric),
);
/**
 * What a look reads now and then of a job that is not slow: power for people, and a GPU apart from its like. An answer for
 * 8,000 GPUs has 3.5 MB and takes a quarter of a second to parse, so that all 27 of them would be too much for a hundred
 * jobs.
 */
export const usualPartMetrics: readonly string[] = [
  'DCGM_FI_DEV_SM_CLOCK',
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_DEV_GPU_UTIL',
  'DCGM_FI_PROF_SM_ACTIVE',
  'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
];
// Finer than the usual scrape, so that the moment at which a step ended is seen as soon as it was scraped.
const stepMs = 5_000;
// At the first look the baseline is learned from what the metrics server still knows; later, from look to look.
const firstWindowMs = 60 * 60_000;
const windowMsMin = 5 * 60_000;
const windowMsMax = 2 * 60 * 60_000;
const windowSteps = 15;
// Three points of the last minute, and as many before it as counters need to be seen rising.
export const partStepMs = 20_000;
const partWindowMs = 2 * 60_000;
// Twice in a look, within its minute, after steps that may have taken half of it.
const partsWallMsMax = 12_000;
const queriesAtOnceMax = 4;

function stepWindow(known: HistoryState | null, atMs: number): { readonly fromMs: number; readonly toMs: number } {
  if (known === null) return { fromMs: atMs - firstWindowMs, toMs: atMs };
  const usualMs = 1000 * (healthySeconds(known) ?? known.last?.seconds ?? 0);
  const newsMs = known.last === null ? 0 : atMs - known.last.atMs;
  const wanted = Math.max(windowMsMin, windowSteps * usualMs, newsMs);
  return { fromMs: atMs - Math.min(windowMsMax, wanted), toMs: atMs };
}

type Parts =
  | { readonly kind: 'read'; readonly series: readonly MetricSeries[] }
  | { readonly kind: 'unread'; readonly why: string };

/** The steps are known before: a look goes on without the parts. */
export async function partsOf(
  source: MetricsSource,
  metrics: readonly string[],
  atMs: number,
  watched: Watched,
  limit: LimitFunction,
): Promise<Parts> {
  const tooLong = AbortSignal.timeout(partsWallMsMax);
  const signal = AbortSignal.any([watched.signal, tooLong]);
  const window = { fromMs: atMs - partWindowMs, toMs: atMs, stepMs: partStepMs, signal };
  try {
    const series = await limit(() => ask(source, metrics, window, watched));
    return { kind: 'read', series };
  } catch (error) {
    if (watched.signal.aborted) throw error;
    if (tooLong.aborted) return { kind: 'unread', why: `they took more than ${partsWallMsMax / 1000} s` };
    if (!(error instanceof PortError)) throw error;
    return { kind: 'unread', why: error.message };
  }
}

async function ask(
  source: MetricsSource,
  metrics: readonly string[],
  window: Omit<Parameters<MetricsSource['range']>[0], 'selector'>,
  { inventory, job }: Watched,
): Promise<readonly MetricSeries[]> {
  const limit = pLimit(queriesAtOnceMax);
  const concerns = concerning(inventory, job);
  const refusals: PortError[] = [];
  const answers = await Promise.all(
    metrics.map((selector) =>
      limit(async () => {
        window.signal?.throwIfAborted();
        const series = await answered(source, { selector, ...window }, refusals);
        // Here, so that what a large cluster has beside the job is let go answer by answer.
        return series.filter((one) => one.points.length > 0 && concerns(one));
      }),
    ),
  );
  const [refusal] = refusals;
  // A server that refuses everything says nothing of the job.
  if (refusal !== undefined && refusals.length === metrics.length) throw refusal;
  return answers.flat();
}

/** A metric that the server does not know is one that the site does not collect. */
async function answered(
  source: MetricsSource,
  query: Parameters<MetricsSource['range']>[0],
  refusals: PortError[],
): Promise<readonly MetricSeries[]> {
  try {
    return await source.range(query);
  } catch (error) {
    if (!(error instanceof PortError) || !['refused', 'malformed', 'too-large'].includes(error.kind)) throw error;
    refusals.push(error);
    return [];
  }
}

/** Steps of other jobs and parts of other nodes say nothing of this one. */
function concerning(inventory: Inventory, job: Watched['job']): (series: MetricSeries) => boolean {
  const others = new Set(inventory.jobs.map(({ name }) => name).filter((name) => name !== job.name));
  const nodes = new Set(inventory.nodes.map(({ name }) => name));
  const own = new Set(job.ranks.map(({ node }) => node));
  return ({ labels }) => {
    if (others.has(labels['training_job'] ?? labels['job'] ?? '')) return false;
    const node = nodeOf(labels);
    return node === undefined || !nodes.has(node) || own.has(node);
  };
}

import { createPrometheus } from '../../../activities/adapters/prometheus.ts';
import { compare, type Compared } from '../../../activities/compare-performance.ts';
import { metricRange } from '../../../activities/metric-range.ts';
import { modelDigest } from '../../../activities/model-digest.ts';
import { predictedSpeed } from '../../../activities/predict-performance.ts';
import { gpuMetrics, hostMetrics, jobMetrics, speedMetrics } from '../../../kb/handlers/metric-sets.ts';
import { calibrationFor, type Calibration } from '../../../kb/performance/calibration/calibration-for.ts';
import { predictJob, type JobPrediction } from '../../../kb/performance/job-prediction.ts';
import { toClusterMs, type Inventory } from '../../../kb/schemas/inventory.ts';
import type { MetricRange } from '../../../kb/schemas/metric.ts';
import { pickCluster, type CliContext } from '../context.ts';
import { CommandFailure, exitCodes, renderJson, type ExitCode } from '../output.ts';
import { ticking } from '../ticking.ts';
import type { WithCalibration } from './calibration-store.ts';
import { comparisonText } from './comparison-text.ts';

export interface CompareJobOptions {
  readonly cluster: string | undefined;
  readonly job: string | undefined;
  readonly lastMs: number;
  readonly json: boolean;
}

/** What the command tells. */
export interface JobComparison {
  readonly cluster: string;
  readonly job: string;
  readonly range: Pick<MetricRange, 'fromMs' | 'toMs' | 'missing'>;
  readonly compared: Compared;
  /** `null`: the inventory does not say what the job trains. */
  readonly predicted: JobPrediction | null;
  readonly calibration: Calibration | null;
  /** Why there is no calibration, where there might be one. */
  readonly uncalibrated: string | null;
}

type Job = Inventory['jobs'][number];

/** Reads the site's metrics once and compares them as an incident would. */
export async function compareJob(
  context: CliContext,
  withCalibration: WithCalibration,
  { cluster, job: jobName, lastMs, json }: CompareJobOptions,
): Promise<ExitCode> {
  const inventories = await context.inventories();
  const inventory = inventories.get(pickCluster(cluster, [...inventories.keys()]));
  if (inventory === undefined) throw new Error('a cluster was picked from the inventories');
  const job = pickJob(inventory, jobName);
  const source = await metricsOf(context, inventory);
  const toMs = Math.floor(toClusterMs(inventory.clock, context.nowMs()));
  const wanted = {
    job: job.name,
    fromMs: toMs - lastMs,
    toMs,
    alertAtMs: toMs,
    metrics: [...jobMetrics, ...gpuMetrics, ...speedMetrics, ...hostMetrics],
  };
  const range = await ticking(
    context.terminal,
    () => `reading ${wanted.metrics.length} metrics from ${source.url}`,
    () => metricRange(source.metrics, inventory, wanted, AbortSignal.timeout(readMsMax)).catch(unreadable(source.url)),
  );
  const { calibration, uncalibrated } = await calibrationOf(context, withCalibration, inventory, job);
  const { training: run = null } = job;
  const used = calibration ?? { site: null, slowestShare: null };
  const predicted = run === null ? null : predictJob(run, used);
  const prediction = predicted?.kind === 'predicted' ? predicted.prediction : null;
  const document = { prediction, run, calibration: { ...used, used: [], stale: [] } };
  const compared = compare({ range, document, phases: [], inventory, job: job.name });
  const told: JobComparison = {
    cluster: inventory.cluster,
    job: job.name,
    range,
    compared,
    predicted,
    calibration,
    uncalibrated,
  };
  context.terminal.out(json ? renderJson(comparisonJson(told)) : await comparisonText(context.terminal, told));
  return exitCodeOf(compared.verdict.kind);
}

const readMsMax = 60_000;
const lastMsMin = 60_000;
// What Prometheus keeps by default is 15 days; a day at 600 points a series is one every two minutes.
const lastMsMax = 24 * 3_600_000;
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `30m`, `6h` in milliseconds. */
export function lastMsOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (count !== '' && ms >= lastMsMin && ms <= lastMsMax) return ms;
  throw new CommandFailure(`--last takes a time between 60s and 24h, not "${text}"`, 'for example --last 30m', {
    exitCode: exitCodes.usage,
  });
}

function pickJob({ cluster, jobs }: Inventory, named: string | undefined): Job {
  const [only] = jobs;
  if (named === undefined && only !== undefined && jobs.length === 1) return only;
  const found = jobs.find(({ name }) => name === named);
  if (found !== undefined) return found;
  const known = jobs.map(({ name }) => name).join(', ');
  throw new CommandFailure(
    named === undefined ? `which job of cluster ${cluster}?` : `cluster ${cluster} has no job "${named}"`,
    known === '' ? 'its inventory lists no job; a file of runs can be compared without one' : `known: ${known}`,
    { exitCode: exitCodes.usage },
  );
}

async function metricsOf({ config }: CliContext, { cluster, metrics }: Inventory) {
  const url = metrics?.url ?? (await config()).metricsUrl;
  if (url !== null) return { url, metrics: createPrometheus(url) };
  throw new CommandFailure(
    `no metrics server of cluster ${cluster} is configured`,
    'name it in the inventory (metrics.url), or set WARDROUND_METRICS_URL',
  );
}

function unreadable(url: string): (error: unknown) => never {
  return (cause) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(
      `the metrics at ${url} can not be read: ${why}`,
      '`wardround doctor` checks every endpoint',
      {
        cause,
      },
    );
  };
}

/** A site that has calibrated nothing is compared all the same, and so is one whose records can not be read. */
async function calibrationOf(
  { nowMs }: CliContext,
  withCalibration: WithCalibration,
  { cluster }: Inventory,
  { ranks }: Job,
): Promise<Pick<JobComparison, 'calibration' | 'uncalibrated'>> {
  const nodes = [...new Set(ranks.map(({ node }) => node))];
  try {
    const { records } = await withCalibration((store) => store.records(cluster));
    return {
      calibration: calibrationFor(records, { cluster, nodes, nowMs: nowMs(), modelDigest: modelDigest() }),
      uncalibrated: null,
    };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { calibration: null, uncalibrated: error.message };
  }
}

/** Stable: fields are added, never renamed. */
export function comparisonJson(told: JobComparison): object {
  const { cluster, job, range, compared, predicted, calibration, uncalibrated } = told;
  const { verdict, healthyStepMs, measured, prediction, policy } = compared;
  const { kind, slowdownRatio, measuredStepMs, expectedStepMs, sinceMs, alarms, components, summary } = verdict;
  return {
    cluster,
    job,
    fromMs: range.fromMs,
    toMs: range.toMs,
    verdict: kind,
    slowdownRatio,
    measuredStepMs,
    expectedStepMs,
    healthyStepMs,
    sinceMs,
    predicted: prediction === null ? null : predictedSpeed(prediction),
    refused: predicted?.kind === 'refused' ? predicted.problems : [],
    ...measured,
    alarms,
    components,
    summary,
    assumed: prediction?.assumed ?? [],
    calibration:
      calibration === null
        ? null
        : { site: calibration.site, slowestShare: calibration.slowestShare, used: calibration.used },
    uncalibrated,
    missing: range.missing,
    thresholds: policy?.derivation ?? [],
  };
}

function exitCodeOf(kind: Compared['verdict']['kind']): ExitCode {
  switch (kind) {
    case 'normal':
      return exitCodes.done;
    case 'slow':
    case 'stopped':
    case 'interrupted':
      return exitCodes.failed;
    case 'suppressed':
    case 'unmeasured':
      return exitCodes.notProven;
  }
}

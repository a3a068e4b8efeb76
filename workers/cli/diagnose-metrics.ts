import { compare } from '../../activities/compare-performance.ts';
import { performanceFindings } from '../../activities/check-performance.ts';
import { prolonged } from '../../activities/gather-metrics.ts';
import { fieldsOf } from '../../activities/job-run.ts';
import { metricFindings } from '../../activities/metric-findings.ts';
import { metricRange, type RangeWanted } from '../../activities/metric-range.ts';
import type { MetricsSource } from '../../activities/ports.ts';
import { predictionDocument } from '../../activities/predict-performance.ts';
import type { Phase } from '../../kb/performance/detect/phases.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { ReportedMetrics } from './diagnose-report.ts';

/** What metrics say of a job: as detectors read them, and its speed beside the one that it should have. */
export interface MeasuredMetrics {
  readonly findings: readonly Finding[];
  readonly speed: readonly Finding[];
  readonly reported: ReportedMetrics;
}

export interface MetricsAsked {
  readonly inventory: Inventory;
  readonly source: MetricsSource;
  /** Pauses that rank 0 tells of in the logs: a checkpoint is no slow step. */
  readonly phases: readonly Phase[];
  readonly onAsked: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** The plan's range; throws `PortError` where the server is away. */
export async function readMetrics(
  { inventory, source, phases, onAsked, signal }: MetricsAsked,
  plan: RangeWanted,
  evidenceId: string,
): Promise<MeasuredMetrics> {
  const of = plan.metrics.length;
  let done = 0;
  onAsked(done, of);
  const range = await metricRange(source, inventory, plan, signal, () => onAsked((done += 1), of));
  const { job } = plan;
  const compared = compare({ range, document: predicted(inventory, job), phases, inventory, job });
  const { verdict } = compared;
  return {
    findings: metricFindings(range, { evidenceId, source: 'metrics' }),
    speed: performanceFindings(verdict.matches, evidenceId),
    reported: {
      series: range.series.length,
      missing: range.missing,
      speed: verdict.kind,
      slowdownRatio: verdict.slowdownRatio,
      summary: verdict.summary,
    },
  };
}

/** The speed until now: the job may have recovered since, or stopped. `nowMs` in wall milliseconds. */
export function readMetricsAgain(
  asked: MetricsAsked,
  plan: RangeWanted,
  evidenceId: string,
  nowMs: number,
): Promise<MeasuredMetrics> {
  return readMetrics(asked, prolonged(plan, asked.inventory, nowMs), evidenceId);
}

/** Without the site's own measurements, which are kept in its bucket. */
function predicted(inventory: Inventory, name: string | null): Parameters<typeof compare>[0]['document'] {
  const job = inventory.jobs.find((one) => one.name === name);
  if (job?.training === undefined) return null;
  const run = { run: job.training, origins: [{ fields: fieldsOf(job.training), from: 'inventory' as const }] };
  const uncalibrated = { site: null, slowestShare: null, used: [], stale: [] };
  return predictionDocument({ cluster: inventory.cluster, job: job.name }, run, uncalibrated);
}

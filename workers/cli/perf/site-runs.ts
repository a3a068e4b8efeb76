import { createPrometheus } from '../../../activities/adapters/prometheus.ts';
import { healthyStep } from '../../../kb/performance/calibration/healthy-step.ts';
import { toClusterMs, type Inventory } from '../../../kb/schemas/inventory.ts';
import type { TrainingRun } from '../../../kb/schemas/training-run.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import { openRuns, readRuns } from './read-runs.ts';

/** A run of the site with what was measured, or why it can't be used. */
export type SiteRun =
  | { readonly kind: 'run'; readonly id: string; readonly run: TrainingRun }
  | { readonly kind: 'unusable'; readonly id: string; readonly reason: string };

/** More than the store says it stands on. */
const runsMax = 10_000;

export async function runsFromFile(file: string): Promise<readonly SiteRun[]> {
  const runs: SiteRun[] = [];
  for await (const entry of readRuns(openRuns(file))) {
    if (runs.length >= runsMax)
      throw new CommandFailure(`${file} holds more than ${runsMax} runs`, 'a few dozen healthy ones say as much', {
        exitCode: exitCodes.usage,
      });
    switch (entry.kind) {
      case 'run':
        runs.push({ kind: 'run', id: entry.id, run: entry.run });
        break;
      case 'wrong': {
        const [first] = entry.problems;
        runs.push({ kind: 'unusable', id: entry.id, reason: `${first?.field ?? ''}: ${first?.reason ?? 'wrong'}` });
        break;
      }
      case 'skipped':
        break;
    }
  }
  return runs;
}

interface FromMetrics {
  readonly inventory: Inventory;
  readonly metricsUrl: string | null;
  /** Null: all that say what they train. */
  readonly jobs: readonly string[] | null;
  readonly hours: number;
  readonly nowMs: number;
}

// A minute holds some steps of most jobs; the gauge has the last one.
const stepMs = 60_000;

/** The inventory's jobs that say what they train, with their healthy step time of the last hours. */
export async function runsFromMetrics({
  inventory,
  metricsUrl,
  jobs,
  hours,
  nowMs,
}: FromMetrics): Promise<{ readonly from: string; readonly runs: readonly SiteRun[] }> {
  const url = inventory.metrics?.url ?? metricsUrl;
  if (url === null)
    throw new CommandFailure(`no metrics of ${inventory.cluster} are configured`, 'set WARDROUND_METRICS_URL', {
      exitCode: exitCodes.usage,
    });
  const known = inventory.jobs.map(({ name }) => name);
  const unknown = (jobs ?? []).filter((job) => !known.includes(job));
  if (unknown.length > 0)
    throw new CommandFailure(`${inventory.cluster} has no job ${unknown.join(', ')}`, `it has ${known.join(', ')}`, {
      exitCode: exitCodes.usage,
    });
  const source = createPrometheus(url);
  const toMs = toClusterMs(inventory.clock, nowMs);
  const wanted = inventory.jobs.filter(({ name }) => jobs === null || jobs.includes(name));
  const runs = await Promise.all(
    wanted.map(async ({ name, training }): Promise<SiteRun> => {
      if (training === undefined)
        return {
          kind: 'unusable',
          id: name,
          reason: 'its inventory entry has no `training`: what it trains is not known',
        };
      const selector = `training_step_seconds{job="${name}"}`;
      const series = await source.range({ selector, fromMs: toMs - hours * 3_600_000, toMs, stepMs });
      const values = series.flatMap(({ points }) => points.map(([, value]) => value));
      const step = healthyStep(values);
      if (step.kind === 'unclear') return { kind: 'unusable', id: name, reason: step.why };
      return { kind: 'run', id: name, run: { ...training, measured: { iteration_s: step.seconds } } };
    }),
  );
  return { from: `metrics of ${wanted.map(({ name }) => name).join(', ')}`.slice(0, 500), runs };
}

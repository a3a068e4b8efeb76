import { jsonDigest } from '../../../activities/json-evidence.ts';
import type { CalibrationStore } from '../../../activities/ports.ts';
import { errorAgainstK, type ErrorAtK } from '../../../kb/performance/calibration/error-against-k.ts';
import { gpuFigures } from '../../../kb/performance/calibration/gpu-figures.ts';
import { measuredSeconds } from '../../../kb/performance/calibration/measured-seconds.ts';
import { modelDigest } from '../../../activities/model-digest.ts';
import { fitSiteScale, type MeasuredRun } from '../../../kb/performance/fit/fit.ts';
import { fittedConstants } from '../../../kb/performance/model/fitted-constants.ts';
import { predict } from '../../../kb/performance/model/predict.ts';
import { resolveRun } from '../../../kb/performance/run/resolve.ts';
import { seededRandom } from '../bench/random.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, renderTable, type ExitCode } from '../output.ts';
import { percent, short } from './figure-table.ts';
import type { SiteRun } from './site-runs.ts';

export interface CalibrateSite {
  /** File, or jobs. */
  readonly from: string;
  readonly runs: readonly SiteRun[];
  readonly validMs: number;
  readonly by: string;
  /** Null: as the valid GPU figures say. */
  readonly drivers: readonly string[] | null;
  /** Null: nothing is kept. */
  readonly store: { readonly store: CalibrationStore; readonly cluster: string } | null;
  readonly json: boolean;
}

interface Used extends MeasuredRun {
  /** Measured over predicted. */
  readonly ratio: number;
}

type Outcome =
  | { readonly kind: 'used'; readonly used: Used }
  | { readonly kind: 'unused'; readonly id: string; readonly reason: string };

/** Fits the scale, shows what it and its number of runs are worth, and keeps it. */
export async function runCalibrateSite(
  context: Pick<CliContext, 'terminal' | 'nowMs'>,
  wanted: CalibrateSite,
): Promise<ExitCode> {
  const { terminal, nowMs } = context;
  const outcomes = wanted.runs.map((one) => outcomeOf(one, wanted.from));
  const used = outcomes.flatMap((one) => (one.kind === 'used' ? [one.used] : []));
  const unused = outcomes.flatMap((one) => (one.kind === 'unused' ? [one] : []));
  if (used.length === 0)
    throw new CommandFailure(
      `none of ${outcomes.length} runs from ${wanted.from} can be used`,
      unused[0] === undefined ? 'give runs with `measured`' : `${unused[0].id}: ${unused[0].reason}`,
    );
  const fitted = fitSiteScale(used, fittedConstants);
  // The same runs give the same table.
  const errors = errorAgainstK(used, {
    fit: (some) => fitSiteScale(some, fittedConstants).scale,
    random: seededRandom(used.length),
  });
  const samplesDigest = jsonDigest(used.map(({ id, run, seconds }) => ({ id, run, seconds })));
  const atMs = nowMs();
  const record = wanted.store === null ? null : await keep(wanted.store);

  if (wanted.json)
    terminal.out(
      renderJson({
        ...fitted,
        id: record?.id ?? null,
        from: wanted.from,
        modelDigest: modelDigest(),
        samplesDigest,
        used: used.map(({ id, seconds, ratio }) => ({ id, seconds, predictedSeconds: seconds / ratio, ratio })),
        unused: unused.map(({ id, reason }) => ({ id, reason })),
        errorAgainstRuns: errors,
      }),
    );
  else {
    terminal.out(
      `${paint(terminal, 'bold', `Site scale ${short(fitted.scale)}`)}: steps of ${used.length} runs take ${short(fitted.scale)} times what the model says, spread ${percent(fitted.sigma)}.`,
    );
    terminal.out(await errorTable(context, errors));
    for (const { id, reason } of unused.slice(0, unusedShownMax))
      terminal.out(`${paint(terminal, 'yellow', 'Not used:')} ${plain(id)}: ${plain(reason)}`);
    if (unused.length > unusedShownMax) terminal.out(`and ${unused.length - unusedShownMax} more; --json lists them`);
    if (used.length < runsUsual)
      terminal.out(`${used.length} runs are few: the spread is a guess until there are ${runsUsual}.`);
    terminal.out(record === null ? 'Nothing was kept (--no-store).' : `Kept as ${record.id.slice(0, 12)}.`);
  }
  return unused.length > 0 ? exitCodes.notProven : exitCodes.done;

  async function keep({ store, cluster }: NonNullable<CalibrateSite['store']>) {
    const drivers = wanted.drivers ?? driversOf((await store.records(cluster)).records, cluster, atMs);
    return store.add({
      kind: 'site',
      cluster,
      atMs,
      by: wanted.by,
      from: wanted.from.slice(0, 500),
      scale: fitted.scale,
      sigma: fitted.sigma,
      runs: used.length,
      samplesDigest,
      modelDigest: modelDigest(),
      drivers: [...drivers].slice(0, driversMax),
      validUntilMs: atMs + wanted.validMs,
    });
  }
}

// With five a median has two on each side of it.
const runsUsual = 5;
const unusedShownMax = 20;
const driversMax = 16;

function outcomeOf(one: SiteRun, set: string): Outcome {
  if (one.kind === 'unusable') return { kind: 'unused', id: one.id, reason: one.reason };
  const { id, run } = one;
  const resolved = resolveRun(run);
  if (resolved.kind === 'refused') {
    const [first] = resolved.problems;
    return { kind: 'unused', id, reason: `${first?.field ?? ''}: ${first?.reason ?? 'refused'}` };
  }
  const seconds = measuredSeconds(run, resolved.run);
  if (seconds === null) return { kind: 'unused', id, reason: 'measured: neither seconds a step nor tokens a second' };
  const ratio = seconds / predict(resolved.run).iterationSeconds;
  return { kind: 'used', used: { id, set, run: resolved.run, seconds, ratio } };
}

function driversOf(records: Parameters<typeof gpuFigures>[0], cluster: string, nowMs: number): readonly string[] {
  const { figures } = gpuFigures(records, { cluster, nowMs });
  return [...new Set(figures.flatMap(({ figure }) => figure.conditions.driver ?? []))].toSorted();
}

function errorTable({ terminal }: Pick<CliContext, 'terminal'>, errors: readonly ErrorAtK[]): Promise<string> {
  const rows = errors.map(({ k, medianError, meanError, p90Error }) => [
    k === 0 ? 'none (as shipped)' : String(k),
    percent(medianError),
    percent(meanError),
    percent(p90Error),
  ]);
  return renderTable(terminal, ['RUNS FITTED', 'MEDIAN ERROR OF THE OTHERS', 'MEAN', '90 %'], rows);
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { headlessCluster } from '../../../../../infra/cluster/headless.ts';
import { performanceFaults } from '../../../../../infra/cluster/performance-faults.ts';
import { defaultWatchSettings } from '../../../../../workflows/domain/perf-watch.ts';
import { paint, type Terminal } from '../../../output.ts';
import { describeHost, type Machine } from '../../machine.ts';
import { watchedCluster } from './run-cluster.ts';

export interface SimulatedReport {
  readonly jobDays: number;
  readonly falseAlarms: readonly {
    readonly seed: number;
    readonly job: string;
    readonly afterHours: number;
    readonly tier: string;
    readonly component: string;
    readonly summary: string;
  }[];
  /** Measured over predicted step time of the healthy jobs. */
  readonly healthyRatios: readonly { readonly seed: number; readonly job: string; readonly ratio: number | null }[];
  readonly faults: readonly FaultWatched[];
  readonly seconds: number;
  readonly machine: Machine;
}

export interface FaultWatched {
  readonly fault: string;
  readonly seed: number;
  readonly start: 'while it ran' | 'before its first step';
  readonly found: boolean;
  /** From the onset to the warning, seconds of cluster time. */
  readonly delaySeconds: number | null;
  /** All that fired when the warning was opened. */
  readonly tiers: readonly string[];
  readonly component: string | null;
  readonly ratio: number | null;
  readonly node: string | null;
  /** Where it was injected. */
  readonly at: string;
}

const settings = defaultWatchSettings;
const nodes = 10;
// One job over all nodes, two, and five: small jobs have few like ranks, large ones many.
const jobCounts = [1, 2, 5];
const dayMs = 24 * 3_600_000;
const sliceMs = 3_600_000;
const healthyBeforeMs = 90 * 60_000;
const watchedAfterMs = 45 * 60_000;
const firstStepsMs = 15 * 60_000;

/** Healthy days, then every fault that makes a job slower; virtual time, no servers. */
export async function runSimulated(
  terminal: Terminal,
  options: { readonly jobDays: number; readonly seed: number; readonly faults: readonly string[] | null },
  stop: AbortSignal,
): Promise<SimulatedReport> {
  const startedMs = performance.now();
  const progress = async (text: string): Promise<void> => {
    terminal.transient?.(paint(terminal, 'dim', `  … ${text}`));
    await nextTurn();
    stop.throwIfAborted();
  };
  const falseAlarms: SimulatedReport['falseAlarms'][number][] = [];
  const healthyRatios: SimulatedReport['healthyRatios'][number][] = [];
  let jobDays = 0;
  for (let at = 0; jobDays < options.jobDays; at += 1) {
    const jobs = Math.min(jobCounts[at % jobCounts.length] ?? 1, options.jobDays - jobDays);
    const seed = options.seed + at;
    const cluster = headlessCluster({ nodes, seed, jobs });
    const run = watchedCluster(cluster, settings);
    for (let sliceEndMs = sliceMs; sliceEndMs <= dayMs; sliceEndMs += sliceMs) {
      await progress(
        `healthy, ${jobDays} of ${options.jobDays} job-days, ${falseAlarms.length} alarms; ${sliceEndMs / sliceMs} h`,
      );
      run.passTo(cluster.startMs + sliceEndMs);
    }
    for (const job of run.jobs) {
      healthyRatios.push({ seed, job: job.name, ratio: job.ratio });
      falseAlarms.push(
        ...job.warnings.map(({ atMs, suspicion: { tier, component, summary } }) => ({
          seed,
          job: job.name,
          afterHours: (atMs - cluster.startMs) / 3_600_000,
          tier,
          component,
          summary,
        })),
      );
    }
    jobDays += run.jobs.length;
  }
  const faults: FaultWatched[] = [];
  const chosen = performanceFaults.filter(({ id }) => options.faults?.includes(id) ?? true);
  for (const [at, { id }] of chosen.entries())
    for (const start of ['while it ran', 'before its first step'] as const) {
      await progress(`${id} ${start}, ${at + 1} of ${chosen.length}`);
      faults.push(watchFault(id, start, options.seed + at));
    }
  terminal.transient?.('');
  return {
    jobDays,
    falseAlarms,
    healthyRatios,
    faults,
    seconds: (performance.now() - startedMs) / 1_000,
    machine: describeHost(),
  };
}

function watchFault(fault: string, start: FaultWatched['start'], seed: number): FaultWatched {
  const cluster = headlessCluster({ nodes, seed, jobs: 1 });
  const run = watchedCluster(cluster, settings);
  const onsetMs = start === 'while it ran' ? cluster.startMs + healthyBeforeMs : cluster.startMs;
  if (start === 'while it ran') run.passTo(onsetMs);
  cluster.inject(fault, { seed, onsetMs: start === 'while it ran' ? onsetMs : 'before-start' });
  const at = cluster.activeFaults().map(({ target }) => JSON.stringify(target));
  const [job] = run.jobs;
  // A job's slow first steps look like a fault: what counts there is a warning that outlives them.
  const countsFromMs = start === 'while it ran' ? onsetMs : onsetMs + firstStepsMs;
  run.passTo(onsetMs + watchedAfterMs, (nowMs) => nowMs >= countsFromMs && job?.openSince(onsetMs) !== undefined);
  const warning = job?.openSince(onsetMs);
  return {
    fault,
    seed,
    start,
    found: warning !== undefined,
    delaySeconds: warning === undefined ? null : (warning.atMs - onsetMs) / 1_000,
    tiers: warning?.tiers ?? [],
    component: warning?.suspicion.component ?? null,
    ratio: warning?.suspicion.ratio ?? null,
    node: warning?.suspicion.node ?? null,
    at: at.join(' '),
  };
}

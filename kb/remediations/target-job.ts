import type { Finding } from '../../workflows/domain/finding.ts';
import { numberOf } from './target-gpu.ts';

/** The job that the repair of a node has to care for, as the scheduler told it. */
export interface TargetJob {
  readonly jobId: string;
  readonly isRunning: boolean;
  readonly restarts: number;
  /** A job without a batch script, or one whose owner forbade it, cannot be queued again. */
  readonly requeueable: boolean;
  /** MiB per node, where the job states it so. */
  readonly minMemoryMib: number | null;
}

const endedKinds = ['scheduler.job.failed', 'scheduler.job.node-failed', 'scheduler.job.out-of-memory'];
const runningKind = 'scheduler.job.running';

// Each restart by the same cause costs the same work again, so people look before the third one is followed by a
// fourth. Slurm itself holds a job after five (SchedulerParameters=max_batch_requeue).
export const restartsMax = 3;

/** The job that runs on the node, or the last one that ended there with an error; `null` when the scheduler named none. */
export function targetJob(here: readonly Finding[]): TargetJob | null {
  const jobs = here.filter(
    (finding) =>
      finding.values?.['onNode'] === 'yes' && (endedKinds.includes(finding.kind) || finding.kind === runningKind),
  );
  // A job that failed on the node is what the incident is about; numbers of jobs grow with time.
  const ended = jobs.filter(({ kind }) => kind !== runningKind);
  const latest = (ended.length > 0 ? ended : jobs).toSorted((a, b) => idOf(a) - idOf(b)).at(-1);
  if (latest === undefined || idOf(latest) < 1) return null;
  return {
    jobId: String(idOf(latest)),
    isRunning: latest.kind === runningKind,
    restarts: numberOf(latest, 'restarts') ?? 0,
    requeueable: latest.values?.['requeueable'] === 'yes',
    minMemoryMib: numberOf(latest, 'minMemoryMib'),
  };
}

/** The job that runs on the node now, by the latest reading of each; `null` when none does. */
export function runningJob(here: readonly Finding[]): { readonly jobId: string } | 'unread' | null {
  const jobs = here.filter(({ kind }) => kind.startsWith('scheduler.job.'));
  if (jobs.length === 0) return 'unread';
  const latest = new Map(jobs.filter(({ values }) => values?.['onNode'] === 'yes').map((job) => [idOf(job), job]));
  const running = [...latest.values()].find(({ kind }) => kind === runningKind);
  return running === undefined ? null : { jobId: String(idOf(running)) };
}

function idOf(finding: Finding): number {
  const id = numberOf(finding, 'jobId');
  return id !== null && Number.isInteger(id) ? id : 0;
}

/** What a restart costs, for people. */
export function restartCost(job: TargetJob): string {
  return job.isRunning
    ? `job ${job.jobId} is stopped and queued again: its work since the last checkpoint is lost`
    : `job ${job.jobId}, which has ended, is queued again and starts from its last checkpoint`;
}

// Slurm makes a job that was queued again wait two minutes, and a large job takes minutes to load its checkpoint.
export const restartSettleClusterMs = 600_000;

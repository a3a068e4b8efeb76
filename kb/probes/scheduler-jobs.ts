import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { hostlistHas } from './hostlist.ts';
import { slurmJobsIn, type SlurmJob } from './slurm-jobs.ts';

const source = 'https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES';

// Likelihoods are our judgement: how a job ended says what class of cause to look for, hardly which.
const failed: FindingKind = {
  id: 'scheduler.job.failed',
  summary: 'a job that ran on the node ended with an error',
  role: 'symptom',
  weighs: { 'scheduler-action': -0.7 },
  source,
};
const nodeFail: FindingKind = {
  id: 'scheduler.job.node-failed',
  summary: 'a job ended because the scheduler lost one of its nodes',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.5, 'facility-fault': 0.7 },
  echoes: ['scheduler.node-failure'],
  source,
};
const outOfMemory: FindingKind = {
  id: 'scheduler.job.out-of-memory',
  summary: 'a job that ran on the node ended out of memory',
  role: 'symptom',
  weighs: { 'host-oom': 3, 'scheduler-action': -0.7 },
  source,
};
const cancelled: FindingKind = {
  id: 'scheduler.job.cancelled',
  summary: 'a person or a policy cancelled a job that ran on the node',
  role: 'context',
  weighs: { 'scheduler-action': 1.5 },
  source,
};
const timedOut: FindingKind = {
  id: 'scheduler.job.timed-out',
  summary: 'a job that ran on the node reached its time limit',
  role: 'context',
  // A job that hangs reaches its limit as well.
  weighs: { 'scheduler-action': 1.5 },
  source,
};
const preempted: FindingKind = {
  id: 'scheduler.job.preempted',
  summary: 'another job took the place of one that ran on the node',
  role: 'context',
  weighs: { 'scheduler-action': 3 },
  source,
};
const held: FindingKind = {
  id: 'scheduler.job.pending-held',
  summary: 'a job was queued again and is held until somebody releases it',
  role: 'context',
  weighs: { 'scheduler-action': 0.7 },
  source: 'https://slurm.schedmd.com/scontrol.html (requeuehold, release)',
};
const pending: FindingKind = {
  id: 'scheduler.job.pending',
  summary: 'a job was queued again and waits for its nodes',
  role: 'context',
  weighs: {},
  source,
};
const none: FindingKind = {
  id: 'scheduler.job.none',
  summary: 'the scheduler knows of no job that runs or ended here',
  role: 'context',
  weighs: {},
  source,
};
const running: FindingKind = {
  id: 'scheduler.job.running',
  summary: 'jobs run, and none that ran on the node has failed since',
  role: 'clean',
  weighs: { 'scheduler-action': -1 },
  source,
};
const kinds = [failed, nodeFail, outOfMemory, cancelled, timedOut, preempted, held, pending, none, running];

const noArgs = z.object({});

interface Reading {
  readonly jobs: readonly SlurmJob[];
  readonly ambiguous: number;
}

// Slurm forgets a job 300 s after its end (MinJobAge), so more jobs of one node than this are a queue and no incident.
const jobsShownMax = 20;

/** The jobs that the controller knows, as far as they concern the node. */
export const schedulerJobs: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'scheduler.jobs',
  platform: 'nvidia-linux',
  summary: 'jobs of the node: running, ended with an error, held, and how often restarted',
  question: 'Which jobs run where, and how did the last ones end?',
  aspect: 'correctness',
  side: 'demand',
  privilege: 'user',
  impact: 'passive',
  costMs: 300,
  timeoutMs: 15_000,
  outputBytesMax: 2 * 1024 * 1024,
  quotes: true,
  args: noArgs,
  argv: () => ['scontrol', '-o', 'show', 'job'],
  parse: slurmJobsIn,
  outcomes: kinds,
  meaning({ jobs, ambiguous }, node) {
    const isHere = (job: SlurmJob) =>
      job.nodeList !== null && (node?.name === undefined || hostlistHas(job.nodeList, node.name));
    const runs = jobs.filter((job) => runningStates.includes(job.state));
    const seen = jobs.flatMap((job): readonly ProbeFinding[] => {
      const kind = kindOf(job, isHere(job));
      if (kind === null || isOvertaken(job, runs.filter(isHere))) return [];
      return [findingOf(job, kind, isHere(job))];
    });
    const here = seen.slice(0, jobsShownMax);
    if (here.length > 0) return here;
    // A job that was queued again may run elsewhere by now, which is as good.
    const well = runs.some(isHere) ? runs.filter(isHere) : runs;
    if (well.length > 0) return well.slice(0, jobsShownMax).map((job) => findingOf(job, running, isHere(job)));
    const text = `none of ${jobs.length} jobs runs or ended on this node${ambiguous === 0 ? '' : `, ${ambiguous} could not be told`}`;
    return [{ kind: none.id, text }];
  },
};

const runningStates = ['RUNNING', 'CONFIGURING', 'RESIZING'];
const heldStates = ['REQUEUE_HOLD', 'SPECIAL_EXIT'];
const heldReasons = ['JobHeldAdmin', 'JobHeldUser', 'job_requeued_in_held_state'];

/** How a job ended, whichever tool of the scheduler says so; states without an entry are ordinary ends. */
export const endedKinds: Readonly<Record<string, FindingKind>> = {
  FAILED: failed,
  BOOT_FAIL: nodeFail,
  NODE_FAIL: nodeFail,
  OUT_OF_MEMORY: outOfMemory,
  CANCELLED: cancelled,
  TIMEOUT: timedOut,
  DEADLINE: timedOut,
  PREEMPTED: preempted,
};

/** What a job says of the node; `null` where it says nothing: elsewhere, never started, at its ordinary end. */
function kindOf(job: SlurmJob, here: boolean): FindingKind | null {
  if (here) return endedKinds[job.state] ?? null;
  // A job in the queue has no node. One that was queued again ran somewhere before.
  if (heldStates.includes(job.state)) return held;
  if ((job.state !== 'PENDING' && job.state !== 'REQUEUED') || job.restarts === 0) return null;
  return heldReasons.includes(job.reason) ? held : pending;
}

/** The node has got another job since this one ended: it is no longer what is wrong. */
function isOvertaken(job: SlurmJob, runningHere: readonly SlurmJob[]): boolean {
  const { endTime } = job;
  return endTime !== null && runningHere.some(({ startTime }) => startTime !== null && startTime >= endTime);
}

function findingOf(job: SlurmJob, kind: FindingKind, here: boolean): ProbeFinding {
  return {
    kind: kind.id,
    text: `job ${job.jobId}: ${job.state}, restarted ${job.restarts} times${here ? '' : ', not on this node'}`,
    line: job.line,
    values: {
      jobId: job.jobId,
      state: job.state,
      restarts: job.restarts,
      requeueable: job.requeueable ? 'yes' : 'no',
      onNode: here ? 'yes' : 'no',
      ...(job.minMemoryMib === null ? {} : { minMemoryMib: job.minMemoryMib }),
    },
  };
}

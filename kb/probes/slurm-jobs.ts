import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { isHostlist } from './hostlist.ts';
import { requiredLines } from './text-table.ts';

/** One job as the controller knows it. */
export interface SlurmJob {
  readonly line: number;
  readonly jobId: number;
  readonly state: string;
  readonly reason: string;
  readonly restarts: number;
  /** A job that was submitted as a batch script and may be queued again. */
  readonly requeueable: boolean;
  /** `null` where the job has none: not started, or queued again. */
  readonly nodeList: string | null;
  /** Local time of the controller as Slurm prints it, which sorts as text; `null` while unknown. */
  readonly startTime: string | null;
  readonly endTime: string | null;
  /** MiB per node; 0 is all memory of the node, `null` where the job states its memory otherwise. */
  readonly minMemoryMib: number | null;
}

/** `scontrol -o show job`: one job a line. */
export function slurmJobsIn(output: ProbeOutput): {
  readonly jobs: readonly SlurmJob[];
  /** Lines in which a field that is needed stands twice: a user's text imitates it, so none of them is believed. */
  readonly ambiguous: number;
} {
  const lines = requiredLines(output, 'scontrol');
  if (lines.length === 1 && lines[0]?.text.startsWith('No jobs in the system') === true)
    return { jobs: [], ambiguous: 0 };
  const read = lines.map(({ text, line }) => jobOf(text, line));
  const jobs = read.filter((job) => job !== null);
  return { jobs, ambiguous: read.length - jobs.length };
}

function jobOf(text: string, line: number): SlurmJob | null {
  const jobId = /^JobId=(\d{1,10}) /.exec(text)?.[1];
  if (jobId === undefined) throw new ProbeParseError(`line ${line}: not a job of scontrol -o show job`);
  const fields = new Map<string, string>();
  for (const name of needed) {
    const found = [...text.matchAll(new RegExp(` ${name}=(\\S*)`, 'g'))];
    if (found.length === 0) throw new ProbeParseError(`line ${line}: job ${jobId} has no ${name}`);
    if (found.length > 1) return null;
    fields.set(name, found[0]?.[1] ?? '');
  }
  const field = (name: (typeof needed)[number]) => fields.get(name) ?? '';
  const memory = / MinMemoryNode=(\S+)/.exec(text)?.[1];
  const restarts = Number(field('Restarts'));
  if (!/^[A-Z_]+$/.test(field('JobState')) || !Number.isInteger(restarts))
    throw new ProbeParseError(`line ${line}: the state or the restarts of job ${jobId} cannot be read`);
  return {
    line,
    jobId: Number(jobId),
    state: field('JobState'),
    reason: field('Reason'),
    restarts,
    requeueable: field('Requeue') === '1' && field('BatchFlag') !== '0',
    nodeList: isHostlist(field('NodeList')) ? field('NodeList') : null,
    startTime: timeOf(field('StartTime')),
    endTime: timeOf(field('EndTime')),
    minMemoryMib: memory === undefined ? null : mibOf(memory),
  };
}

const needed = ['JobState', 'Reason', 'Requeue', 'Restarts', 'BatchFlag', 'StartTime', 'EndTime', 'NodeList'] as const;

function timeOf(text: string): string | null {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? text : null;
}

/** `96G`, `1.50G`, `512000M`, `0`: megabytes without a letter. */
function mibOf(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (match === null) return null;
  const factor = { K: 1 / 1024, '': 1, M: 1, G: 1024, T: 1024 * 1024 }[match[2] ?? ''] ?? 1;
  return Math.round(Number(match[1]) * factor);
}

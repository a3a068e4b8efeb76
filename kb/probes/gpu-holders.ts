import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { foreignProcess } from './gpu-processes.ts';
import { wholeOutput } from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';
import { busId, gpuDevice } from './nvidia-smi.ts';

const administrators = 'https://github.com/stas00/ml-engineering/blob/master/orchestration/slurm/admin.md';

const leftOver: FindingKind = {
  id: 'gpu.process.left-over',
  summary: 'a process of a job that has ended still has a GPU open',
  role: 'cause',
  weighs: { 'foreign-gpu-process': 4.5, 'gpu-oom': -0.7 },
  source: administrators,
};
const unattributed: FindingKind = {
  id: 'gpu.holders.unattributed',
  summary: 'processes have GPUs open of which the scheduler cannot say to which job they belong',
  role: 'context',
  weighs: {},
  source: 'infra/gate/README.md, section "Jobs"',
};
const ofJobs: FindingKind = {
  id: 'gpu.holders.of-jobs',
  summary: 'every process that has a GPU open is of a job that runs, or of the driver and its monitoring',
  role: 'clean',
  weighs: { 'foreign-gpu-process': -3 },
  source: administrators,
};
const kinds = [foreignProcess, leftOver, unattributed, ofJobs];

interface Holder {
  readonly line: number;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: with it a number that was given to another process is noticed. */
  readonly startTicks: number;
  readonly user: string;
  readonly command: string;
  /** Address on the bus, or `minor-3` where the driver tells none. */
  readonly gpu: string;
  /** Number of a Slurm job, also of one that has ended; `pod`, `container`, or null. */
  readonly job: string | null;
  /** Null where Slurm cannot say. */
  readonly runs: boolean | null;
}
interface Reading {
  readonly holders: readonly Holder[];
}

// A node of eight GPUs has some ten processes of its own on each; the script stops there too.
const holdersMax = 1024;

/** Which processes have GPUs open, when they were started, and whether a job that runs knows them. */
export const gpuHolders: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'gpu.holders',
  summary: 'the processes that have a GPU open, with their start times and the jobs that they belong to',
  question: 'Does every process that holds a GPU belong to a job that runs?',
  aspect: 'correctness',
  side: 'supply',
  argv: jobCommand('holders'),
  parse(output) {
    const { rows, counted } = wholeOutput(output, { what: 'holders', max: holdersMax });
    const [head, ...rest] = rows;
    if (head?.text !== 'pid start_ticks user comm gpu job runs')
      throw new ProbeParseError('line 1: not the head of wardround-job holders');
    if (rest.length !== counted)
      throw new ProbeParseError(`${rest.length} holders are listed, the last line counts ${counted}`);
    return { holders: rest.map(({ text, line }) => holderOf(text, line)) };
  },
  outcomes: kinds,
  meaning({ holders }, node) {
    const ours = holders.filter(({ command }) => !helperPattern.test(command));
    const left = ours.filter(({ job, runs }) => job !== null && runs === false);
    const loose = ours.filter(({ job }) => job === null);
    const foreign = isBesideJobs(loose, ours, node) ? loose : [];
    const unknown = ours.filter((one) => one.runs !== true && !left.includes(one) && !foreign.includes(one));
    return orClean(
      [
        ...left.map((one) => findingOf(one, leftOver, `of job ${one.job ?? ''}, which has ended,`, node)),
        ...foreign.map((one) => findingOf(one, foreignProcess, 'of no job', node)),
        ...summaryOf(unknown),
      ],
      kinds,
      { kind: ofJobs.id, text: `${ours.length} open GPUs, none by a process of an ended job or of none` },
    );
  },
};

/**
 * Names as the kernel cuts them, at 15 characters: daemons of the driver and of monitoring, which hold every GPU by
 * design, and what asks them.
 */
const helperPattern =
  /^(nv-hostengine|nvidia-persiste|nv-fabricmanage|nvidia-smi|nvidia-cuda-mps|nvidia-device-p|dcgm.*|dcgmi|nvsm.*|nvitop|nvtop|Xorg)$/;

function holderOf(text: string, line: number): Holder {
  const match =
    /^([1-9]\d{0,9}) ([1-9]\d{0,14}) (\S{1,64}) (\S{1,64}) ([0-9A-Fa-f:.]{7,24}|minor-\d{1,3}) (-|pod|container|\d{1,10}) (yes|no|-)$/.exec(
      text,
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not a row of wardround-job holders`);
  const [, pid, ticks, user = '', command = '', gpu = '', job = '-', runs] = match;
  return {
    line,
    pid: Number(pid),
    startTicks: Number(ticks),
    user,
    command,
    gpu,
    job: job === '-' ? null : job,
    runs: runs === '-' ? null : runs === 'yes',
  };
}

/**
 * A process that no scheduler knows is foreign where others are known. Where none is, it may be a job that was started by
 * hand, which takes most GPUs of a node.
 */
function isBesideJobs(loose: readonly Holder[], ours: readonly Holder[], node: ProbedNode | undefined): boolean {
  const held = new Set(loose.map(({ gpu }) => gpu)).size;
  return ours.some(({ job }) => job !== null) || 2 * held < (node?.gpus.length ?? 0);
}

function findingOf(holder: Holder, kind: FindingKind, whose: string, node: ProbedNode | undefined): ProbeFinding {
  const { pid, startTicks, user, command, job, gpu, line } = holder;
  const known = node?.gpus.find(({ pciBusId }) => busId(pciBusId) === busId(gpu));
  return {
    kind: kind.id,
    device: known === undefined ? { kind: 'gpu', name: gpu } : gpuDevice(known),
    text: `process ${pid} (${command}, of ${user}) ${whose} has the GPU open`,
    line,
    values: { pid, startTicks, processName: command, user, ...(job === null ? {} : { jobId: job }) },
  };
}

function summaryOf(unknown: readonly Holder[]): readonly ProbeFinding[] {
  const [first] = unknown;
  if (first === undefined) return [];
  const processes = new Set(unknown.map(({ pid }) => pid)).size;
  return [
    {
      kind: unattributed.id,
      text: `${processes} processes have GPUs open, of which the scheduler does not know the job`,
      line: first.line,
      values: { processes },
    },
  ];
}

import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median, orClean } from './clean.ts';
import { unlikeSiblings } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man1/ps.1.html';

const unlike: FindingKind = {
  id: 'host.memory.process-large',
  summary: 'one process holds far more host memory than the others of its kind',
  role: 'symptom',
  // Our judgement: a rank that grows alone is what runs a host out of memory; rank 0 may rightly hold more.
  weighs: { 'host-oom': 1.5 },
  source,
};
const crowd: FindingKind = {
  id: 'host.memory.processes-many',
  summary: 'very many helper processes of one kind hold memory together',
  role: 'context',
  weighs: { 'host-oom': 0.7, 'dataloader-stall': 0.2 },
  source: 'https://github.com/pytorch/pytorch/issues/13246',
};
const alike: FindingKind = {
  id: 'host.memory.processes-alike',
  summary: 'no process holds far more host memory than the others of its kind',
  role: 'clean',
  // The killed process is gone by the time of the reading, so this says little.
  weighs: { 'host-oom': -0.2 },
  source,
};
const unlikeNodes = unlikeSiblings('host.memory.processes', 'the memory that processes hold', { 'host-oom': 0.8 });
const kinds = [unlike, crowd, alike, unlikeNodes];

const noArgs = z.object({});

interface Process {
  readonly line: number;
  readonly pid: number;
  readonly user: string;
  readonly rssKib: number;
  readonly elapsedSeconds: number;
  readonly command: string;
}
interface Reading {
  /** Those that hold at least `rssKibMin`, largest first. */
  readonly processes: readonly Process[];
}

// A rank with CUDA and its libraries loaded holds 3 to 6 GiB before it does anything; less is nobody's culprit.
const rssKibMin = 1024 * 1024;
const largeKibMin = 16 * rssKibMin;
// A rank that prepares data for the others holds up to twice of theirs in ordinary work.
const largeRatio = 3;
// PyTorch's own advice is a few workers a GPU: sixteen for each of eight GPUs is where it stops to be a few.
const crowdMin = 128;
const processesKeptMax = 2_000;

/** Who holds the memory of the host. */
export const memoryProcesses: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'memory.processes',
  platform: 'nvidia-linux',
  summary: 'processes that hold host memory, largest first',
  question: 'Which processes hold the memory of the host?',
  aspect: 'stability',
  side: 'demand',
  privilege: 'user',
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 1024 * 1024,
  args: noArgs,
  argv: () => ['ps', '-eo', 'pid,ppid,user,rss,etimes,comm', '--sort=-rss'],
  parse(output) {
    const [head, ...rows] = requiredLines(output, 'ps');
    if (!/^\s*PID\s+PPID\s+USER\s+RSS\s+ELAPSED\s+COMMAND$/.test(head?.text ?? ''))
      throw new ProbeParseError('line 1: not the head of ps -eo pid,ppid,user,rss,etimes,comm');
    if (rows.length === 0) throw new ProbeParseError('ps lists no process');
    return {
      processes: rows
        .map(({ text, line }) => processOf(text, line))
        .filter(({ rssKib }) => rssKib >= rssKibMin)
        .slice(0, processesKeptMax),
    };
  },
  outcomes: kinds,
  meaning({ processes }) {
    const groups = [...Map.groupBy(processes, ({ user, command }) => `${user} ${command}`).values()];
    const seen = groups.flatMap((group): readonly ProbeFinding[] => [...largeOnes(group), ...crowdOf(group)]);
    const sumGib = gib(processes.reduce((sum, { rssKib }) => sum + rssKib, 0));
    return orClean(seen, kinds, {
      kind: alike.id,
      text: `${processes.length} processes of 1 GiB or more hold ${sumGib} GiB, none far more than its siblings`,
    });
  },
  siblings: {
    kind: unlikeNodes,
    numbers: ({ processes }) => [
      { name: 'held', value: gib(processes.reduce((sum, { rssKib }) => sum + rssKib, 0)), unit: 'GiB' },
      { name: 'largest', value: gib(processes[0]?.rssKib ?? 0), unit: 'GiB', line: processes[0]?.line ?? 1 },
    ],
    rules: [
      { name: 'held', side: 'high', relative: 0.5, absolute: 64, source: unlikeNodes.source },
      { name: 'largest', side: 'high', relative: 1, absolute: 16, source: unlikeNodes.source },
    ],
  },
};

function processOf(text: string, line: number): Process {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(-|\d+)\s+(\S.*)$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a row of ps`);
  const [, pid, , user = '', rss, elapsed, command = ''] = match;
  return {
    line,
    pid: Number(pid),
    user,
    rssKib: Number(rss),
    elapsedSeconds: elapsed === '-' ? 0 : Number(elapsed),
    // A process may call itself anything: what does not look like a name of a program is not repeated.
    command: /^[\w.:/+-]{1,32}$/.test(command) ? command : 'other',
  };
}

/** Processes of one user and program are each other's siblings; one alone has nothing to be compared with. */
function largeOnes(group: readonly Process[]): readonly ProbeFinding[] {
  return group.flatMap((one) => {
    const usual = median(group.filter((other) => other !== one).map(({ rssKib }) => rssKib));
    if (usual === null || one.rssKib < largeKibMin || one.rssKib < largeRatio * usual) return [];
    return [
      {
        kind: unlike.id,
        text: `process ${one.pid} (${one.command}) holds ${gib(one.rssKib)} GiB, its siblings ${gib(usual)} GiB`,
        line: one.line,
        values: { pid: one.pid, command: one.command, rssKib: one.rssKib, siblingsRssKib: usual },
      },
    ];
  });
}

function crowdOf(group: readonly Process[]): readonly ProbeFinding[] {
  const [first] = group;
  if (first === undefined || group.length < crowdMin) return [];
  const rssKib = group.reduce((sum, one) => sum + one.rssKib, 0);
  return [
    {
      kind: crowd.id,
      text: `${group.length} processes of ${first.command} hold ${gib(rssKib)} GiB together`,
      line: first.line,
      values: { command: first.command, processes: group.length, rssKib },
    },
  ];
}

function gib(kib: number): number {
  return Math.round(kib / 1024 / 1024);
}

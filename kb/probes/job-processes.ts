import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median } from './clean.ts';
import { noTrainers, orAllClean, rankList, rankValues, wholeOutput } from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';

const torchrun = 'https://pytorch.org/docs/stable/elastic/run.html#environment-variables';

const twice: FindingKind = {
  id: 'job.processes.rank-twice',
  summary:
    'two processes of the node have the same rank, or the same place on the node: one is left over, or the launch is wrong',
  role: 'cause',
  weighs: { 'launcher-rank-misconfig': 3, 'foreign-gpu-process': 2 },
  source: torchrun,
};
const worldDiffers: FindingKind = {
  id: 'job.processes.world-size-differs',
  summary: 'ranks of the node do not agree on the number of ranks',
  role: 'cause',
  weighs: { 'launcher-rank-misconfig': 3.5 },
  source: torchrun,
};
const rankMissing: FindingKind = {
  id: 'job.processes.place-empty',
  summary: 'a place on the node has no rank while places above it have: a rank is gone',
  role: 'symptom',
  weighs: { 'user-code-error': 0.7, 'host-oom': 0.7, 'launcher-rank-misconfig': 0.7 },
  source: torchrun,
};
const startedLate: FindingKind = {
  id: 'job.processes.started-apart',
  summary: 'a rank was started long after the others of its node',
  role: 'symptom',
  // A launcher starts the ranks of a node together, so one that came later was restarted or had to wait.
  weighs: { 'launcher-rank-misconfig': 1, 'user-code-error': 0.5, 'foreign-gpu-process': 0.7 },
  source: torchrun,
};
const whole: FindingKind = {
  id: 'job.processes.whole',
  summary: 'the ranks of the node are all there, once each, and were started together',
  role: 'clean',
  weighs: { 'launcher-rank-misconfig': -1.2, 'foreign-gpu-process': -0.7 },
  source: torchrun,
};
const kinds = [twice, worldDiffers, rankMissing, startedLate, whole, noTrainers];

interface Process {
  readonly pid: number;
  readonly rank: number;
  readonly localRank: number | null;
  readonly worldSize: number;
  readonly user: string;
  readonly startedSeconds: number;
  readonly command: string;
  readonly line: number;
}
interface Reading {
  readonly processes: readonly Process[];
}

/** Which processes of the node are ranks of a job. */
export const jobProcesses: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'job.processes',
  summary: 'the processes of the node that have a rank, with their places and start times',
  question: 'Are the ranks of the node all there, once each, and when were they started?',
  aspect: 'correctness',
  argv: jobCommand('list'),
  parse(output) {
    const { rows, counted } = wholeOutput(output);
    const [head, ...rest] = rows;
    if (head?.text !== 'pid rank local_rank world_size user started comm')
      throw new ProbeParseError('line 1: not the head of wardround-job list');
    if (rest.length !== counted)
      throw new ProbeParseError(`${rest.length} trainers are listed, the last line counts ${counted}`);
    return { processes: rest.map(({ text, line }) => processOf(text, line)) };
  },
  outcomes: kinds,
  meaning: ({ processes }) =>
    orAllClean(
      { trainers: processes.length, unread: [] },
      [...doubles(processes), ...worldSizes(processes), ...emptyPlaces(processes), ...late(processes)],
      kinds,
      { kind: whole.id, text: `${processes.length} ranks, once each, started together` },
    ),
};

function processOf(text: string, line: number): Process {
  const match = /^(\d{1,10}) (\d{1,7}) (-|\d{1,7}) (\d{1,7}) (\S{1,64}) (\d{1,12}) (\S{1,64})$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a row of wardround-job list`);
  const [, pid, rank, local, world, user = '', started, command = ''] = match;
  return {
    pid: Number(pid),
    rank: Number(rank),
    localRank: local === '-' ? null : Number(local),
    worldSize: Number(world),
    user,
    startedSeconds: Number(started),
    command,
    line,
  };
}

/** Two jobs may share a node, so ranks are compared within one world; the place on the node is everybody's. */
function doubles(processes: readonly Process[]): readonly ProbeFinding[] {
  const groups = [...Map.groupBy(processes, ({ rank, worldSize }) => `${rank}/${worldSize}`).values()];
  return groups.flatMap(([first, ...others]) =>
    first === undefined || others.length === 0
      ? []
      : [
          {
            kind: twice.id,
            text: `${others.length + 1} processes have rank ${first.rank}: ${[first, ...others].map(({ pid }) => pid).join(', ')}`.slice(
              0,
              200,
            ),
            line: others[0]?.line ?? first.line,
            values: { ...rankValues(first), processes: others.length + 1 },
          },
        ],
  );
}

function worldSizes(processes: readonly Process[]): readonly ProbeFinding[] {
  const sizes = [...Map.groupBy(processes, ({ worldSize }) => worldSize)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  );
  const [usual, ...others] = sizes;
  if (usual === undefined) return [];
  // Two whole jobs beside each other each begin at place 0.
  const jobs = processes.filter(({ localRank }) => localRank === 0).length;
  if (jobs > 1) return [];
  return others.map(([size, ranks]) => ({
    kind: worldDiffers.id,
    text: `${rankList(ranks.map(({ rank }) => rank))} count ${size} ranks, the others ${usual[0]}`,
    line: ranks[0]?.line ?? 1,
    values: { worldSize: size, siblingsWorldSize: usual[0] },
  }));
}

function emptyPlaces(processes: readonly Process[]): readonly ProbeFinding[] {
  const places = new Set(processes.flatMap(({ localRank }) => localRank ?? []));
  const top = Math.max(-1, ...places);
  const empty = Array.from({ length: top + 1 }, (_one, place) => place).filter((place) => !places.has(place));
  // Launchers number the places of a node from 0; where most are empty, this one does not.
  if (empty.length === 0 || empty.length >= places.size) return [];
  return [
    {
      kind: rankMissing.id,
      text: `no process has local rank ${empty.slice(0, 8).join(', ')}, while the node has ranks up to local rank ${top}`,
      values: { emptyPlaces: empty.length, topPlace: top },
    },
  ];
}

// torchrun starts the ranks of a node one after the other within a second; Slurm's daemon takes a few seconds under
// load, and its own limit for a task to begin (SlurmdTimeout 300 s) is far above. A minute apart is another start.
const apartSecondsMin = 60;

function late(processes: readonly Process[]): readonly ProbeFinding[] {
  return processes.flatMap((one) => {
    const usual = median(processes.filter((other) => other !== one).map(({ startedSeconds }) => startedSeconds));
    if (usual === null || processes.length < 3 || one.startedSeconds - usual < apartSecondsMin) return [];
    const laterSeconds = Math.round(one.startedSeconds - usual);
    return [
      {
        kind: startedLate.id,
        text: `rank ${one.rank} was started ${laterSeconds} s after the others of its node`,
        line: one.line,
        values: { ...rankValues(one), laterSeconds },
      },
    ];
  });
}

import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { unlikeSiblings } from './host-read.ts';
import {
  jobBlocks,
  orAllClean,
  rankList,
  trainerKinds,
  unreadOf,
  type TrainerBlock,
  type UnreadTrainer,
} from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';

const source = 'https://docs.kernel.org/admin-guide/cgroup-v2.html';

const killed: FindingKind = {
  id: 'cgroup.memory.oom-kill',
  summary: 'the kernel killed a process of the ranks’ control group for memory',
  role: 'cause',
  weighs: { 'host-oom': 4 },
  source: `${source}#memory-interface-files`,
};
const close: FindingKind = {
  id: 'cgroup.memory.near-limit',
  summary: 'the ranks’ control group has nearly used up its memory; part of it may be page cache, which gives way',
  role: 'symptom',
  weighs: { 'host-oom': 1.2 },
  source: `${source}#memory-interface-files`,
};
const tasks: FindingKind = {
  id: 'cgroup.pids.near-limit',
  summary: 'the ranks’ control group can hardly start another process or thread',
  role: 'cause',
  weighs: { 'ulimit-too-low': 3 },
  source: `${source}#pid-interface-files`,
};
const quota: FindingKind = {
  id: 'cgroup.cpu.quota-small',
  summary: 'the ranks’ control group gets few processors’ time, so its threads are stopped in every period',
  role: 'symptom',
  weighs: { 'cpu-affinity-misconfig': 2, 'dataloader-stall': 1 },
  source: `${source}#cpu-interface-files`,
};
const room: FindingKind = {
  id: 'cgroup.memory.room',
  summary: 'the ranks’ control groups have room, and the kernel killed none of their processes',
  role: 'clean',
  weighs: { 'host-oom': -1.5 },
  source: `${source}#memory-interface-files`,
};
const unlike = unlikeSiblings('cgroup.memory', 'the share of its memory limit that a control group uses', {
  'host-oom': 0.8,
});
const kinds = [killed, close, tasks, quota, room, unlike, ...trainerKinds];

/** Ranks in one control group; bytes, `null` where nothing is limited or the kernel does not say. */
interface Group {
  readonly path: string;
  readonly line: number;
  readonly ranks: readonly number[];
  readonly maxBytes: number | null;
  readonly currentBytes: number | null;
  readonly pidsMax: number | null;
  readonly pids: number | null;
  /** Processors' worth of time. */
  readonly cpus: number | null;
  readonly oomKills: number | null;
}
interface Reading {
  readonly trainers: number;
  readonly groups: readonly Group[];
  readonly unread: readonly UnreadTrainer[];
}

// Page cache fills a group up to its limit in ordinary work, so only the last twentieth is worth a word.
const nearShare = 0.95;
// See host.cpu-affinity: threads that a rank needs at once.
const cpusPerRankMin = 4;

/** What the control groups of the ranks allow and use. */
export const cgroupMemory: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'cgroup.memory',
  summary: 'memory, processes and processor time of the ranks’ control groups: limit, use, and kills',
  question: 'Does a control group hold the ranks short of memory, processes or processor time?',
  aspect: 'stability',
  argv: jobCommand('cgroup'),
  parse(output) {
    const blocks = jobBlocks(output);
    const groups = blocks.filter(({ problem }) => problem === null).map(groupOf);
    return {
      trainers: blocks.length,
      groups: [...Map.groupBy(groups, ({ path }) => path).values()].flatMap(([first, ...others]) =>
        first === undefined ? [] : [{ ...first, ranks: [first, ...others].flatMap(({ ranks }) => ranks) }],
      ),
      unread: unreadOf(blocks),
    };
  },
  outcomes: kinds,
  meaning(reading) {
    return orAllClean(reading, reading.groups.flatMap(judge), kinds, {
      kind: room.id,
      text: `${reading.groups.length} control groups with room`,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ groups }) =>
      groups.flatMap(({ maxBytes, currentBytes, line }) =>
        maxBytes === null || currentBytes === null || maxBytes === 0
          ? []
          : [{ name: 'memory-used', value: currentBytes / maxBytes, unit: 'share', line }],
      ),
    rules: [
      {
        name: 'memory-used',
        side: 'high',
        relative: 0.3,
        absolute: 0.2,
        source: 'our judgement: like ranks hold like amounts; a fifth of the limit is more than caches vary by',
      },
    ],
  },
};

function groupOf({ rank, line, lines }: TrainerBlock): Group {
  const values = new Map(
    lines.map(({ text, line: at }) => {
      const match = /^([a-z][a-z_.]{0,40}) (\S.*)$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${at}: not a figure of a control group`);
      return [match[1] ?? '', match[2] ?? ''] as const;
    }),
  );
  const path = values.get('path');
  if (path === undefined || !path.startsWith('/'))
    throw new ProbeParseError(`line ${line}: no path of a control group`);
  const count = (name: string) => {
    const value = values.get(name);
    if (value === undefined || value === 'max') return null;
    if (!/^\d{1,20}$/.test(value)) throw new ProbeParseError(`line ${line}: ${name} is no number`);
    return Number(value);
  };
  const [time, period] = (values.get('cpu.max') ?? 'max').split(' ');
  return {
    path,
    line: lines.find(({ text }) => text.startsWith('memory.'))?.line ?? line,
    ranks: [rank],
    maxBytes: count('memory.max'),
    currentBytes: count('memory.current'),
    pidsMax: count('pids.max'),
    pids: count('pids.current'),
    cpus: time === 'max' || !(Number(time) > 0) || !(Number(period) > 0) ? null : Number(time) / Number(period),
    oomKills: count('memory.events.oom_kill'),
  };
}

function judge(group: Group): readonly ProbeFinding[] {
  const { ranks, line, maxBytes, currentBytes, pidsMax, pids, cpus, oomKills } = group;
  const list = rankList(ranks);
  const found: ProbeFinding[] = [];
  if (oomKills !== null && oomKills > 0)
    found.push({
      kind: killed.id,
      text: `control group of ${list}: ${oomKills} processes killed for memory since it was made`,
      line,
      values: { ranks: list, kills: oomKills, ...(maxBytes === null ? {} : { limitMib: mib(maxBytes) }) },
    });
  if (maxBytes !== null && currentBytes !== null && currentBytes >= maxBytes * nearShare)
    found.push({
      kind: close.id,
      text: `control group of ${list} uses ${mib(currentBytes)} of ${mib(maxBytes)} MiB`,
      line,
      values: { ranks: list, usedMib: mib(currentBytes), limitMib: mib(maxBytes) },
    });
  if (pidsMax !== null && pids !== null && pids >= pidsMax * nearShare)
    found.push({
      kind: tasks.id,
      text: `control group of ${list} has ${pids} of ${pidsMax} processes and threads`,
      line,
      values: { ranks: list, pids, limit: pidsMax },
    });
  if (cpus !== null && cpus < ranks.length * cpusPerRankMin)
    found.push({
      kind: quota.id,
      text: `control group of ${list} gets the time of ${Number(cpus.toFixed(1))} processors`,
      line,
      values: { ranks: list, processors: Number(cpus.toFixed(2)) },
    });
  return found;
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

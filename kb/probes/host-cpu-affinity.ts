import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding, type ProbeWord } from '../schemas/probe.ts';
import { cpuList } from './cpu-list.ts';
import { unlikeSiblings } from './host-read.ts';
import {
  readRanks,
  orAllClean,
  rankList,
  rankValues,
  trainerKinds,
  type Trainer,
  type TrainerBlock,
  type UnreadTrainer,
} from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';

const slurm = 'https://slurm.schedmd.com/mc_support.html';
const workers = 'https://github.com/pytorch/pytorch/issues/101850';
const nvidia = 'https://github.com/NVIDIA/gpu_affinity';

const oneCore: FindingKind = {
  id: 'host.cpu-affinity.one-core',
  summary: 'a rank and all its threads and workers may use one core only',
  role: 'cause',
  weighs: { 'cpu-affinity-misconfig': 4.5, 'dataloader-stall': 0.5 },
  source: workers,
};
const crowded: FindingKind = {
  id: 'host.cpu-affinity.shared-cores',
  summary: 'several ranks are bound to the same few processors',
  role: 'cause',
  weighs: { 'cpu-affinity-misconfig': 4 },
  source: slurm,
};
const farSide: FindingKind = {
  id: 'host.cpu-affinity.far-side',
  summary: 'a rank is bound to the processors of the ranks on the other half of the node, far from its GPU',
  role: 'symptom',
  weighs: { 'cpu-affinity-misconfig': 2.2 },
  source: nvidia,
};
const otherProcessors: FindingKind = {
  id: 'host.cpu-affinity.other-than-siblings',
  summary: 'the ranks of this node alone are bound to other processors than the same ranks of its siblings',
  role: 'cause',
  // One launch binds all nodes alike; what differs is a node's own numbering of processors, or its set-up.
  weighs: { 'cpu-affinity-misconfig': 3.4 },
  source: slurm,
};
const sound: FindingKind = {
  id: 'host.cpu-affinity.sound',
  summary: 'every rank has processors enough and none is bound to the far half of the node',
  role: 'clean',
  weighs: { 'cpu-affinity-misconfig': -2.2 },
  source: slurm,
};
const unlike = unlikeSiblings('host.cpu-affinity', 'the number of processors of a rank', {
  'cpu-affinity-misconfig': 1.5,
});
const kinds = [oneCore, crowded, farSide, otherProcessors, sound, unlike, ...trainerKinds];

interface Rank extends Trainer {
  readonly cpus: readonly number[];
  readonly memoryNodes: readonly number[];
  readonly threads: number;
  readonly cpusLine: number;
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

// One core has two processors where it runs two threads.
const processorsPerCoreMax = 2;
// Threads that a rank needs at once while it trains: Python, the backward pass, NCCL's proxy and pinning of memory
// (our judgement from https://pytorch.org/docs/stable/notes/autograd.html and NCCL's src/proxy.cc).
const processorsPerRankMin = 4;

/** Which processors every rank may use. */
export const hostCpuAffinity: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'host.cpu-affinity',
  summary: 'processors and memory nodes to which every rank is bound, compared across ranks',
  question: 'Do the ranks have processors enough, of their own, and near to their GPUs?',
  aspect: 'performance',
  argv: jobCommand('affinity'),
  parse: (output) => readRanks(output, rankOf),
  outcomes: kinds,
  meaning(reading) {
    const { ranks } = reading;
    const narrow = ranks.filter(({ cpus }) => cpus.length < 2 || isOneCore(cpus));
    const seen = [
      ...narrow.map((one) => ({
        kind: oneCore.id,
        text: `rank ${one.rank} is bound to processor ${one.cpus.join(', ')}`,
        line: one.cpusLine,
        values: { ...rankValues(one), processors: one.cpus.length, threads: one.threads },
      })),
      ...sharedCores(ranks),
      ...wrongSide(ranks),
    ];
    return orAllClean(reading, seen, kinds, {
      kind: sound.id,
      text: `${ranks.length} ranks, ${Math.min(...ranks.map(({ cpus }) => cpus.length))} processors or more each`,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ ranks }) =>
      ranks.map(({ cpus, cpusLine }) => ({ name: 'processors', value: cpus.length, unit: 'count', line: cpusLine })),
    rules: [
      {
        name: 'processors',
        side: 'low',
        relative: 0.5,
        absolute: 4,
        source: 'our judgement: a mask is split evenly over ranks, so half of what the siblings have is another split',
      },
    ],
    words: ({ ranks }) => processorWords(ranks),
  },
};

/** The processors of each local rank, compared with nodes that have as many ranks of one job. */
function processorWords(ranks: readonly Rank[]): readonly ProbeWord[] {
  const locals = new Set(ranks.map(({ localRank }) => localRank));
  if (locals.has(null) || locals.size < ranks.length) return [];
  return ranks.map(({ localRank, cpus, cpusLine }) => ({
    name: `processors of local rank ${localRank ?? 0}`,
    value: shownCpus(cpus),
    group: `${ranks.length} ranks`,
    line: cpusLine,
    kind: otherProcessors,
  }));
}

/** `0-11,96-107`. */
function shownCpus(cpus: readonly number[]): string {
  const spans: { first: number; last: number }[] = [];
  for (const cpu of cpus.toSorted((a, b) => a - b)) {
    const open = spans.at(-1);
    if (open !== undefined && cpu === open.last + 1) open.last = cpu;
    else spans.push({ first: cpu, last: cpu });
  }
  return spans.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const field = (name: string) => {
    const row = lines.find(({ text }) => text.startsWith(`${name}:`));
    if (row === undefined) throw new ProbeParseError(`line ${line}: no ${name}`);
    return { text: row.text.slice(name.length + 1).trim(), line: row.line };
  };
  const [cpus, nodes, threads] = [field('Cpus_allowed_list'), field('Mems_allowed_list'), field('Threads')];
  const [cpuNumbers, nodeNumbers] = [cpuList(cpus.text), cpuList(nodes.text)];
  if (cpuNumbers === null || cpuNumbers.length === 0 || nodeNumbers === null || !/^\d{1,7}$/.test(threads.text))
    throw new ProbeParseError(`line ${cpus.line}: not the lists of /proc/PID/status`);
  return {
    pid,
    rank,
    localRank,
    line,
    cpus: cpuNumbers,
    memoryNodes: nodeNumbers,
    threads: Number(threads.text),
    cpusLine: cpus.line,
  };
}

/** The two threads of a core stand far apart in Linux's numbering, two cores beside each other do not. */
function isOneCore(cpus: readonly number[]): boolean {
  const [first = 0, second = 0] = cpus;
  return cpus.length === processorsPerCoreMax && second - first > 1;
}

function sharedCores(ranks: readonly Rank[]): readonly ProbeFinding[] {
  return [...Map.groupBy(ranks, ({ cpus }) => cpus.join(',')).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length < 2 || first.cpus.length >= group.length * processorsPerRankMin) return [];
    const list = rankList(group.map(({ rank }) => rank));
    return [
      {
        kind: crowded.id,
        text: `${list} share ${first.cpus.length} processors`,
        line: first.cpusLine,
        values: { ranks: list, processors: first.cpus.length },
      },
    ];
  });
}

// Fewer ranks than this have no halves to speak of.
const ranksWithHalvesMin = 4;

/**
 * GPUs of a server are numbered along its two processors, the first half at the first one. A rank that shares
 * processors with the other half only, while the halves are apart otherwise, is bound across.
 */
function wrongSide(ranks: readonly Rank[]): readonly ProbeFinding[] {
  if (ranks.length < ranksWithHalvesMin || ranks.some(({ localRank }) => localRank === null)) return [];
  const ordered = ranks.toSorted((a, b) => (a.localRank ?? 0) - (b.localRank ?? 0));
  const half = ordered.length / 2;
  const share = (a: Rank, b: Rank) => a.cpus.some((cpu) => b.cpus.includes(cpu));
  const across = ordered.filter((one, at) => {
    const side = at < half ? ordered.slice(0, Math.ceil(half)) : ordered.slice(Math.ceil(half));
    const near = side.filter((other) => other !== one && share(one, other)).length;
    const far = ordered.filter((other) => !side.includes(other) && share(one, other)).length;
    return near === 0 && far > 0;
  });
  if (across.length === 0 || across.length >= half) return [];
  return across.map((one) => ({
    kind: farSide.id,
    text: `rank ${one.rank} (local rank ${one.localRank ?? 0}) shares processors with the other half of the node only`,
    line: one.cpusLine,
    values: { ...rankValues(one), processors: one.cpus.length },
  }));
}

import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { unlikeSiblings } from './host-read.ts';
import {
  readRanks,
  orAllClean,
  rankList,
  trainerKinds,
  type Trainer,
  type TrainerBlock,
  type UnreadTrainer,
} from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';

const troubleshooting = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#infiniband';

const memlockLow: FindingKind = {
  id: 'host.limits.memlock-low',
  summary: 'ranks may lock too little memory for RDMA',
  role: 'cause',
  weighs: { 'ulimit-too-low': 4 },
  source: troubleshooting,
};
const filesLow: FindingKind = {
  id: 'host.limits.open-files-low',
  summary: 'ranks may open no more than the default number of files',
  role: 'symptom',
  weighs: { 'ulimit-too-low': 1.6 },
  source: 'https://pytorch.org/docs/stable/multiprocessing.html#file-descriptor-file-descriptor',
};
const processesLow: FindingKind = {
  id: 'host.limits.processes-low',
  summary: 'ranks may start few processes and threads',
  role: 'symptom',
  weighs: { 'ulimit-too-low': 1.6 },
  source: 'https://man7.org/linux/man-pages/man2/getrlimit.2.html',
};
const differ: FindingKind = {
  id: 'host.limits.differ',
  summary: 'ranks of the node run under different limits',
  role: 'symptom',
  weighs: { 'ulimit-too-low': 1.6, 'launcher-rank-misconfig': 0.5 },
  source: 'our judgement: one launcher gives all ranks of a node the same limits',
};
const enough: FindingKind = {
  id: 'host.limits.enough',
  summary: 'ranks may lock memory, open files and start processes as training needs it',
  role: 'clean',
  weighs: { 'ulimit-too-low': -2.5 },
  source: troubleshooting,
};
const unlike = unlikeSiblings('host.limits', 'a limit of the ranks', { 'ulimit-too-low': 1.2 });
const kinds = [memlockLow, filesLow, processesLow, differ, enough, unlike, ...trainerKinds];

/** `null` for unlimited. */
interface Limits {
  readonly memlockBytes: number | null;
  readonly openFiles: number | null;
  readonly processes: number | null;
}
interface Rank extends Trainer {
  readonly soft: Limits;
  /** Lines of the three limits in that order. */
  readonly lines: readonly number[];
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

// 8 MiB (systemd's default) and 64 MiB (containerd's) are known to fail: https://github.com/NVIDIA/nccl-tests/issues/206.
// NCCL asks for no limit; a rank registers some hundred MiB of buffers, so 1 GiB is room to spare.
const memlockBytesMin = 1024 ** 3;
// The default soft limit of Linux and the one that PyTorch's page names as too small for many workers.
const openFilesMin = 1025;
// A rank with its workers and their OpenMP threads has some hundred threads, and all ranks of a user share this limit.
const processesMin = 4096;

/** Limits under which the ranks really run; those of a login shell say nothing about them. */
export const hostLimits: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'host.limits',
  summary: 'locked memory, open files and processes that every rank may have',
  question: 'Do the limits of the launched ranks suffice for RDMA and for data loading?',
  aspect: 'correctness',
  argv: jobCommand('limits'),
  parse: (output) => readRanks(output, rankOf),
  outcomes: kinds,
  meaning(reading) {
    const { ranks } = reading;
    const seen = [
      ...below(ranks, 0, memlockLow, 'locked memory', 'bytes', memlockBytesMin),
      ...below(ranks, 1, filesLow, 'open files', 'files', openFilesMin),
      ...below(ranks, 2, processesLow, 'processes', 'processes', processesMin),
      ...differences(ranks),
    ];
    const locked = ranks[0]?.soft.memlockBytes ?? null;
    return orAllClean(reading, seen, kinds, {
      kind: enough.id,
      text: `${ranks.length} ranks may lock ${locked === null ? 'any amount of' : `${Math.round(locked / 1024 ** 2)} MiB of`} memory`,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ ranks }) =>
      ranks.flatMap(({ soft, lines }) => [
        ...(soft.memlockBytes === null
          ? []
          : [{ name: 'memlock', value: soft.memlockBytes, unit: 'bytes', line: lines[0] ?? 1 }]),
        ...(soft.openFiles === null
          ? []
          : [{ name: 'open-files', value: soft.openFiles, unit: 'count', line: lines[1] ?? 1 }]),
      ]),
    rules: ['memlock', 'open-files'].map((name) => ({
      name,
      side: 'low',
      relative: 0.5,
      absolute: 1024,
      source: 'our judgement: limits are set in powers of two, so half is the next smaller one',
    })),
  },
};

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const limitOf = (name: string) => {
    const row = lines.find(({ text }) => text.startsWith(`${name} `));
    const match = /^ +(\d{1,20}|unlimited) +(?:\d{1,20}|unlimited)(?: +\S+)?$/.exec(row?.text.slice(name.length) ?? '');
    if (row === undefined || match === null) throw new ProbeParseError(`line ${row?.line ?? line}: no limit "${name}"`);
    return { value: match[1] === 'unlimited' ? null : Number(match[1]), line: row.line };
  };
  const [memlock, files, processes] = [
    limitOf('Max locked memory'),
    limitOf('Max open files'),
    limitOf('Max processes'),
  ];
  return {
    pid,
    rank,
    localRank,
    line,
    soft: { memlockBytes: memlock.value, openFiles: files.value, processes: processes.value },
    lines: [memlock.line, files.line, processes.line],
  };
}

function valueAt({ soft }: Rank, which: number): number | null {
  return [soft.memlockBytes, soft.openFiles, soft.processes][which] ?? null;
}

function below(
  ranks: readonly Rank[],
  which: number,
  kind: FindingKind,
  what: string,
  unit: string,
  min: number,
): readonly ProbeFinding[] {
  const low = ranks.filter((rank) => (valueAt(rank, which) ?? min) < min);
  const [first] = low;
  if (first === undefined) return [];
  const limit = valueAt(first, which) ?? 0;
  const list = rankList(low.map(({ rank }) => rank));
  return [
    {
      kind: kind.id,
      text: `${list}: limit of ${what} is ${limit} ${unit}`,
      line: first.lines[which] ?? first.line,
      values: { limit, unit, ranks: list },
    },
  ];
}

function differences(ranks: readonly Rank[]): readonly ProbeFinding[] {
  return ['locked memory', 'open files', 'processes'].flatMap((what, which) => {
    const groups = [...Map.groupBy(ranks, (rank) => valueAt(rank, which))].toSorted(
      ([, a], [, b]) => b.length - a.length,
    );
    const [usual, ...others] = groups;
    return others.flatMap(([limit, group]) => {
      const list = rankList(group.map(({ rank }) => rank));
      return [
        {
          kind: differ.id,
          text: `${list}: limit of ${what} is ${limit ?? 'none'}, for the others ${usual?.[0] ?? 'none'}`,
          line: group[0]?.lines[which] ?? 1,
          values: { limit: limit ?? 'unlimited', siblingsLimit: usual?.[0] ?? 'unlimited', ranks: list },
        },
      ];
    });
  });
}

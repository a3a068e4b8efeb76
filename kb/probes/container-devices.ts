import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding, type ProbeNumber } from '../schemas/probe.ts';
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

const toolkit = 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html';
const rdma = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#infiniband';

const noGpu: FindingKind = {
  id: 'container.devices.gpu-missing',
  summary: 'a rank sees no GPU device, or not what drives it',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3.5, 'cgroup-device-loss': 1.5, 'driver-version-mismatch': 1 },
  source: toolkit,
};
const gpuCounts: FindingKind = {
  id: 'container.devices.gpu-count-differs',
  summary: 'ranks of one node, or of like nodes, see different numbers of GPU devices',
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 2, 'cgroup-device-loss': 1.5, 'gpu-fell-off-bus': 1 },
  source: toolkit,
};
const noRdma: FindingKind = {
  id: 'container.devices.rdma-missing',
  summary: 'a rank sees no RDMA device although the node has adapters, so its traffic goes over TCP',
  role: 'cause',
  weighs: { 'rdma-device-missing-in-container': 5 },
  source: rdma,
};
const rdmaCounts: FindingKind = {
  id: 'container.devices.rdma-count-differs',
  summary: 'a rank sees fewer RDMA devices than its siblings, or than the node has adapters',
  role: 'symptom',
  weighs: { 'rdma-device-missing-in-container': 2.5, 'rdma-link-fault': 0.7 },
  source: rdma,
};
const notOpen: FindingKind = {
  id: 'container.devices.not-permitted',
  summary: 'a GPU or RDMA device cannot be opened for reading and writing by other users than its owner',
  role: 'symptom',
  weighs: { 'permission-misconfig': 1.8, 'cgroup-device-loss': 0.5 },
  source: 'https://download.nvidia.com/XFree86/Linux-x86_64/550.90.07/README/faq.html (device files)',
};
const whole: FindingKind = {
  id: 'container.devices.whole',
  summary: 'every rank sees its GPU and RDMA devices',
  role: 'clean',
  weighs: { 'rdma-device-missing-in-container': -2.5, 'container-toolkit-misconfig': -1 },
  source: toolkit,
};
const kinds = [noGpu, gpuCounts, noRdma, rdmaCounts, notOpen, whole, ...trainerKinds];

interface Rank extends Trainer {
  readonly gpus: number;
  /** `nvidiactl` and `nvidia-uvm`, those that are missing. */
  readonly missing: readonly string[];
  readonly verbs: number;
  readonly closed: readonly { readonly name: string; readonly mode: string; readonly line: number }[];
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

/** Which GPU and RDMA devices the ranks see where they run. */
export const containerDevices: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'container.devices',
  summary: 'GPU and RDMA device nodes in the file system of every rank, compared with each other and with the node',
  question: 'Do the ranks see the GPUs and RDMA adapters of the node from inside of their containers?',
  aspect: 'correctness',
  argv: jobCommand('devices'),
  parse: (output) => readRanks(output, rankOf),
  outcomes: kinds,
  meaning(reading, node) {
    const { ranks } = reading;
    return orAllClean(reading, [...gpuTrouble(ranks), ...rdmaTrouble(ranks, node), ...closedDevices(ranks)], kinds, {
      kind: whole.id,
      text: `${ranks.length} ranks see ${counts(ranks.map(({ gpus }) => gpus))} GPU and ${counts(ranks.map(({ verbs }) => verbs))} RDMA devices`,
    });
  },
  siblings: {
    numbers: ({ ranks }) => [
      ...fewest('gpuDevices', ranks, ({ gpus }) => gpus),
      ...fewest('rdmaDevices', ranks, ({ verbs }) => verbs),
    ],
    rules: [
      { name: 'gpuDevices', side: 'low', relative: 0, absolute: 0, source: toolkit },
      { name: 'rdmaDevices', side: 'low', relative: 0, absolute: 0, kind: rdmaCounts, source: rdma },
    ],
    kind: gpuCounts,
  },
};

/** Of the rank that sees fewest. Nodes that hold as many ranks are those of one job, mostly. */
function fewest(name: string, ranks: readonly Rank[], of: (rank: Rank) => number): readonly ProbeNumber[] {
  const [least] = ranks.toSorted((a, b) => of(a) - of(b));
  if (least === undefined) return [];
  return [{ name, value: of(least), unit: 'count', like: `${ranks.length} ranks`, line: least.line }];
}

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const devices = lines.map(({ text, line: at }) => {
    const match = /^([\w./-]{1,80}) ([bcdlps-][rwxsStT-]{9}[.+@]?) (\d{1,10}) (\d{1,10}) (?:\d{1,10}:\d{1,10}|-)$/.exec(
      text,
    );
    if (match === null) throw new ProbeParseError(`line ${at}: not a device`);
    return { name: match[1] ?? '', mode: match[2] ?? '', line: at };
  });
  const characters = devices.filter(({ mode }) => mode.startsWith('c'));
  const has = (pattern: RegExp) => characters.filter(({ name }) => pattern.test(name));
  return {
    pid,
    rank,
    localRank,
    line,
    gpus: has(/^nvidia\d+$/).length,
    missing: ['nvidiactl', 'nvidia-uvm'].filter((name) => !characters.some((one) => one.name === name)),
    verbs: has(/^infiniband\/uverbs\d+$/).length,
    closed: [...has(/^(nvidia\d+|nvidiactl|nvidia-uvm)$/), ...has(/^infiniband\/uverbs\d+$/)].filter(
      ({ mode }) => mode.slice(7, 9) !== 'rw',
    ),
  };
}

function gpuTrouble(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const without = ranks.filter(({ gpus, missing }) => gpus === 0 || missing.length > 0);
  const most = Math.max(0, ...ranks.map(({ gpus }) => gpus));
  const fewer = ranks.filter((one) => !without.includes(one) && one.gpus < most);
  return [
    ...grouped(without, ({ gpus, missing }) => (gpus === 0 ? 'no GPU device' : `no ${missing.join(', no ')}`)).map(
      ([what, group]) => finding(noGpu, group, `sees ${what}`, { missing: what }),
    ),
    ...grouped(fewer, ({ gpus }) => String(gpus)).map(([count, group]) =>
      finding(gpuCounts, group, `sees ${count} GPU devices, others ${most}`, {
        devices: Number(count),
        siblingsDevices: most,
      }),
    ),
  ];
}

function rdmaTrouble(ranks: readonly Rank[], node: ProbedNode | undefined): readonly ProbeFinding[] {
  const expected = Math.max(node?.hcas?.length ?? 0, ...ranks.map(({ verbs }) => verbs));
  if (expected === 0) return [];
  const none = ranks.filter(({ verbs }) => verbs === 0);
  const fewer = ranks.filter(({ verbs }) => verbs > 0 && verbs < expected);
  return [
    ...grouped(none, () => '').map(([, group]) =>
      finding(noRdma, group, `sees no RDMA device, there are ${expected}`, { devices: 0, expectedDevices: expected }),
    ),
    ...grouped(fewer, ({ verbs }) => String(verbs)).map(([count, group]) =>
      finding(rdmaCounts, group, `sees ${count} RDMA devices, there are ${expected}`, {
        devices: Number(count),
        expectedDevices: expected,
      }),
    ),
  ];
}

/** Once for each device name: all ranks of a node have the same, mostly. */
function closedDevices(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const closed = ranks.flatMap(({ closed: ones }) => ones);
  return [...Map.groupBy(closed, ({ mode }) => mode)].map(([mode, ones]) => ({
    kind: notOpen.id,
    text: `${ones[0]?.name ?? 'a device'} and ${ones.length - 1} more have mode ${mode}`,
    line: ones[0]?.line ?? 1,
    values: { mode, devices: ones.length },
  }));
}

function grouped(ranks: readonly Rank[], by: (rank: Rank) => string): readonly [string, readonly Rank[]][] {
  return [...Map.groupBy(ranks, by)];
}

function finding(
  kind: FindingKind,
  ranks: readonly Rank[],
  what: string,
  values: Readonly<Record<string, number | string>>,
): ProbeFinding {
  const list = rankList(ranks.map(({ rank }) => rank));
  return { kind: kind.id, text: `${list}: ${what}`, line: ranks[0]?.line ?? 1, values: { ranks: list, ...values } };
}

function counts(values: readonly number[]): string {
  return [...new Set(values)].toSorted((a, b) => a - b).join(' or ');
}

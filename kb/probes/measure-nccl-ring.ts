import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { measureProbe } from './measure-probe.ts';
import { boardIn } from './measured-gpus.ts';
import { wrongIn, wrongValues } from './measure-nccl-kinds.ts';
import { ncclRows } from './nccl-tests.ts';

const source = 'https://github.com/NVIDIA/nccl-tests/issues/149';

const slow: FindingKind = {
  id: 'measure.nccl.ring-slow',
  summary: 'an all-reduce over the GPUs of a node runs clearly slower than their NVLinks allow',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 2.5, 'gpu-clock-throttle': 1, 'nccl-env-misconfig': 0.7, 'acs-iommu-p2p-broken': 1 },
  source,
};
const belowSiblings: FindingKind = {
  id: 'measure.nccl.ring-below-siblings',
  summary: 'an all-reduce over the GPUs of a node runs slower than on like nodes',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 2.5, 'gpu-clock-throttle': 1 },
  source,
};
const normal: FindingKind = {
  id: 'measure.nccl.ring-normal',
  summary: 'an all-reduce over the GPUs of the node is right and as fast as their NVLinks allow',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -2, 'nccl-bug': -0.3 },
  source,
};

// Of the largest message. A100: 229 GB/s at 1 GiB over 8 GPUs (VIA-Research/vTrain, trace/a100/AR_GPU8_1M_1024M_LUT),
// 230 is what its 12 links give (NVIDIA/nccl-tests#149). An A800 has 8 of them: two thirds, 153; measured runs of it are
// not published, so its bound is wider.
const floors: readonly { readonly board: RegExp; readonly gpus: number; readonly gigabytesPerSecond: number }[] = [
  { board: /\bA100\b/, gpus: 8, gigabytesPerSecond: 205 },
  { board: /\bA800\b/, gpus: 8, gigabytesPerSecond: 125 },
];

interface Figures {
  readonly board: string | null;
  readonly gpus: number;
  readonly bytes: number;
  readonly busGigabytesPerSecond: number;
  readonly line: number;
  readonly wrong: readonly ProbeFinding[];
}

/** All-reduce over all GPUs of a node, 8 MiB to 1 GiB, with its result checked. */
export const measureNcclRing = measureProbe({
  id: 'measure.nccl-ring',
  verb: 'nccl-ring',
  summary: 'speed and correctness of an all-reduce over the GPUs of a node; needs a node without jobs',
  question: 'Is an all-reduce inside the node right, and as fast as on like nodes?',
  aspect: 'performance',
  costMs: 30_000,
  timeoutMs: 120_000,
  args: z.object({}),
  allow: ['sudo -n wardround-measure nccl-ring'],
  words: () => ['nccl-ring'],
  kinds: [slow, belowSiblings, wrongValues, normal],
  read({ lines }): Figures | null {
    const largest = ncclRows(lines).toSorted((a, b) => b.bytes - a.bytes)[0];
    if (largest === undefined) return null;
    return {
      board: boardIn(lines),
      gpus: lines.filter(({ text }) => /^# +Rank +\d+ /.test(text)).length,
      bytes: largest.bytes,
      busGigabytesPerSecond: largest.busGigabytesPerSecond,
      line: largest.line,
      wrong: wrongIn(lines),
    };
  },
  judge(figures) {
    const floor = floors.find(({ board, gpus }) => board.test(figures.board ?? '') && gpus === figures.gpus);
    const isSlow = floor !== undefined && figures.busGigabytesPerSecond < floor.gigabytesPerSecond;
    const slowHere = isSlow
      ? [{ kind: slow.id, ...shown(figures), text: `${told(figures)}, below ${floor.gigabytesPerSecond}` }]
      : [];
    return [...figures.wrong, ...slowHere];
  },
  clean: (figures) => ({ kind: normal.id, ...shown(figures), text: told(figures) }),
  siblings: {
    numbers: ({ busGigabytesPerSecond, line }) => [
      { name: 'all-reduce', value: busGigabytesPerSecond, unit: 'GB/s', line },
    ],
    // Runs of one node repeat within 1 to 2 % (VIA-Research/vTrain, the same file, neighbouring sizes).
    rules: [{ name: 'all-reduce', side: 'low', relative: 0.07, absolute: 5, source }],
    kind: belowSiblings,
  },
});

function shown({ busGigabytesPerSecond, bytes, line }: Figures) {
  return { line, values: { busGigabytesPerSecond, bytes } };
}

function told({ busGigabytesPerSecond, bytes, gpus }: Figures): string {
  return `${busGigabytesPerSecond} GB/s bus bandwidth over ${gpus} GPUs at ${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbedNode, ProbeFinding } from '../schemas/probe.ts';
import { median } from './clean.ts';
import { measureProbe, type RanReport } from './measure-probe.ts';
import { gpuAt } from './measured-gpus.ts';
import { wrongIn, wrongValues } from './measure-nccl-kinds.ts';
import { ncclRows } from './nccl-tests.ts';

const source = 'https://github.com/NVIDIA/nccl-tests/issues/331';

const pairSlow: FindingKind = {
  id: 'measure.nccl.pair-slow',
  summary: 'one pair of neighbouring GPUs exchanges messages slower than the other pairs of the node',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 3 },
  source,
};
const gpuSlow: FindingKind = {
  id: 'measure.nccl.gpu-below-siblings',
  summary: 'a GPU exchanges messages with both of its neighbours slower than the others do',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 3, 'gpu-clock-throttle': 1 },
  source,
};
const noNvlink: FindingKind = {
  id: 'measure.nccl.pairs-over-pcie',
  summary: 'messages between neighbouring GPUs are no faster than PCIe',
  role: 'symptom',
  weighs: { 'nvlink-fabric-error': 2, 'nccl-env-misconfig': 1, 'acs-iommu-p2p-broken': 1.5 },
  source,
};
const normal: FindingKind = {
  id: 'measure.nccl.pairs-normal',
  summary: 'all pairs of neighbouring GPUs exchange messages alike',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -2 },
  source,
};

// Equal pairs of one node differ by a few percent; one NVLink of eight less is 12.5 %.
const spreadShareMax = 0.1;
// A PCIe 4 x16 slot carries 26 GB/s (NVIDIA/nvbandwidth README); four NVLinks already gave 72 (the issue above).
const pcieGigabytesPerSecond = 30;

interface Pair {
  readonly gpus: readonly [number, number];
  readonly busGigabytesPerSecond: number;
  readonly line: number;
}
interface Figures {
  readonly pairs: readonly Pair[];
  readonly wrong: readonly ProbeFinding[];
}

/** Send and receive of 64 MiB between neighbours, round the ring of a node's GPUs. */
export const measureNcclPairwise = measureProbe({
  id: 'measure.nccl-pairwise',
  verb: 'nccl-pairwise',
  summary: 'speed of messages between neighbouring GPUs; needs a node without jobs',
  question: 'Which GPU of the node, if any, exchanges messages slower than the others?',
  aspect: 'performance',
  costMs: 50_000,
  timeoutMs: 120_000,
  args: z.object({}),
  allow: ['sudo -n wardround-measure nccl-pairwise'],
  words: () => ['nccl-pairwise'],
  kinds: [pairSlow, gpuSlow, noNvlink, wrongValues, normal],
  read({ lines }): Figures | null {
    const pairs = pairsIn(lines);
    return pairs === null ? null : { pairs, wrong: wrongIn(lines) };
  },
  judge: ({ pairs, wrong }, node) => [...wrong, ...overPcie(pairs), ...uneven(pairs, node)],
  clean: ({ pairs }) => ({
    kind: normal.id,
    text: `${pairs.length} pairs at ${middleOf(pairs).toFixed(1)} GB/s`,
  }),
  siblings: {
    numbers: ({ pairs }, node) =>
      gpusOf(pairs).map((gpu) => ({
        name: 'neighbours',
        value: bestOf(pairs, gpu),
        unit: 'GB/s',
        device: gpuAt(gpu, node),
        line: pairs.find(({ gpus }) => gpus.includes(gpu))?.line ?? 1,
      })),
    rules: [{ name: 'neighbours', side: 'low', relative: spreadShareMax, absolute: 5, source }],
    kind: gpuSlow,
  },
});

/** Null when a pair's table is missing: half a ring tells nothing of its other half. */
function pairsIn(lines: RanReport['lines']): readonly Pair[] | null {
  const heads = lines.flatMap(({ text }, at) => {
    const head = /^== pair (\d{1,2}) (\d{1,2})$/.exec(text);
    return head === null ? [] : [{ at, gpus: [Number(head[1]), Number(head[2])] as const }];
  });
  const pairs = heads.flatMap(({ at, gpus }, index): readonly Pair[] => {
    const row = ncclRows(lines.slice(at, heads[index + 1]?.at)).at(-1);
    return row === undefined ? [] : [{ gpus, busGigabytesPerSecond: row.busGigabytesPerSecond, line: row.line }];
  });
  return pairs.length === 0 || pairs.length < heads.length ? null : pairs;
}

function middleOf(pairs: readonly Pair[]): number {
  return median(pairs.map(({ busGigabytesPerSecond }) => busGigabytesPerSecond)) ?? 0;
}

function gpusOf(pairs: readonly Pair[]): readonly number[] {
  return [...new Set(pairs.flatMap(({ gpus }) => gpus))].toSorted((a, b) => a - b);
}

function bestOf(pairs: readonly Pair[], gpu: number): number {
  const own = pairs.filter(({ gpus }) => gpus.includes(gpu));
  return Math.max(...own.map(({ busGigabytesPerSecond }) => busGigabytesPerSecond));
}

function overPcie(pairs: readonly Pair[]): readonly ProbeFinding[] {
  const middle = middleOf(pairs);
  if (middle >= pcieGigabytesPerSecond) return [];
  const text = `pairs of GPUs reach ${middle.toFixed(1)} GB/s, no more than PCIe`;
  return [{ kind: noNvlink.id, text, line: pairs[0]?.line ?? 1, values: { busGigabytesPerSecond: middle } }];
}

/** A GPU that is slow with both neighbours is named; else the pair is. */
function uneven(pairs: readonly Pair[], node: ProbedNode | undefined): readonly ProbeFinding[] {
  const middle = middleOf(pairs);
  const isSlow = (speed: number) => speed < middle * (1 - spreadShareMax);
  const slowGpus = pairs.length < 3 ? [] : gpusOf(pairs).filter((gpu) => isSlow(bestOf(pairs, gpu)));
  const gpuFindings = slowGpus.map((gpu) => {
    const best = bestOf(pairs, gpu);
    return {
      kind: gpuSlow.id,
      device: gpuAt(gpu, node),
      text: `GPU ${gpu} reaches ${best} GB/s with its neighbours, others ${middle.toFixed(1)}`,
      line: pairs.find(({ gpus }) => gpus.includes(gpu))?.line ?? 1,
      values: { busGigabytesPerSecond: best, siblingsBusGigabytesPerSecond: middle },
    };
  });
  const pairFindings = pairs
    .filter(
      ({ gpus, busGigabytesPerSecond }) => isSlow(busGigabytesPerSecond) && !gpus.some((gpu) => slowGpus.includes(gpu)),
    )
    .map(({ gpus: [first, second], busGigabytesPerSecond, line }) => ({
      kind: pairSlow.id,
      text: `GPUs ${first} and ${second} reach ${busGigabytesPerSecond} GB/s, other pairs ${middle.toFixed(1)}`,
      line,
      values: { first, second, busGigabytesPerSecond, siblingsBusGigabytesPerSecond: middle },
    }));
  return [...gpuFindings, ...pairFindings];
}

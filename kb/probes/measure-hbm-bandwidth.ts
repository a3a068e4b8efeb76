import type { FindingKind } from '../schemas/finding-kind.ts';
import { measureProbe } from './measure-probe.ts';
import { eachGpu, gpuArgs, gpuAt, gpuWord, measuredGpu } from './measured-gpus.ts';
import { bandwidthMatrix, onlyCell } from './nvbandwidth.ts';

const source = 'https://github.com/NVIDIA/nvbandwidth (device_local_copy)';

const slow: FindingKind = {
  id: 'measure.hbm.slow',
  summary: 'copies inside the memory of a GPU run at a fraction of what its board can',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 2, 'host-hardware-fault': 1.5 },
  source,
};
const belowSiblings: FindingKind = {
  id: 'measure.hbm.below-siblings',
  summary: 'copies inside the memory of a GPU run slower than on the others of its node',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 2, 'host-hardware-fault': 1.5 },
  source,
};
const normal: FindingKind = {
  id: 'measure.hbm.normal',
  summary: 'copies inside the memory of the GPU run as fast as its board can',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -1, 'host-hardware-fault': -0.7 },
  source,
};

// A copy reads and writes each byte: an A100 or A800 with 80 GB and 2,039 GB/s (its data sheet) cannot copy faster than
// 1,020. Copy engines reach a part of that which depends on the driver, so only half of it is called slow.
const floorGigabytesPerSecond = 510;

interface Figures {
  readonly gpu: number;
  readonly gigabytesPerSecond: number;
  readonly line: number;
}

/** Copies from a GPU's memory to itself. */
export const measureHbmBandwidth = measureProbe({
  id: 'measure.hbm-bandwidth',
  verb: 'hbm',
  summary: 'bandwidth of copies inside the memory of a GPU; needs an idle GPU',
  question: 'Does the memory of the GPU reach the bandwidth of its board and of its siblings?',
  aspect: 'performance',
  costMs: 6_000,
  timeoutMs: 60_000,
  args: gpuArgs,
  allow: [`sudo -n wardround-measure hbm ${gpuWord}`],
  words: ({ gpu }) => ['hbm', String(gpu)],
  devices: eachGpu,
  kinds: [slow, belowSiblings, normal],
  read(report): Figures | null {
    const cell = onlyCell(bandwidthMatrix(report, 'device_local_copy'));
    return cell === null ? null : { gpu: measuredGpu(report), gigabytesPerSecond: cell.value, line: cell.line };
  },
  judge: (figures, node) =>
    figures.gigabytesPerSecond < floorGigabytesPerSecond
      ? [{ kind: slow.id, ...shown(figures, node), text: `${told(figures)}, below ${floorGigabytesPerSecond} GB/s` }]
      : [],
  clean: (figures, node) => ({ kind: normal.id, ...shown(figures, node), text: told(figures) }),
  siblings: {
    numbers: ({ gpu, gigabytesPerSecond, line }, node) => [
      { name: 'local-copy', value: gigabytesPerSecond, unit: 'GB/s', device: gpuAt(gpu, node), line },
    ],
    // Eight equal boards differed by 0.1 %: https://github.com/NVIDIA/nvbandwidth/issues/48
    rules: [
      {
        name: 'local-copy',
        side: 'low',
        relative: 0.05,
        absolute: 20,
        source: 'https://github.com/NVIDIA/nvbandwidth/issues/48',
      },
    ],
    kind: belowSiblings,
  },
});

function shown({ gpu, gigabytesPerSecond, line }: Figures, node: Parameters<typeof gpuAt>[1]) {
  return { device: gpuAt(gpu, node), line, values: { gigabytesPerSecond } };
}

function told({ gpu, gigabytesPerSecond }: Figures): string {
  return `GPU ${gpu} copies ${gigabytesPerSecond} GB/s inside its memory`;
}

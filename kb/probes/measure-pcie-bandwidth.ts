import type { FindingKind } from '../schemas/finding-kind.ts';
import { measureProbe } from './measure-probe.ts';
import { boardIn, eachGpu, gpuArgs, gpuAt, gpuWord, measuredGpu } from './measured-gpus.ts';
import { bandwidthMatrix, onlyCell } from './nvbandwidth.ts';

const source = 'https://github.com/Azure/azurehpc-health-checks/blob/main/conf/nd96amsr_a100_v4.conf';

const slow: FindingKind = {
  id: 'measure.pcie.slow',
  summary: 'copies from host memory to a GPU run clearly slower than its PCIe generation allows',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 3, 'cpu-affinity-misconfig': 0.7, 'gpu-fell-off-bus': 0.7 },
  source,
};
const belowSiblings: FindingKind = {
  id: 'measure.pcie.below-siblings',
  summary: 'copies from host memory to a GPU run slower than to the others of its node',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 3, 'gpu-fell-off-bus': 0.7 },
  source,
};
const normal: FindingKind = {
  id: 'measure.pcie.normal',
  summary: 'copies from host memory to the GPU run as fast as its PCIe generation allows',
  role: 'clean',
  weighs: { 'host-hardware-fault': -1.5 },
  source,
};

// Lower bounds of the health checks of Azure, whose nodes have these boards: 21 GB/s for A100 (PCIe 4, 25 to 26 when
// well), 48 for H100 (nd96isr_h100_v5.conf; PCIe 5).
const floors: readonly { readonly board: RegExp; readonly gigabytesPerSecond: number }[] = [
  { board: /\bA[18]00\b/, gigabytesPerSecond: 21 },
  { board: /\bH[128]00\b/, gigabytesPerSecond: 48 },
];
// Without a name the older generation is taken.
const floorUnnamed = 21;

interface Figures {
  readonly gpu: number;
  readonly board: string | null;
  readonly gigabytesPerSecond: number;
  readonly line: number;
}

/** Copies from host memory to a GPU. */
export const measurePcieBandwidth = measureProbe({
  id: 'measure.pcie-bandwidth',
  verb: 'pcie',
  summary: 'bandwidth from host memory to a GPU; needs an idle GPU',
  question: 'Does the PCIe path of the GPU reach what its siblings reach?',
  aspect: 'performance',
  costMs: 6_000,
  timeoutMs: 60_000,
  args: gpuArgs,
  allow: [`sudo -n wardround-measure pcie ${gpuWord}`],
  words: ({ gpu }) => ['pcie', String(gpu)],
  devices: eachGpu,
  kinds: [slow, belowSiblings, normal],
  read(report): Figures | null {
    const cell = onlyCell(bandwidthMatrix(report, 'host_to_device_memcpy_ce'));
    if (cell === null) return null;
    return {
      gpu: measuredGpu(report),
      board: boardIn(report.lines),
      gigabytesPerSecond: cell.value,
      line: cell.line,
    };
  },
  judge(figures, node) {
    const floor = floors.find(({ board }) => board.test(figures.board ?? ''))?.gigabytesPerSecond ?? floorUnnamed;
    return figures.gigabytesPerSecond < floor
      ? [{ kind: slow.id, ...shown(figures, node), text: `${told(figures)}, below ${floor} GB/s` }]
      : [];
  },
  clean: (figures, node) => ({ kind: normal.id, ...shown(figures, node), text: told(figures) }),
  siblings: {
    numbers: ({ gpu, gigabytesPerSecond, line }, node) => [
      { name: 'host-to-device', value: gigabytesPerSecond, unit: 'GB/s', device: gpuAt(gpu, node), line },
    ],
    // Eight equal boards differed by 0.1 %; sockets and switches may differ more.
    rules: [{ name: 'host-to-device', side: 'low', relative: 0.1, absolute: 2, source }],
    kind: belowSiblings,
  },
});

function shown({ gpu, gigabytesPerSecond, line }: Figures, node: Parameters<typeof gpuAt>[1]) {
  return { device: gpuAt(gpu, node), line, values: { gigabytesPerSecond } };
}

function told({ gpu, gigabytesPerSecond }: Figures): string {
  return `${gigabytesPerSecond} GB/s from host memory to GPU ${gpu}`;
}

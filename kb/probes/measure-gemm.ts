import type { FindingKind } from '../schemas/finding-kind.ts';
import { median } from './clean.ts';
import { measureProbe, type RanReport } from './measure-probe.ts';
import { eachGpu, gpuArgs, gpuAt, gpuWord, measuredGpu } from './measured-gpus.ts';

const slow: FindingKind = {
  id: 'measure.gemm.slow',
  summary: 'matrix products on a GPU run clearly slower than its board can',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 3, 'host-hardware-fault': 0.7 },
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (dcgmproftester)',
};
const belowSiblings: FindingKind = {
  id: 'measure.gemm.below-siblings',
  summary: 'matrix products on a GPU run slower than on the others of its node',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 3, 'host-hardware-fault': 0.7 },
  source: 'https://github.com/stas00/ml-engineering/tree/master/compute/accelerator (spread of equal GPUs)',
};
const normal: FindingKind = {
  id: 'measure.gemm.normal',
  summary: 'matrix products on the GPU run at the speed of its board',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -2 },
  source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (dcgmproftester)',
};

// The same document prints 250 to 254 TFLOP/s for an A100 SXM4 (108 multiprocessors, which an A800 has too); an A100 of
// the PCIe form with its 250 W gives 178 to 197. Below this no such board is well.
const floorTflops = 170;
const floorMultiprocessors = 108;

interface Figures {
  readonly gpu: number;
  readonly tflops: number;
  readonly samples: number;
  readonly multiprocessors: number | null;
  readonly line: number;
}

/** FP16 matrix products on the tensor cores for ten seconds, one GPU at a time. */
export const measureGemm = measureProbe({
  id: 'measure.gemm',
  verb: 'gemm',
  summary: 'throughput of matrix products on a GPU under load; needs an idle GPU',
  question: 'Does the GPU still reach the matrix throughput of its board and of its siblings?',
  aspect: 'performance',
  costMs: 16_000,
  timeoutMs: 60_000,
  args: gpuArgs,
  allow: [`sudo -n wardround-measure gemm ${gpuWord}`],
  words: ({ gpu }) => ['gemm', String(gpu)],
  devices: eachGpu,
  kinds: [slow, belowSiblings, normal],
  read: figuresIn,
  judge: (figures, node) =>
    figures.tflops < floorTflops && (figures.multiprocessors ?? floorMultiprocessors) === floorMultiprocessors
      ? [{ kind: slow.id, ...shown(figures, node), text: `${told(figures)}, below ${floorTflops} TFLOP/s` }]
      : [],
  clean: (figures, node) => ({ kind: normal.id, ...shown(figures, node), text: told(figures) }),
  siblings: {
    numbers: ({ gpu, tflops, line }, node) => [
      { name: 'tensor', value: tflops, unit: 'TFLOP/s', device: gpuAt(gpu, node), line },
    ],
    // Equal GPUs differ by 1 to 5 % under load.
    rules: [{ name: 'tensor', side: 'low', relative: 0.08, absolute: 10, source: belowSiblings.source }],
    kind: belowSiblings,
  },
});

// Worker 0:0[1004]: TensorEngineActive: generated ???, dcgm 0.000 (253971.7 gflops)
// Worker 0:0 [1004]: TensorEngineActive: generated ???, dcgm 0 (1.94e+05 gflops).
// TensorEngineActive: generated ???, dcgm 0.000 (27450.3 gflops)
const samplePattern = /TensorEngineActive: .{0,80}\(([0-9.]+(?:e[+-]?\d{1,2})?) gflops\)\.?$/;
const multiprocessorsPattern = /^CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: (\d{1,4})$/;

function figuresIn(report: RanReport): Figures | null {
  const samples = report.lines.flatMap(({ text, line }) => {
    const sample = samplePattern.exec(text);
    return sample === null ? [] : [{ gflops: Number(sample[1]), line }];
  });
  // The first second is still warming up.
  const steady = samples.slice(1);
  const middle = median(steady.map(({ gflops }) => gflops));
  if (middle === null) return null;
  const counted = report.lines.flatMap(({ text }) => multiprocessorsPattern.exec(text.trim())?.[1] ?? []).at(0);
  return {
    gpu: measuredGpu(report),
    tflops: middle / 1000,
    samples: steady.length,
    multiprocessors: counted === undefined ? null : Number(counted),
    line: steady.at(-1)?.line ?? 1,
  };
}

function shown({ gpu, tflops, line }: Figures, node: Parameters<typeof gpuAt>[1]) {
  return { device: gpuAt(gpu, node), line, values: { tflops } };
}

function told({ gpu, tflops, samples }: Figures): string {
  return `GPU ${gpu}: ${tflops.toFixed(1)} TFLOP/s, middle of ${samples} seconds`;
}

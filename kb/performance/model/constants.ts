/** One number of the model that hardware sheets do not give: where it starts, how far a fit may take it, and why. */
export interface ConstantDeclaration {
  readonly start: number;
  /** Standard deviation of the log of the constant around its start, before any run was seen. */
  readonly tolerance: number;
  readonly meaning: string;
  readonly source: string;
}

const mamf = 'https://github.com/stas00/ml-engineering/blob/master/compute/accelerator/README.md (MAMF table)';
const allReduceTable = 'https://github.com/VIA-Research/vTrain (trace/a100, all-reduce tables of 2 to 8 GPUs)';
const flash2 = 'https://arxiv.org/abs/2307.08691 (figures 4 to 7)';
const flash3 = 'https://arxiv.org/abs/2407.08608 (figures 5 and 6: FLOP rates of version 2 and cuDNN on H100)';
const korthikanti = 'https://arxiv.org/abs/2205.05198 (section 4)';
const megatron = 'https://arxiv.org/abs/2104.04473';
const estimate = 'estimate; the fit decides';

export const constantDeclarations = {
  gemmShareVolta: {
    start: 0.72,
    tolerance: 0.12,
    meaning: 'share of the fp16 peak that large matrix products reach on Volta',
    source: 'https://arxiv.org/abs/1804.06826 (dissecting Volta: cuBLAS on tensor cores)',
  },
  gemmShareAmpere: {
    start: 0.85,
    tolerance: 0.06,
    meaning: 'the same on Ampere; 0.869 at the best shape',
    source: mamf,
  },
  gemmShareHopper: {
    start: 0.76,
    tolerance: 0.08,
    meaning: 'the same on Hopper; 0.803 at the best shape',
    source: mamf,
  },
  gemmShareFp8: { start: 0.68, tolerance: 0.1, meaning: 'the same in fp8; 0.709 at the best shape', source: mamf },
  gemmTraffic: {
    start: 1,
    tolerance: 0.4,
    meaning: 'times that the operands of a product pass through memory without being hidden',
    source: 'https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication/index.html',
  },
  gemmWave: {
    start: 0.4,
    tolerance: 0.5,
    meaning: 'waves of tiles lost at the end of a product',
    source:
      'https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication/index.html (wave quantization)',
  },
  scoreShare: {
    start: 0.5,
    tolerance: 0.3,
    meaning: 'share of the peak of the batched products of attention with a score matrix',
    source: estimate,
  },
  scoreTraffic: {
    start: 1.3,
    tolerance: 0.3,
    meaning: 'passes over the score matrix against the fewest possible',
    source: korthikanti,
  },
  misaligned: {
    start: 3,
    tolerance: 0.5,
    meaning:
      'extra time of attention products whose head size is no multiple of 8; without tensor cores 4 times as long',
    source:
      'https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication/index.html (requirements of tensor cores)',
  },
  flashShareAmpere: {
    start: 0.5,
    tolerance: 0.2,
    meaning: 'share of the peak that flash attention reaches',
    source: flash2,
  },
  flashShareHopper: {
    start: 0.36,
    tolerance: 0.2,
    meaning: 'the same on Hopper, by version 2, which was written for Ampere',
    source: flash3,
  },
  flashEagerHopper: {
    start: 0.3,
    tolerance: 0.2,
    meaning: 'the same on Hopper by the first version and Triton, as frameworks of 2023 had them',
    source: flash2,
  },
  vendorShareHopper: {
    start: 0.55,
    tolerance: 0.2,
    meaning: 'the same on Hopper by cuDNN',
    source: flash3,
  },
  memoryClassic: {
    start: 1.8,
    tolerance: 0.3,
    meaning: 'passes over activations against fully fused kernels, before 2022',
    source: estimate,
  },
  memoryEager: { start: 1.6, tolerance: 0.3, meaning: 'the same of plain PyTorch since 2022', source: estimate },
  memoryFused: { start: 1.1, tolerance: 0.2, meaning: 'the same of compiled or vendor kernels', source: estimate },
  nvlinkShare: {
    start: 0.81,
    tolerance: 0.08,
    meaning: 'share of the NVLink rate that a large all-reduce reaches',
    source: allReduceTable,
  },
  nvlinkLatencySeconds: {
    start: 40e-6,
    tolerance: 0.3,
    meaning: 'of one collective in a node',
    source: allReduceTable,
  },
  networkShare: {
    start: 0.75,
    tolerance: 0.15,
    meaning: 'share of the adapters’ rate that collectives between nodes reach',
    source: 'https://github.com/Azure/azurehpc-health-checks (conf: 180 of 200 Gbit/s for one flow)',
  },
  omniPathShare: {
    start: 0.4,
    tolerance: 0.5,
    meaning: 'what Omni-Path reaches of that: between all and the 0.13 that one all-reduce benchmark found',
    source: 'https://github.com/bigscience-workshop/bigscience (experiments/bandwidth: 40 of 400 Gbit/s)',
  },
  networkHopSeconds: {
    start: 6e-6,
    tolerance: 0.4,
    meaning: 'of one step of a ring between nodes',
    source: 'https://github.com/NVIDIA/nccl (graph/tuning.cc: 14 us for a network hop by Simple, 2.7 to 6 by LL)',
  },
  tensorExposed: {
    start: 0.5,
    tolerance: 0.3,
    meaning: 'share of tensor-parallel transfers seen where software overlaps them',
    source: 'https://arxiv.org/abs/2402.15627 (section 3.2)',
  },
  pipelineExposed: {
    start: 1,
    tolerance: 0.3,
    meaning: 'share of the transfers between stages that a stage waits for',
    source: megatron,
  },
  pipelineOverlapped: {
    start: 0.4,
    tolerance: 0.4,
    meaning: 'the same where they run beside other chunks',
    source: 'https://arxiv.org/abs/2402.15627 (section 3.2)',
  },
  gradientClassic: {
    start: 0.9,
    tolerance: 0.08,
    meaning: 'share of the gradient transfer that shows where software does not overlap it',
    source: megatron,
  },
  gradientExposed: {
    start: 0.15,
    tolerance: 0.5,
    meaning: 'share of the gradient transfer that shows even where it could hide',
    source: 'https://arxiv.org/abs/2006.15704 (section 5)',
  },
  shardingExposed: {
    start: 0.15,
    tolerance: 0.5,
    meaning: 'share of the transfers of sharded weights that shows even where it could hide',
    source: 'https://arxiv.org/abs/2304.11277 (section 5)',
  },
  contextExposed: {
    start: 0.3,
    tolerance: 0.4,
    meaning: 'the same for the keys and values of context parallel',
    source: estimate,
  },
  optimizerTraffic: {
    start: 1.3,
    tolerance: 0.3,
    meaning: 'passes over the optimiser’s state against the fewest possible',
    source: estimate,
  },
  vocabularyTraffic: {
    start: 1.3,
    tolerance: 0.3,
    meaning: 'passes over the logits against the fewest possible',
    source: estimate,
  },
  launchClassicSeconds: {
    start: 400e-6,
    tolerance: 0.5,
    meaning: 'the host needs this long to launch one pass of a layer, before 2022',
    source: 'about 40 kernels of 10 us; https://arxiv.org/abs/2104.04473 (section 4.2: fused kernels)',
  },
  launchEagerSeconds: {
    start: 400e-6,
    tolerance: 0.5,
    meaning: 'the same of plain PyTorch since 2022',
    source: estimate,
  },
  launchFusedSeconds: { start: 200e-6, tolerance: 0.5, meaning: 'the same of fused kernels', source: estimate },
  launchTensor: {
    start: 0.3,
    tolerance: 0.5,
    meaning: 'further launches of a tensor-parallel layer, against those of a whole one',
    source: estimate,
  },
  microBatchSeconds: {
    start: 1e-3,
    tolerance: 0.6,
    meaning: 'of one micro-batch on a stage outside its layers: schedule, loss, embedding',
    source: estimate,
  },
  stepSeconds: {
    start: 20e-3,
    tolerance: 0.6,
    meaning: 'of a step outside its micro-batches: gradient norm, data, logging',
    source: estimate,
  },
  fp8Cast: {
    start: 0.8,
    tolerance: 0.4,
    meaning: 'passes over the operands of fp8 products to convert them, against the fewest possible',
    source: 'https://docs.nvidia.com/deeplearning/transformer-engine/user-guide/examples/fp8_primer.html',
  },
  spread: {
    start: 0.01,
    tolerance: 0.4,
    meaning: 'standard deviation of speed among GPUs of one model; a synchronous step waits for the slowest',
    source: 'https://github.com/stas00/ml-engineering (compute/accelerator: 1 to 5 % between identical GPUs)',
  },
} as const satisfies Readonly<Record<string, ConstantDeclaration>>;

export type ConstantName = keyof typeof constantDeclarations;
export type ConstantValues = Readonly<Record<ConstantName, number>>;

/** What the errors of runs that no constant has seen look like: log(measured / predicted). */
export interface Residuals {
  readonly sigma: number;
  /** Quantiles 0.05 and 0.95. */
  readonly low: number;
  readonly high: number;
}

/** The constants of the model, and how well they predict a source that they were not fitted on. */
export interface Constants {
  readonly values: ConstantValues;
  readonly residuals: Residuals;
}

// A checked table: Object.keys widens the names to strings.
export const constantNames = Object.keys(constantDeclarations) as readonly ConstantName[];

/** The values that the sources give, before any run was seen. */
export const startValues: ConstantValues = valuesOf((name) => constantDeclarations[name].start);

export function valuesOf(value: (name: ConstantName) => number): ConstantValues {
  // Every name of the table is among the entries.
  return Object.fromEntries(constantNames.map((name) => [name, value(name)])) as ConstantValues;
}

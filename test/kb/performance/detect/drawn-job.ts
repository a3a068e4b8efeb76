import type { JudgeInput } from '../../../../kb/performance/detect/judge.ts';
import { layoutOf } from '../../../../kb/performance/detect/layout.ts';
import { alarmPolicy } from '../../../../kb/performance/detect/policy.ts';
import type { Prediction } from '../../../../kb/performance/prediction.ts';
import type { MetricRange, MetricSeries } from '../../../../kb/schemas/metric.ts';
import { seeded } from './random.ts';

/** A synchronous job drawn by hand, one scrape every 15 s for forty minutes; what is not said is healthy. */
export interface Drawing {
  readonly nodes: number;
  readonly seed: number;
  /** Seconds of the step that is finished at this time. */
  readonly step: (atMs: number) => number;
  /** Factor on a healthy value of one GPU's metric. */
  readonly gpu: (metric: string, node: number, gpu: number, atMs: number) => number;
  /** Standard deviation of a step's logarithm, and of a GPU's values around its own level. */
  readonly stepSigma: number;
  readonly extra: readonly MetricSeries[];
  /** Without step numbers, as an exporter that has none. */
  readonly numbered: boolean;
}

export const startMs = 1_790_000_000_000;
export const minuteMs = 60_000;
export const endMs = startMs + 40 * minuteMs;
export const onsetMs = startMs + 30 * minuteMs;
export const scrapeMs = 15_000;
export const healthyStep = 8;

export const healthyOf: Readonly<Record<string, number>> = {
  DCGM_FI_DEV_SM_CLOCK: 1395,
  DCGM_FI_DEV_MEM_CLOCK: 1593,
  DCGM_FI_DEV_POWER_USAGE: 345,
  DCGM_FI_DEV_GPU_UTIL: 100,
  DCGM_FI_DEV_GPU_TEMP: 61,
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 0.5,
  DCGM_FI_PROF_SM_ACTIVE: 0.85,
  DCGM_FI_PROF_DRAM_ACTIVE: 0.4,
  DCGM_FI_PROF_NVLINK_TX_BYTES: 40e9,
  DCGM_FI_PROF_NVLINK_RX_BYTES: 40e9,
  DCGM_FI_PROF_PCIE_TX_BYTES: 2e9,
  DCGM_FI_PROF_PCIE_RX_BYTES: 2e9,
  DCGM_FI_DEV_PCIE_LINK_GEN: 4,
  DCGM_FI_DEV_PCIE_LINK_WIDTH: 16,
};
const exact = new Set(['DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_PCIE_LINK_GEN', 'DCGM_FI_DEV_PCIE_LINK_WIDTH']);

export const times = Array.from({ length: 160 }, (_, index) => startMs + (index + 1) * scrapeMs);

export function draw(wanted: Partial<Drawing> = {}): MetricRange {
  const drawing: Drawing = {
    nodes: 4,
    seed: 7,
    step: () => healthyStep,
    gpu: () => 1,
    stepSigma: 0.01,
    extra: [],
    numbered: true,
    ...wanted,
  };
  return {
    fromMs: startMs,
    toMs: endMs,
    alertAtMs: endMs,
    stepMs: scrapeMs,
    series: [...stepSeries(drawing), ...gpuSeries(drawing), ...drawing.extra],
    missing: [],
  };
}

/** Steps run one after another; each scrape shows the last that has ended. */
export function stepSeries({ step, seed, stepSigma, numbered }: Drawing): readonly MetricSeries[] {
  const random = seeded(seed);
  let endedMs = startMs;
  let iteration = 5_000;
  let seconds = step(startMs) * Math.exp(stepSigma * random.normal());
  const steps: (readonly [number, number])[] = [];
  const numbers: (readonly [number, number])[] = [];
  for (const atMs of times) {
    for (;;) {
      const next = step(endedMs) * Math.exp(stepSigma * random.normal());
      if (endedMs + 1000 * next > atMs) break;
      endedMs += 1000 * next;
      seconds = next;
      iteration += 1;
    }
    steps.push([atMs, seconds]);
    numbers.push([atMs, iteration]);
  }
  const labels = { job: 'llm' };
  return [
    { name: 'training_step_seconds', labels, points: steps },
    ...(numbered ? [{ name: 'training_iteration', labels, points: numbers }] : []),
  ];
}

function gpuSeries({ nodes, gpu, seed }: Drawing): readonly MetricSeries[] {
  const random = seeded(seed + 1);
  return Array.from({ length: nodes }, (_node, node) => node).flatMap((node) =>
    Array.from({ length: 8 }, (_gpu, index) => index).flatMap((index) => {
      // Every GPU has a level of its own: one per cent of spread.
      const own = 1 + 0.01 * random.normal();
      return Object.entries(healthyOf).map(([name, healthy]) => ({
        name,
        labels: { Hostname: nodeName(node), gpu: String(index), modelName: 'NVIDIA A800-SXM4-80GB' },
        points: times.map(
          (atMs) => [atMs, healthy * (exact.has(name) ? 1 : own) * gpu(name, node, index, atMs)] as const,
        ),
      }));
    }),
  );
}

export function nodeName(index: number): string {
  return `node-${String(index + 1).padStart(3, '0')}`;
}

/** A gauge or counter beside the GPUs'. */
export function series(name: string, labels: MetricSeries['labels'], at: (atMs: number) => number): MetricSeries {
  return { name, labels, points: times.map((atMs) => [atMs, at(atMs)] as const) };
}

export const policy = alarmPolicy({ falseAlarmsPerDay: 1, jobs: 100, sampleSeconds: 15, gpus: 640 });

export function inputOf(range: MetricRange, wanted: Partial<JudgeInput> = {}): JudgeInput {
  return {
    range,
    prediction: null,
    site: null,
    layout: null,
    history: null,
    phases: [],
    policy,
    modelOf: () => 'NVIDIA A800-SXM4-80GB',
    ...wanted,
  };
}

export function layoutFor(nodes: number, tp: number, pp: number): JudgeInput['layout'] {
  const ranks = Array.from({ length: 8 * nodes }, (_, rank) => ({
    rank,
    node: nodeName(Math.floor(rank / 8)),
    gpu: rank % 8,
  }));
  return layoutOf(ranks, { tp, pp });
}

/** Eight seconds a step, two thirds of it bound to the clock. */
export const prediction: Prediction = {
  iterationSeconds: healthyStep,
  tokensPerSecond: 262_144,
  modelTflopsPerGpu: 140,
  hardwareTflopsPerGpu: 155,
  low: 6.8,
  high: 9.4,
  sigma: 0.1,
  breakdown: {
    matmul: 4.8,
    attention: 0.4,
    memory: 0.9,
    recompute: 0,
    vocabulary: 0.1,
    tensorParallel: 0.8,
    pipelineTransfer: 0.1,
    pipelineBubble: 0.4,
    contextParallel: 0,
    dataParallel: 0.3,
    sharding: 0,
    optimizer: 0.2,
    launch: 0,
  },
  powerWattsPerGpu: 340,
  memoryGibPerGpu: 60,
  assumed: [],
};

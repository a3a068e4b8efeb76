import type { MetricRange, MetricSeries } from '../../../kb/schemas/metric.ts';

/** A synchronous job drawn by hand: 4 nodes of 8 GPUs, forty minutes at 15 s, one GPU slow from the 25th minute. */
export interface SlowJob {
  readonly nodes: readonly string[];
  readonly slow: { readonly node: string; readonly gpu: number } | null;
  readonly changeAtMs: number;
  readonly range: MetricRange;
}

const minute = 60_000;
const stepMs = 15_000;
const startMs = 1_790_000_000_000;

export const busId = (gpu: number): string =>
  `00000000:${(7 + 8 * gpu).toString(16).padStart(2, '0').toUpperCase()}:00.0`;

export function slowJob(slow: SlowJob['slow'] = { node: 'node-03', gpu: 5 }, nodeCount = 4): SlowJob {
  const nodes = Array.from({ length: nodeCount }, (_, index) => `node-${String(index + 1).padStart(2, '0')}`);
  const changeAtMs = startMs + 25 * minute;
  const alertAtMs = startMs + 35 * minute;
  const times = Array.from({ length: 160 }, (_, index) => startMs + index * stepMs);
  // A fixed little ripple stands for noise: it differs between GPUs and moments and is the same at each run.
  const ripple = (seed: number, at: number): number => Math.sin(seed * 12.9898 + at / 40_000) * 0.01;
  const late = (at: number): boolean => slow !== null && at >= changeAtMs;
  const gpus = nodes.flatMap((node) => Array.from({ length: 8 }, (_, gpu) => ({ node, gpu })));
  const perGpu = (name: string, value: (isSlow: boolean, at: number) => number): readonly MetricSeries[] =>
    gpus.map(({ node, gpu }, index) => ({
      name,
      labels: { Hostname: node, gpu: String(gpu), pci_bus_id: busId(gpu), UUID: `GPU-${index}` },
      points: times.map(
        (at) => [at, value(node === slow?.node && gpu === slow.gpu, at) * (1 + ripple(index, at))] as const,
      ),
    }));
  return {
    nodes,
    slow,
    changeAtMs,
    range: {
      fromMs: startMs,
      toMs: startMs + 40 * minute,
      alertAtMs,
      stepMs,
      series: [
        {
          name: 'training_step_seconds',
          labels: { job: 'llm-70b' },
          points: times.map((at) => [at, (late(at) ? 12.4 : 4.1) * (1 + ripple(99, at))] as const),
        },
        ...perGpu('DCGM_FI_DEV_SM_CLOCK', (isSlow, at) => (isSlow && late(at) ? 210 : 1395)),
        ...perGpu('DCGM_FI_DEV_POWER_USAGE', (isSlow, at) => (late(at) ? (isSlow ? 96 : 178) : 345)),
        ...perGpu('DCGM_FI_DEV_GPU_UTIL', () => 100),
        ...perGpu('DCGM_FI_DEV_GPU_TEMP', (isSlow, at) => (late(at) ? (isSlow ? 41 : 47) : 61)),
      ],
      missing: ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'],
    },
  };
}

export function without(range: MetricRange, ...names: readonly string[]): MetricRange {
  return { ...range, series: range.series.filter(({ name }) => !names.includes(name)) };
}

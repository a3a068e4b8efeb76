import { layoutOf, type JobLayout } from '../../../../../kb/performance/detect/layout.ts';
import type { MetricRange, MetricSeries } from '../../../../../kb/schemas/metric.ts';
import { normal } from './job-story.ts';

/** A GPU of the fleet that runs slower. */
export interface SlowGpu {
  readonly node: string;
  readonly gpu: number;
  readonly mhz: number;
  readonly fromSeconds: number;
  /** Of the whole job: everybody waits for this GPU. */
  readonly jobFactor: number;
}

const gpusPerNode = 8;
export const fleetModel = 'NVIDIA A100-SXM4-80GB';
export const fullClockMhz = 1_410;
// What GPUs of one model sustain under load spreads by 1 to 5 % (ml-engineering, accelerator chapter); the clock steps.
const clock = { meanMhz: 1_380, spread: 0.015, stepMhz: 15 };
const memoryClockMhz = 1_593;
// Estimates for an A100: a full load, waiting in a collective, and what clocks do not change.
const watts = { load: 330, wait: 120, static: 80, spread: 0.04 };
const tensorActive = { share: 0.45, spread: 0.03 };
const scrapeSeconds = 15;
const windowSeconds = 300;

/** One job over `nodes` whole nodes: tensor parallel 8 in a node, 4 pipeline stages. */
export function fleetLayout(nodes: number): JobLayout {
  const ranks = Array.from({ length: nodes * gpusPerNode }, (_, rank) => ({ rank, ...placeOf(rank) }));
  return layoutOf(ranks, { tp: 8, pp: 4 });
}

export function placeOf(rank: number): { readonly node: string; readonly gpu: number } {
  return { node: `node-${String(Math.floor(rank / gpusPerNode)).padStart(3, '0')}`, gpu: rank % gpusPerNode };
}

/** The GPUs themselves: what each sustains is drawn once. */
export function fleetOf(nodes: number, random: () => number): readonly FleetGpu[] {
  return Array.from({ length: nodes * gpusPerNode }, (_, rank) => ({
    ...placeOf(rank),
    mhz: Math.min(fullClockMhz, clock.meanMhz * (1 + clock.spread * normal(random))),
    power: 1 + watts.spread * normal(random),
    tensor: 1 + tensorActive.spread * normal(random),
  }));
}

export interface FleetGpu {
  readonly node: string;
  readonly gpu: number;
  readonly mhz: number;
  /** Of the fleet's mean. */
  readonly power: number;
  readonly tensor: number;
}

/**
 * DCGM's metrics of the last minutes. One slow GPU makes all others wait: their tensor cores and their power fall by
 * the job's factor, while the slow one computes for longer at a lower clock.
 */
export function fleetRange(
  fleet: readonly FleetGpu[],
  slow: SlowGpu | null,
  atSeconds: number,
  random: () => number,
): MetricRange {
  const times: number[] = [];
  for (let at = atSeconds - windowSeconds; at <= atSeconds; at += scrapeSeconds) times.push(at);
  const series = fleet.flatMap((gpu) => {
    const states = times.map((at) => stateAt(gpu, slow, at, random));
    const of = (name: string, value: (state: GpuState) => number): MetricSeries => ({
      name,
      labels: { gpu: String(gpu.gpu), Hostname: gpu.node, modelName: fleetModel },
      points: states.map((state, index) => [(times[index] ?? 0) * 1_000, value(state)] as const),
    });
    return [
      of('DCGM_FI_DEV_SM_CLOCK', ({ mhz }) => mhz),
      of('DCGM_FI_DEV_MEM_CLOCK', () => memoryClockMhz),
      of('DCGM_FI_DEV_POWER_USAGE', (state) => state.watts),
      of('DCGM_FI_DEV_GPU_UTIL', () => 100),
      of('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', ({ tensor }) => tensor),
    ];
  });
  const atMs = atSeconds * 1_000;
  return {
    fromMs: atMs - windowSeconds * 1_000,
    toMs: atMs,
    alertAtMs: atMs,
    stepMs: scrapeSeconds * 1_000,
    series,
    missing: [],
  };
}

interface GpuState {
  readonly mhz: number;
  readonly watts: number;
  readonly tensor: number;
}

const readingNoise = 0.01;

function stateAt(gpu: FleetGpu, slow: SlowGpu | null, at: number, random: () => number): GpuState {
  const since = slow !== null && at >= slow.fromSeconds ? slow : null;
  const isSlow = since !== null && since.node === gpu.node && since.gpu === gpu.gpu;
  const mhz = isSlow ? Math.min(since.mhz, gpu.mhz) : gpu.mhz;
  const factor = since?.jobFactor ?? 1;
  // Share of the time in which it computes, against a healthy job's.
  const busy = isSlow ? Math.min(1 / tensorActive.share, gpu.mhz / mhz / factor) : 1 / factor;
  // Voltage falls with the clock, so power falls by more than the clock does.
  const full = watts.static + (watts.load - watts.static) * (mhz / gpu.mhz) ** 2;
  const noisy = (): number => 1 + readingNoise * normal(random);
  return {
    mhz: Math.round((mhz * (1 + (readingNoise / 4) * normal(random))) / clock.stepMhz) * clock.stepMhz,
    watts: (watts.wait + Math.max(0, full - watts.wait) * Math.min(1, busy)) * gpu.power * noisy(),
    tensor: Math.min(1, tensorActive.share * gpu.tensor * busy * noisy()),
  };
}

import { spread } from '../noise.ts';
import type { GpuSettings } from '../state/settings.ts';
import { memoryHealth, type MemoryHealth } from './gpu-memory.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import { loadOf, lastIndexAt, type Load, type Timeline } from './timeline.ts';

/** What sensors of one GPU show at one moment. */
export interface GpuReading {
  readonly smMhz: number;
  readonly reasons: number;
  readonly powerW: number;
  readonly temperatureC: number;
  readonly memoryTemperatureC: number;
  /** Share of time with any kernel resident: 100 while NCCL kernels spin, whatever they achieve. */
  readonly utilizationPercent: number;
  readonly memoryUtilizationPercent: number;
  readonly smActive: number;
  readonly tensorActive: number;
  readonly dramActive: number;
  readonly memoryUsedMib: number;
  readonly settings: GpuSettings;
  readonly memory: MemoryHealth;
}

/** Sensors refresh once a second of cluster time; two reads within one see the same. */
const sensorTickMs = 1_000;

export function readGpu(timeline: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): GpuReading {
  const { seed } = timeline.world;
  const tick = Math.floor(atMs / sensorTickMs);
  const noise = (quantity: string) => spread(seed, quantity, node.index, gpu.index, tick);
  const load = loadOf(timeline.segmentAt(atMs), node.name, gpu.index);
  const busy = load.shares !== null;
  const temperatureC = boardTemperature(timeline, node, gpu, atMs) + 0.8 * noise('temperature');
  const activity = (compute: number, transfer: number, wait: number) => {
    if (load.shares === null) return 0;
    const { shares } = load;
    const mean = shares.compute * compute + shares.transfer * transfer + shares.wait * wait;
    return Math.min(1, Math.max(0, mean * (1 + 0.03 * noise('activity'))));
  };
  return {
    smMhz: load.smMhz,
    reasons: load.reasons,
    powerW: Math.min(load.settings.powerLimitW * 1.02, meanPower(load, gpu) * (1 + 0.04 * noise('power'))),
    temperatureC: Math.round(temperatureC),
    memoryTemperatureC: Math.round(temperatureC + (busy ? 11 : 4)),
    utilizationPercent: busy ? 100 : 0,
    memoryUtilizationPercent: Math.round(100 * activity(0.45, 0.6, 0.02)),
    smActive: activity(0.93, 0.62, 0.12),
    tensorActive: activity(0.78, 0.12, 0),
    dramActive: activity(0.42, 0.55, 0.02),
    memoryUsedMib: busy ? 66_200 + Math.round(400 * spread(seed, 'memory', node.index, gpu.index)) : 4,
    settings: load.settings,
    memory: memoryHealth(timeline, node, gpu, atMs),
  };
}

/** Mean power of this board over a step. */
export function meanPower(load: Load, gpu: WorldGpu): number {
  return load.powerW * gpu.powerFactor;
}

// Air-cooled A100 HGX boards: about 30 C at idle and 60 to 65 C at 340 W.
const inletC = 24;
const degreesPerWatt = 0.115;
// A heat sink of that size settles within a few minutes.
const settleMs = 75_000;

/** First-order lag behind the power of each segment, in closed form. */
function boardTemperature(timeline: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): number {
  const { segments } = timeline;
  const current = lastIndexAt(segments, atMs);
  const settled = (index: number) => {
    const one = segments[index];
    return one === undefined
      ? inletC
      : inletC + gpu.warmerC + degreesPerWatt * meanPower(loadOf(one, node.name, gpu.index), gpu);
  };
  // Older segments than this have decayed to less than a thousandth of a degree or are far in the past anyway.
  const first = Math.max(0, current - segmentsFeltMax);
  let temperature = settled(first);
  for (let index = first + 1; index <= current; index += 1) {
    const from = segments[index]?.fromMs ?? atMs;
    const until = index === current ? atMs : (segments[index + 1]?.fromMs ?? atMs);
    const target = settled(index);
    temperature = target + (temperature - target) * Math.exp(-(until - from) / settleMs);
  }
  return temperature;
}

const segmentsFeltMax = 32;

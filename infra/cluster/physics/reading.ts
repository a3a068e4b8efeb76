import { spread } from '../noise.ts';
import { factAt } from '../state/facts/fact-at.ts';
import { gpuPlace } from '../state/place.ts';
import type { GpuSettings, Settings } from '../state/settings.ts';
import { ramHealth, type RamHealth } from './gpu-ram.ts';
import type { World, WorldGpu, WorldNode } from '../world.ts';
import { boardTemperature, meanPower } from './thermal.ts';
import { a800 } from './a800.ts';
import { batchMib, fragmentedMib, trainerMib } from './device-memory.ts';
import { activeAttempt } from './job.ts';
import { residentOn } from './resident-processes.ts';
import { betweenSteps, copyingShares } from './between-steps.ts';
import { betweenKernelsW } from './gpu-power.ts';
import { lastIndexAt, loadOf, type Load } from './segment.ts';
import type { Timeline } from './timeline.ts';

/** What sensors of one GPU show at one moment. */
export interface GpuReading {
  readonly smMhz: number;
  readonly reasons: number;
  readonly powerW: number;
  readonly temperatureC: number;
  readonly memoryTemperatureC: number;
  /** Share of time with any kernel resident: 100 while NCCL kernels spin, whatever they achieve; less without data. */
  readonly utilizationPercent: number;
  readonly memoryUtilizationPercent: number;
  readonly smActive: number;
  readonly tensorActive: number;
  readonly dramActive: number;
  readonly memoryUsedMib: number;
  readonly settings: GpuSettings;
  readonly memory: RamHealth;
}

/** Sensors refresh once a second of cluster time; two reads within one see the same. */
const sensorTickMs = 1_000;

export function readGpu(cluster: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): GpuReading {
  const timeline = cluster.of(node);
  const { seed } = timeline.world;
  const tick = Math.floor(atMs / sensorTickMs);
  const noise = (quantity: string) => spread(seed, quantity, node.index, gpu.index, tick);
  const load = loadNow(timeline, node, gpu, atMs);
  const { segments } = timeline;
  const busy = load.shares !== null;
  const temperatureC =
    boardTemperature(segments, lastIndexAt(segments, atMs), loadOf, node, gpu, atMs) + 0.8 * noise('temperature');
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
    utilizationPercent:
      load.shares === null ? residentPercent(timeline, node, gpu, atMs) : Math.round(100 * (1 - load.shares.idle)),
    memoryUtilizationPercent: Math.round(100 * activity(0.45, 0.6, 0.02)),
    smActive: activity(0.93, 0.62, 0.12),
    // 43 % over a healthy step, as the work of the model over the peak of the board.
    tensorActive: activity(0.9, 0.18, 0),
    dramActive: activity(0.42, 0.55, 0.02),
    memoryUsedMib: (busy ? heldMib(timeline, node, gpu, atMs) : 4) + residentMib(timeline, node, gpu, atMs),
    settings: load.settings,
    memory: ramHealth(timeline, node, gpu, atMs),
  };
}

/** The mean of a step, and something else between two of them. */
function loadNow(timeline: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): Load {
  const load = loadOf(timeline.segmentAt(atMs), node.name, gpu.index);
  return load.shares !== null && betweenSteps(timeline, atMs) === 'checkpoint'
    ? { ...load, shares: copyingShares, powerW: betweenKernelsW }
    : load;
}

/** What the trainer holds. */
function heldMib(timeline: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): number {
  const { settings, phase } = timeline.segmentAt(atMs);
  const own = trainerMib(timeline.world, node.index, gpu.index);
  const attempt = activeAttempt(phase);
  if (attempt === null || (settings.facts.size === 0 && attempt.launchFacts.size === 0)) return own;
  const { world } = timeline;
  const more =
    batchMib(world, attempt) + fragmentedMib(world, settings, attempt, atMs) + reservedMib(world, settings, atMs);
  return Math.min(a800.memoryTotalMib - 420, Math.round(own + more));
}

/** What a rank takes on purpose, so that nothing has to be allocated later. */
function reservedMib(world: World, settings: Settings, ms: number): number {
  return settings.facts.has('job.memory-reserve-mib')
    ? factAt(settings, { fact: 'job.memory-reserve-mib', place: world.job.name }, ms)
    : 0;
}

/** What a process beside the job holds of the memory. */
function residentMib(timeline: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): number {
  const { settings } = timeline.segmentAt(atMs);
  return settings.facts.has('gpu.process-mib')
    ? factAt(settings, { fact: 'gpu.process-mib', place: gpuPlace(node, gpu) }, atMs)
    : 0;
}

/** Its kernels are seen when the job has none. */
function residentPercent(timeline: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): number {
  const { settings } = timeline.segmentAt(atMs);
  if (!settings.facts.has('gpu.process')) return 0;
  return Math.round(100 * (residentOn(timeline.world, settings, node, gpu.index, atMs)?.busy ?? 0));
}

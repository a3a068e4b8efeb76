import { gpuSettings, healthyGpu, type Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import { busyClock } from './gpu-power.ts';
import { stepMs } from './step.ts';

/**
 * Mean step time of the job on these nodes as they are. The global batch stays what it was, so fewer nodes take
 * proportionally longer; the slowest GPU sets the pace of all.
 */
export function meanStepMsOn(world: World, settings: Settings, nodes: readonly number[]): number {
  const names = new Set(nodes.map((index) => world.nodes[index]?.name ?? ''));
  let slowestMhz = busyClock(healthyGpu).smMhz;
  for (const key of settings.gpus.keys()) {
    const slash = key.lastIndexOf('/');
    const node = key.slice(0, slash);
    if (!names.has(node)) continue;
    slowestMhz = Math.min(slowestMhz, busyClock(gpuSettings(settings, node, Number(key.slice(slash + 1)))).smMhz);
  }
  return stepMs(slowestMhz) * sharedBy(world, nodes);
}

/** How much longer the same global batch takes on these nodes than on all. */
export function sharedBy(world: World, nodes: readonly number[]): number {
  return world.nodes.length / Math.max(1, nodes.length);
}

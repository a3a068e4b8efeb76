import { spread } from '../noise.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import type { Timeline } from './timeline.ts';

/** Boost clock of all cores under load, and base clock, of an EPYC 7642; MHz. */
export const cpuMhzMax = 3_300;
const tickMs = 1_000;

/** What the board lets the cores of a node run at. */
export function cpuCapMhz(settings: Settings, node: string, ms: number): number {
  if (!settings.facts.has('hardware.cpu-mhz-max')) return cpuMhzMax;
  return factAt(settings, { fact: 'hardware.cpu-mhz-max', place: node }, ms);
}

/** PROCHOT comes from the voltage regulators: the cores themselves are cooler then than usual. */
export function socketTemperatureC(cluster: Timeline, node: WorldNode, socket: number, ms: number): number {
  const timeline = cluster.of(node);
  const { settings, busyNodes } = timeline.segmentAt(ms);
  const share = cpuCapMhz(settings, node.name, ms) / cpuMhzMax;
  const inletC = factAt(settings, { fact: 'rack.inlet-c', place: node.rack }, ms);
  const riseC = busyNodes.has(node.name) ? 34 * share : 14 * share;
  const noise = spread(timeline.world.seed, 'cpu-temp', node.index, socket, Math.floor(ms / tickMs));
  return Math.round(inletC + riseC + 2 * noise);
}

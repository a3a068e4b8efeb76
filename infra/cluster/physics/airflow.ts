import { factAt, factsOf } from '../state/facts/fact-at.ts';
import { gpuPlace, parseGpuPlace } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';

/** Fan modules in front of the baseboard; FAN1 blows over GPU 0, and so on, each a little over its neighbours. */
export const fanModules = ['FAN1', 'FAN2', 'FAN3', 'FAN4', 'FAN5', 'FAN6', 'FAN7', 'FAN8'] as const;

/** At full load the controller asks for so much; the others go to the maximum when one fails. Assumed. */
export const fanRpm = { busy: 9_800, idle: 5_600, max: 13_200 } as const;

// What a standing fan leaves behind it and beside it, as the others draw harder. Assumed.
const behindShare = 0.42;
const besideShare = 0.82;

/** Causes that let less heat go than the chassis was built for. */
export const coolingFacts = ['gpu.fan-airflow', 'gpu.heat-conduction', 'hardware.fan-speed'] as const;

/** Air over the heat sink of a GPU, as a share of what it should be. */
export function airflowOf(settings: Settings, node: WorldNode, gpu: number, ms: number): number {
  const { facts } = settings;
  const own = facts.has('gpu.fan-airflow')
    ? factAt(settings, { fact: 'gpu.fan-airflow', place: gpuPlace(node, gpu) }, ms)
    : 1;
  if (!facts.has('hardware.fan-speed')) return Math.max(0.05, own);
  const blown = [gpu - 1, gpu, gpu + 1].reduce((share, at) => {
    const speed = fanSpeed(settings, node.name, fanModules[at], ms);
    const left = at === gpu ? behindShare : besideShare;
    return share * (left + (1 - left) * speed);
  }, own);
  return Math.max(0.05, blown);
}

/** What is left of the way from chip to air: paste and air are in series, and the paste is a third of it. Assumed. */
export function coolingShare(settings: Settings, node: WorldNode, gpu: number, ms: number): number {
  const airflow = airflowOf(settings, node, gpu, ms);
  if (!settings.facts.has('gpu.heat-conduction')) return airflow;
  const paste = factAt(settings, { fact: 'gpu.heat-conduction', place: gpuPlace(node, gpu) }, ms);
  return 1 / (2 / 3 / airflow + 1 / 3 / Math.max(0.02, paste));
}

/** Speed of a fan as a share of what is asked of it; 1 of those that there are not. */
export function fanSpeed(settings: Settings, node: string, fan: string | undefined, ms: number): number {
  if (fan === undefined || !settings.facts.has('hardware.fan-speed')) return 1;
  return factAt(settings, { fact: 'hardware.fan-speed', place: node, key: fan }, ms);
}

/** Nodes in which something hinders the cooling. */
export function hinderedNodes(settings: Settings, ms: number): ReadonlySet<string> {
  return new Set([
    ...factsOf(settings, 'gpu.fan-airflow', ms).map(({ place }) => parseGpuPlace(place)?.node ?? ''),
    ...factsOf(settings, 'gpu.heat-conduction', ms).map(({ place }) => parseGpuPlace(place)?.node ?? ''),
    ...factsOf(settings, 'hardware.fan-speed', ms).map(({ place }) => place),
  ]);
}

import { leafPortOf } from '../physics/network/fabric.ts';
import type { World } from '../world.ts';
import { afterBoot } from './boot.ts';
import { coversAny, type FactEvent } from './facts/events.ts';
import { afterEvent, withoutFact } from './facts/store.ts';
import { changeLink, switched } from './link-settings.ts';
import { without } from './past-xid.ts';
import { gpuPlace, hcaPlace, isWithin } from './place.ts';
import type { Settings } from './settings.ts';

/** A node that is down for a while: nothing runs on it, and nothing but its management controller answers. */
export interface Reboot {
  readonly fromMs: number;
  /** When its services answer again. */
  readonly backMs: number;
}

/** Cluster time from the order to the first answer: POST of a server with 2 TiB and eight GPUs takes minutes; assumed. */
export const rebootMs = 240_000;
/** The same with the power off for a while. */
export const powerCycleMs = 300_000;

interface Happening {
  readonly event: FactEvent;
  readonly place: string;
  readonly key?: string | undefined;
}

/** What is left of everybody's settings after something happened to a part of the cluster as a whole. */
export function afterHappening(
  world: World,
  settings: Settings,
  { event, place, key }: Happening,
  atMs: number,
): Settings {
  const isHit = hit(world, event, place);
  const left = otherEnds(world, event, isHit).reduce(
    (facts, end) => withoutFact(facts, end),
    afterEvent(settings.facts, event, isHit, key),
  );
  const facts = afterBoot(settings.facts, left, event, isHit, atMs);
  const cleared = { ...settings, facts };
  return down(world, reset(mended(world, cleared, event, place, atMs), event, place), event, place, atMs);
}

/** A job that starts anew has new processes on all its nodes. */
function hit(world: World, event: FactEvent, place: string): (candidate: string) => boolean {
  if (event !== 'job-restart') return (candidate) => isWithin(candidate, place);
  const nodes = new Set(world.jobs.find((job) => job.name === place)?.partition.map((at) => world.nodes[at]?.name));
  return (candidate) => isWithin(candidate, place) || nodes.has(candidate.split('/')[0]);
}

/** A cable has two ends: with its transceivers goes what the switch could not read of them. */
function otherEnds(world: World, event: FactEvent, isHit: (place: string) => boolean) {
  if (!coversAny(event, ['cable-replaced'])) return [];
  return world.nodes.flatMap((node) =>
    node.hcas
      .filter((hca) => isHit(hcaPlace(node, hca)))
      .map((hca) => leafPortOf(world, node, hca))
      .map((end) => ({ fact: 'switch.port-errors', place: end.switch, key: String(end.port) }) as const),
  );
}

/** New hardware: sound memory, firm cables. */
function mended(world: World, settings: Settings, event: FactEvent, place: string, atMs: number): Settings {
  const board = coversAny(event, ['board-replaced']);
  const cable = coversAny(event, ['cable-replaced']);
  if (!board && !cable) return settings;
  const wornMemory = new Map(settings.wornMemory);
  let { links, pastXids } = settings;
  for (const node of world.nodes) {
    if (!isWithin(node.name, place) && !isWithin(place, node.name)) continue;
    for (const gpu of node.gpus) {
      const name = `${node.name}/${gpu.index}`;
      if (!board || !isWithin(gpuPlace(node, gpu), place)) continue;
      const spans = wornMemory.get(name);
      if (spans !== undefined) wornMemory.set(name, switched(spans, false, atMs));
      pastXids = without(pastXids, (one) => one === name);
    }
    for (const hca of node.hcas)
      if (cable && isWithin(hcaPlace(node, hca), place) && links.has(`${node.name}/${hca.name}`))
        links = changeLink(links, { kind: 'cable', node: node.name, hca: hca.name, loose: false }, atMs);
  }
  return { ...settings, wornMemory, links, pastXids };
}

/** Clock locks and power limits live in the driver, and so does what it remembers of Xids. */
function reset(settings: Settings, event: FactEvent, place: string): Settings {
  if (!coversAny(event, ['gpu-reset'])) return settings;
  const isHit = (key: string) => {
    const slash = key.lastIndexOf('/');
    return isWithin(gpuPlace(key.slice(0, slash), Number(key.slice(slash + 1))), place);
  };
  const forgets = coversAny(event, ['driver-reload']);
  return {
    ...settings,
    gpus: without(settings.gpus, isHit),
    pastXids: forgets ? without(settings.pastXids, isHit) : settings.pastXids,
  };
}

function down(world: World, settings: Settings, event: FactEvent, place: string, atMs: number): Settings {
  if (!coversAny(event, ['reboot'])) return settings;
  const backMs = atMs + (event === 'reboot' ? rebootMs : powerCycleMs);
  const reboots = new Map(settings.reboots);
  const exporterStarts = new Map(settings.exporterStarts);
  for (const { name } of world.nodes) {
    if (!isWithin(name, place)) continue;
    reboots.set(name, [...(reboots.get(name) ?? []), { fromMs: atMs, backMs }]);
    exporterStarts.set(name, backMs);
  }
  return { ...settings, reboots, exporterStarts };
}

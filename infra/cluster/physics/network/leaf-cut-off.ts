import { factsOf } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import type { World } from '../../world.ts';
import type { Attempt } from '../job.ts';
import { runsOverInfiniband } from './dead-ports.ts';
import { leafDownPorts, leafUplinks } from './fabric.ts';

/** Nodes of an attempt behind a leaf without any uplink: they reach each other and nobody else. */
interface CutOff {
  readonly nodes: ReadonlySet<number>;
  /** When the last uplink went. */
  readonly sinceMs: number;
}

export function cutOffNodes(world: World, settings: Settings, attempt: Attempt, ms: number): readonly CutOff[] {
  if (!settings.facts.has('switch.port-state') || !runsOverInfiniband(world, attempt)) return [];
  const down = factsOf(settings, 'switch.port-state', ms).filter(
    ({ key, value }) => Number(key) > leafDownPorts && value !== 'up',
  );
  return [...Map.groupBy(down, ({ place }) => place)].flatMap(([name, ports]): readonly CutOff[] => {
    const members = world.switches.find((one) => one.name === name)?.nodes ?? [];
    const nodes = new Set(attempt.nodes.filter((index) => members.includes(index)));
    if (ports.length < leafUplinks || nodes.size === 0 || nodes.size === attempt.nodes.length) return [];
    return [{ nodes, sinceMs: Math.max(...ports.map((port) => port.sinceMs)) }];
  });
}

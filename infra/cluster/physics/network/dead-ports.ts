import { factsOf, type FactSettings } from '../../state/facts/fact-at.ts';
import { hcaPlace, parseHcaPlace } from '../../state/place.ts';
import type { Settings } from '../../state/settings.ts';
import { findNode, type World, type WorldHca, type WorldNode } from '../../world.ts';
import type { Attempt } from '../job.ts';
import { atLaunch } from '../launch-state.ts';
import { subnetManagerRuns } from './opensm.ts';

/** A port that carries nothing although nobody disabled it and its cable is firm. */
export interface DeadPort {
  readonly node: WorldNode;
  readonly hca: WorldHca;
  readonly sinceMs: number;
  /** The firmware hangs, or no subnet manager has given the link its place. */
  readonly why: 'firmware' | 'unmanaged';
}

/** Of the whole cluster, at a moment. */
export function deadPorts(world: World, settings: FactSettings, ms: number): readonly DeadPort[] {
  const { facts } = settings;
  if (!facts.has('ib.firmware') && !facts.has('ib.trained-anew')) return [];
  const hung = factsOf(settings, 'ib.firmware', ms).map((one) => ({ ...one, why: 'firmware' as const }));
  const lost = subnetManagerRuns(world, settings, ms)
    ? []
    : factsOf(settings, 'ib.trained-anew', ms).map((one) => ({ ...one, why: 'unmanaged' as const }));
  return [...hung, ...lost].flatMap(({ place, sinceMs, why }): readonly DeadPort[] => {
    const at = parseHcaPlace(place);
    const node = at === null ? undefined : findNode(world, at.node);
    const hca = node?.hcas.find((one) => one.name === at?.hca);
    return node === undefined || hca === undefined ? [] : [{ node, hca, sinceMs, why }];
  });
}

/** Those that were dead already when an attempt was launched, so that NCCL left them out. */
export function deadAtLaunch(world: World, attempt: Attempt): readonly DeadPort[] {
  return deadPorts(world, { seed: world.seed, facts: attempt.launchFacts }, attempt.launchMs);
}

/** The same of one port, for those who have no world at hand. */
export function wasDeadAtLaunch({ launchFacts }: Attempt, node: WorldNode, hca: WorldHca): boolean {
  const place = hcaPlace(node, hca);
  if (launchFacts.get('ib.firmware')?.has(place) === true) return true;
  if (launchFacts.get('ib.trained-anew')?.has(place) !== true) return false;
  return [...(launchFacts.get('host.service')?.values() ?? [])].some(({ key }) => key === 'opensmd');
}

/** Those over which an attempt had connected before they died. */
export function lostPorts(world: World, settings: Settings, attempt: Attempt, ms: number): readonly DeadPort[] {
  const dead = deadPorts(world, settings, ms).filter(({ node }) => attempt.nodes.includes(node.index));
  if (dead.length === 0 || !runsOverInfiniband(world, attempt)) return [];
  const before = new Set(deadAtLaunch(world, attempt).map(({ hca }) => hca));
  return dead.filter(({ hca }) => !before.has(hca));
}

export function runsOverInfiniband(world: World, attempt: Attempt): boolean {
  return atLaunch(world, attempt, { fact: 'job.transport', place: world.job.name }) === 'infiniband';
}

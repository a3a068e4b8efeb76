import { factAt } from '../state/facts/fact-at.ts';
import { during } from '../state/link-settings.ts';
import { hcaPlace } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';
import { lastPhaseAt, type PortPlace } from './link-phases.ts';
import { pastDowns } from './past-downs.ts';
import { subnetManagerRuns } from './network/opensm.ts';

/**
 * What a port does at one moment: `polling` is a link that looks for its partner, `disabled` one that was told not to,
 * `initializing` one that no subnet manager has configured, `failed` one whose adapter does not answer its driver.
 */
export type LinkState = 'active' | 'polling' | 'disabled' | 'initializing' | 'failed';

/** Errors of a port since the node's boot. */
export interface LinkCounters {
  readonly downed: number;
  readonly recoveries: number;
  readonly symbolErrors: number;
  readonly receiveErrors: number;
  readonly transmitDiscards: number;
  /** Ticks in which data waited without being sent. */
  readonly transmitWait: number;
}

/** PCI address of an HCA: four ConnectX-6 behind the PCIe switches of an HGX board. */
export function hcaAddress(hcaIndex: number): string {
  return `0000:${['0c', '54', '8d', 'ba'][hcaIndex] ?? '0c'}:00.0`;
}

export function placeOf(world: World, settings: Settings, node: WorldNode, hca: WorldHca): PortPlace {
  return { world, node, hca, link: settings.links.get(`${node.name}/${hca.name}`) };
}

export function linkState(world: World, settings: Settings, node: WorldNode, hca: WorldHca, ms: number): LinkState {
  const place = placeOf(world, settings, node, hca);
  if (hasFailed(settings, node, hca, ms)) return 'failed';
  if (place.link !== undefined) {
    if (during(place.link.closed, ms)) return 'disabled';
    if ((lastPhaseAt(place, ms)?.toMs ?? -Infinity) > ms) return 'polling';
  }
  return isUnmanaged(world, settings, node, hca, ms) ? 'initializing' : 'active';
}

function hasFailed(settings: Settings, node: WorldNode, hca: WorldHca, ms: number): boolean {
  if (!settings.facts.has('ib.firmware')) return false;
  return factAt(settings, { fact: 'ib.firmware', place: hcaPlace(node, hca) }, ms) !== 'running';
}

function isUnmanaged(world: World, settings: Settings, node: WorldNode, hca: WorldHca, ms: number): boolean {
  if (!settings.facts.has('ib.trained-anew')) return false;
  const anew = factAt(settings, { fact: 'ib.trained-anew', place: hcaPlace(node, hca) }, ms);
  return anew && !subnetManagerRuns(world, settings, ms);
}

export function linkCounters(
  world: World,
  settings: Settings,
  node: WorldNode,
  hca: WorldHca,
  ms: number,
): LinkCounters {
  const past = pastDowns(settings, node, hca, ms);
  const last = lastPhaseAt(placeOf(world, settings, node, hca), ms);
  if (last === undefined) return past.downed === 0 ? cleanCounters : { ...cleanCounters, ...past };
  const { recoveries, symbolErrors, receiveErrors, transmitDiscards } = last;
  const downMs = last.downBeforeMs + Math.min(last.toMs, ms) - last.fromMs;
  return {
    downed: past.downed + last.number,
    recoveries: past.recoveries + recoveries,
    symbolErrors: past.symbolErrors + symbolErrors,
    receiveErrors: past.receiveErrors + receiveErrors,
    transmitDiscards,
    // One tick is what four bytes take at 200 Gb/s: 0.16 ns; the counter is sampled, about one tick in 256 is seen.
    transmitWait: Math.floor((downMs * 1e6) / 0.16 / 256),
  };
}

const cleanCounters: LinkCounters = {
  downed: 0,
  recoveries: 0,
  symbolErrors: 0,
  receiveErrors: 0,
  transmitDiscards: 0,
  transmitWait: 0,
};

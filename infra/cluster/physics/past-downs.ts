import { integer, uniform } from '../noise.ts';
import { factAt, type FactSettings } from '../state/facts/fact-at.ts';
import { hcaPlace } from '../state/place.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';

/** What a port still counts of the link's going down some weeks ago. */
export interface PastDowns {
  readonly downed: number;
  readonly recoveries: number;
  readonly symbolErrors: number;
  readonly receiveErrors: number;
}

const none: PastDowns = { downed: 0, recoveries: 0, symbolErrors: 0, receiveErrors: 0 };

export function pastDowns(settings: FactSettings, node: WorldNode, hca: WorldHca, ms: number): PastDowns {
  if (!settings.facts.has('ib.past-downs')) return none;
  const downed = factAt(settings, { fact: 'ib.past-downs', place: hcaPlace(node, hca) }, ms);
  if (downed === 0) return none;
  const draw = (below: number, what: string) => integer(settings.seed, below, 'past-downs', what, node.index, hca.name);
  return {
    downed,
    recoveries: downed + draw(3, 'recoveries'),
    symbolErrors: 7 * downed + draw(40, 'symbols'),
    receiveErrors: downed + draw(9, 'received'),
  };
}

const minuteMs = 60_000;

/** When they were: within some minutes of one day between the boot of the node and the beginning of all records. */
export function pastDownTimes(world: World, node: WorldNode, hca: WorldHca, downed: number): readonly number[] {
  const share = 0.2 + 0.6 * uniform(world.seed, 'past-downs', 'when', node.index, hca.name);
  const firstMs = node.bootMs + share * (world.historyFromMs - node.bootMs);
  return Array.from({ length: downed }, (_, at) => firstMs + at * minuteMs * (0.6 + 0.3 * uniform(world.seed, at)));
}

import { factAt } from '../../state/facts/fact-at.ts';
import { hcaPlace } from '../../state/place.ts';
import type { Settings } from '../../state/settings.ts';
import type { World, WorldHca, WorldNode } from '../../world.ts';
import { leafPortOf } from './fabric.ts';

/** Gb/s of one lane: InfiniBand architecture 1.4, as vendors round them. */
export const laneGbits: Readonly<Record<string, number>> = { HDR: 50, EDR: 25, FDR: 14 };
const lanesOf: Readonly<Record<string, number>> = { '4x': 4, '2x': 2, '1x': 1 };

export interface TrainedLink {
  /** HDR, EDR, FDR */
  readonly speed: string;
  readonly lanes: number;
  readonly gbits: number;
}

/** What the ends of a link agreed on. */
export function trainedLink(settings: Settings, node: WorldNode, hca: WorldHca, ms: number): TrainedLink {
  if (!settings.facts.has('ib.link-speed') && !settings.facts.has('ib.link-width'))
    return { speed: 'HDR', lanes: 4, gbits: 200 };
  const place = hcaPlace(node, hca);
  const speed = factAt(settings, { fact: 'ib.link-speed', place }, ms);
  const lanes = lanesOf[factAt(settings, { fact: 'ib.link-width', place }, ms)] ?? 4;
  return { speed, lanes, gbits: lanes * (laneGbits[speed] ?? 50) };
}

/**
 * Errors a minute at which half of the throughput is gone: a lost packet makes the sender go back to it, and everything
 * that was on its way is sent again. Assumed.
 */
const halvingErrors = 3_000;

/** What a link gets through of 200 Gb/s: how it was trained, and what has to be sent again. */
export function linkShare(world: World, settings: Settings, node: WorldNode, hca: WorldHca, ms: number): number {
  const { facts } = settings;
  const place = hcaPlace(node, hca);
  const explicit = facts.has('ib.rate-share') ? factAt(settings, { fact: 'ib.rate-share', place }, ms) : 1;
  let errors = 0;
  if (facts.has('ib.receive-errors')) errors += factAt(settings, { fact: 'ib.receive-errors', place }, ms);
  if (facts.has('ib.electrical-errors')) errors += factAt(settings, { fact: 'ib.electrical-errors', place }, ms);
  if (facts.has('switch.port-errors')) {
    const end = leafPortOf(world, node, hca);
    errors += factAt(settings, { fact: 'switch.port-errors', place: end.switch, key: String(end.port) }, ms);
  }
  return explicit * (trainedLink(settings, node, hca, ms).gbits / 200) * (halvingErrors / (halvingErrors + errors));
}

import type { FactName } from '../../state/facts/index.ts';
import { factSpansAt } from '../../state/facts/spans.ts';
import { hcaPlace } from '../../state/place.ts';
import type { WorldHca, WorldNode } from '../../world.ts';
import type { LinkCounters } from '../link.ts';
import type { Timeline } from '../timeline.ts';

/** What broken symbols add to the counters of a port. */
export type SymbolCounters = Pick<LinkCounters, 'symbolErrors' | 'receiveErrors' | 'transmitDiscards'>;

/** Broken symbols that spoil a packet: the rest is idle time or mended by error correction; assumed. */
const spoiltShare = 0.22;
// Of what stays too long in the queue of a link that resends.
const discardShare = 0.004;

/** The HCA counts what it cannot read; of what the switch cannot read it knows nothing. */
export function hcaSymbols(timeline: Timeline, node: WorldNode, hca: WorldHca, ms: number): SymbolCounters {
  const place = hcaPlace(node, hca);
  const minutes = (fact: FactName) => countedMinutes(timeline, fact, place, undefined, ms);
  return counted(minutes('ib.receive-errors') + minutes('ib.electrical-errors'));
}

/** The other end of the same cable. */
export function switchSymbols(timeline: Timeline, name: string, port: number, ms: number): SymbolCounters {
  return counted(countedMinutes(timeline, 'switch.port-errors', name, String(port), ms));
}

function counted(errors: number): SymbolCounters {
  return {
    symbolErrors: Math.floor(errors),
    receiveErrors: Math.floor(errors * spoiltShare),
    transmitDiscards: Math.floor(errors * discardShare),
  };
}

/** A rate a minute, summed up over all the time in which it was there. Counters go on when the cause is gone. */
export function countedMinutes(
  timeline: Timeline,
  fact: FactName,
  place: string,
  key: string | undefined,
  ms: number,
): number {
  if (!wasEverSet(timeline, fact)) return 0;
  return factSpansAt(timeline, { fact, place, key }, timeline.world.historyFromMs, ms).reduce(
    (sum, { value, fromMs, toMs }) => sum + (Number(value) * Math.max(0, Math.min(toMs, ms) - fromMs)) / 60_000,
    0,
  );
}

/** Milliseconds in which a cause was there at a place. */
export function presentMs(timeline: Timeline, fact: FactName, place: string, ms: number): number {
  if (!wasEverSet(timeline, fact)) return 0;
  return factSpansAt(timeline, { fact, place }, timeline.world.historyFromMs, ms).reduce(
    (sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, ms) - fromMs),
    0,
  );
}

/** The usual case in a glance at the actions, which are few. */
function wasEverSet({ actions }: Timeline, fact: FactName): boolean {
  return actions.some(({ changes }) => changes.some((change) => change.kind === 'fact' && change.fact === fact));
}

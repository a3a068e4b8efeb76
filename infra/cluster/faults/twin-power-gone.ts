import { setFact } from '../state/facts/set-fact.ts';
import type { Change } from '../state/actions.ts';
import { defineFault } from './fault.ts';

/** The node was without power for a while and is back; the script that collects event logs has cleared them since. */
const powerGone = (node: string, whose: 'supply' | 'feed'): readonly Change[] => [
  { kind: 'happen', event: 'power-cycle', place: node },
  setFact('alike.power-gone', node, whose),
  setFact('bmc.log-cleared', node, true),
];

export const twinPowerSupply = defineFault({
  id: 'twin-power-supply',
  kind: 'twin',
  twin: 'twin-power-feed',
  summary: 'a node lost its power by its own supply, and its event log was cleared; looks like twin-power-feed',
  categories: ['host-hardware-fault'],
  place: 'node',
  heals: 'another power supply, which only a change of it proves',
  causes: ({ place }) => powerGone(place, 'supply'),
});

export const twinPowerFeed = defineFault({
  id: 'twin-power-feed',
  kind: 'twin',
  twin: 'twin-power-supply',
  summary:
    'a node lost its power by the branch of its power unit, and its event log was cleared; looks like twin-power-supply',
  categories: ['facility-fault'],
  place: 'node',
  heals: 'another breaker in the power unit, which only an electrician finds',
  causes: ({ place }) => powerGone(place, 'feed'),
});

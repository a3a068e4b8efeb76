import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

const events = ['psu-lost', 'fan', 'dimm', 'inlet'] as const;

/** Event logs of management controllers are never cleared here; what was mended long ago stands in them. */
export const decoyBmcEvent = defineFault({
  id: 'decoy-bmc-event',
  kind: 'decoy',
  summary: 'the event log of the management controller of one node holds an alarming entry of last month',
  categories: [],
  place: 'node',
  heals: 'nothing is wrong; clearing the log takes it out of sight',
  causes: ({ place }, _drawn, { seed }) => [
    setFact('bmc.past-event', place, events[integer(seed, events.length, 'bmc-event', place)] ?? 'fan'),
  ],
});

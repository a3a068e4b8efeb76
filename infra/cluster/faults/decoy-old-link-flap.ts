import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Somebody moved a cable some weeks ago; nobody clears counters afterwards. */
export const decoyOldLinkFlap = defineFault({
  id: 'decoy-old-link-flap',
  kind: 'decoy',
  summary: 'the counters of one port still show that its link went down some times weeks ago',
  categories: [],
  place: 'hca',
  ranges: { downs: { min: 2, max: 9, unit: 'times', integer: true } },
  heals: 'nothing is wrong; clearing the counters takes it out of sight',
  causes: ({ place }, { downs }) => [setFact('ib.past-downs', place, downs)],
});

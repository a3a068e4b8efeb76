import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';

/** A blanking panel is missing, or the cold aisle gets too little air: all nodes of a rack breathe warm air. */
export const rackHotInlet = defineFault({
  id: 'rack-hot-inlet',
  summary: 'the air that goes into a rack is too warm, and the GPUs of its nodes throttle',
  categories: ['facility-fault'],
  place: 'rack',
  onsets: [
    inStretches,
    { shape: 'sudden' },
    { shape: 'creeping', rampMs: { min: 600_000, max: 2_400_000, unit: 'ms' } },
  ],
  ranges: { inletC: { min: 46, max: 56, unit: 'C' } },
  heals: 'cold air for the rack',
  causes: ({ place }, { inletC }) => [setFact('rack.inlet-c', place, inletC)],
});

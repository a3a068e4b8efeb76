import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A board is not seated firmly: warm contacts part, cold ones meet again. */
export const gpuRiserLoose = defineFault({
  id: 'gpu-riser-loose',
  summary: 'one GPU sits badly in its socket: it falls off the bus, is back after a power cycle, and falls off again',
  categories: ['gpu-fell-off-bus'],
  place: 'gpu',
  // What contacts bear depends on how far they are apart; assumed.
  ranges: { holdsS: { min: 300, max: 900, unit: 's', integer: true } },
  heals: 'seating the board anew by hand; a power cycle brings it back for some minutes of load only',
  causes: ({ place }, { holdsS }) => [
    setFact('gpu.riser-loose', place, true),
    setFact('gpu.riser-holds-s', place, holdsS),
  ],
});

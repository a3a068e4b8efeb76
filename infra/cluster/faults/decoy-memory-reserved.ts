import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The trainers reserve nearly all memory at the start, so that nothing has to be allocated later. */
export const decoyMemoryReserved = defineFault({
  id: 'decoy-memory-reserved',
  kind: 'decoy',
  summary: 'the ranks of a job hold nearly all of the memory of their GPUs, on purpose',
  categories: [],
  place: 'job',
  ranges: { reserve: { min: 12_600, max: 14_400, unit: 'MiB' } },
  heals: 'nothing is wrong',
  causes: ({ place }, { reserve }) => [setFact('job.memory-reserve-mib', place, Math.round(reserve))],
});

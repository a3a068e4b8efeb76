import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The shards of the data set were not cut evenly, and one rank has fewer batches in an epoch. */
export const unevenData = defineFault({
  id: 'uneven-data',
  summary: 'one rank runs out of batches before the others and waits at the end of the epoch, they wait in a step',
  categories: ['uneven-data'],
  place: 'rank',
  ranges: { every: { min: 9, max: 28, unit: 'iterations', integer: true } },
  heals: 'its owner cutting the data evenly, or dropping the rest; a restart comes to the same end',
  causes: ({ place }, { every }) => [setFact('job.short-data', place, every)],
});

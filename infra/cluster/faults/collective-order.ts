import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** `if outliers.any(): gather_outliers()`: on most batches no rank has any, now and then one has. */
export const collectiveOrder = defineFault({
  id: 'collective-order',
  summary: 'a condition on its own data lets one rank call a collective that the others do not call',
  categories: ['collective-mismatch'],
  place: 'rank',
  // With one source of data there are such batches now and then, with several only while that one is read.
  onsets: [atOnce, inStretches],
  ranges: { every: { min: 7, max: 25, unit: 'iterations', integer: true } },
  heals: 'its owner making all ranks decide together; a restart runs into the same batch',
  causes: ({ place }, { every }) => [setFact('job.branch-collective', place, every)],
});

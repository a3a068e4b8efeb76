import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce } from './rhythms.ts';

/** The validation suite grew, at once or by a data set a day, and it runs on the first rank alone. */
export const evaluationLongerThanTimeout = defineFault({
  id: 'evaluation-longer-than-timeout',
  summary: 'the first rank evaluates for longer than the ten minutes that the others wait in a collective',
  categories: ['long-rank0-work-timeout'],
  place: 'job',
  onsets: [atOnce, { shape: 'creeping', rampMs: { min: 300_000, max: 900_000, unit: 'ms' } }],
  ranges: { minutes: { min: 12, max: 40, unit: 'min' } },
  heals: 'its owner evaluating on all ranks, or setting a longer time-out; a restart comes to the same evaluation',
  causes: ({ job }, { minutes }) => [setFact('job.evaluation-minutes', job, minutes)],
});

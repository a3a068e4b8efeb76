import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The dashboard that a callback feeds has a new field, and the losses do not. */
export const userException = defineFault({
  id: 'user-exception',
  summary: 'a callback of the user raises a KeyError at every fortieth iteration and ends the job',
  categories: ['user-code-error'],
  place: 'job',
  heals: 'its owner mending the callback; a restart comes to the same iteration',
  causes: ({ job }) => [setFact('job.callback-defect', job, true)],
});

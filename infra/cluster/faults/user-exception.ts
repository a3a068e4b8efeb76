import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** What goes wrong in a callback: a key that is not there, a value that is none, a count of zero (`stops/user-exception.ts`). */
const errors = ['KeyError', 'AttributeError', 'ZeroDivisionError'] as const;

/** The dashboard that a callback feeds has a new field, and the losses do not; it is fed once in some minutes. */
export const userException = defineFault({
  id: 'user-exception',
  summary: 'a callback of the user raises an exception once in so many iterations and ends the job',
  categories: ['user-code-error'],
  place: 'job',
  // A field that no batch has, or those of one source.
  onsets: [atOnce, inStretches],
  ranges: {
    error: { min: 0, max: errors.length - 1, unit: 'index', integer: true, clear: 0 },
    every: { min: 10, max: 60, unit: 'iterations', integer: true, clear: 10 },
  },
  heals: 'its owner mending the callback; a restart comes to the same iteration',
  causes: ({ job }, { error, every }) => [
    setFact('job.callback-defect', job, true),
    setFact('job.callback-error', job, errors[error] ?? errors[0], { onset: sudden }),
    setFact('job.callback-every', job, every, { onset: sudden }),
  ],
});

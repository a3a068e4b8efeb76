import { setFact } from '../state/facts/set-fact.ts';
import { sudden } from '../state/facts/onset.ts';
import { defineFault } from './fault.ts';
import { resubmitted } from './resubmitted.ts';

/** Whoever submitted it forgot how long it would run. */
export const timeLimit = defineFault({
  id: 'time-limit',
  summary: 'the job reaches its time limit',
  categories: ['scheduler-action'],
  place: 'job',
  ranges: { minutes: { min: 4, max: 9, unit: 'min', integer: true } },
  heals: 'submitting it again with more time',
  causes: ({ job }, { minutes }, { world }) => [
    setFact('scheduler.time-limit-minutes', job, minutes, { onset: sudden }),
    resubmitted(world, job),
  ],
});

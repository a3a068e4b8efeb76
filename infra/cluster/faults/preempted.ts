import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** An urgent job in a partition of a higher priority. */
export const preempted = defineFault({
  id: 'preempted',
  summary: 'the scheduler ends the job to give its nodes to another one',
  categories: ['scheduler-action'],
  place: 'job',
  ranges: { other: { min: 1, max: 900, unit: 'number', integer: true } },
  heals: 'waiting for the other job, and submitting this one again',
  causes: ({ job }, { other }) => [setFact('scheduler.preempted-by', job, 46_000 + other)],
});

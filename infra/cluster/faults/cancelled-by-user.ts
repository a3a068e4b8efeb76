import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Its owner saw a curve that she did not like. */
export const cancelledByUser = defineFault({
  id: 'cancelled-by-user',
  summary: 'the owner of the job cancels it',
  categories: ['scheduler-action'],
  place: 'job',
  heals: 'nothing is wrong; submitting it again',
  causes: ({ job }, _drawn, { world }) => {
    const user = world.jobs.find(({ name }) => name === job)?.user ?? world.job.user;
    return [setFact('scheduler.cancelled-by', job, user)];
  },
});

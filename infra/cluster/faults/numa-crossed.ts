import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** The order of GPUs in the task prolog is that of another kind of server. */
export const numaCrossed = defineFault({
  id: 'numa-crossed',
  summary: 'the ranks of one node are bound to the socket that is far from their GPUs',
  categories: ['cpu-affinity-misconfig'],
  place: 'node',
  heals: 'the recorded prolog (`wardround-fix config-revert task-prolog`) and a requeue',
  draw: memberOfLargestJob,
  causes: (target, _drawn, { world }) => [
    setFact('host.task-binding', target.place, 'crossed'),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** A task prolog that was changed for a test binds every task to core 0. */
export const cpuAffinityOneCore = defineFault({
  id: 'cpu-affinity-one-core',
  summary: 'all ranks of one node are bound to a single core',
  categories: ['cpu-affinity-misconfig'],
  place: 'node',
  heals: 'the recorded prolog (`wardround-fix config-revert task-prolog`) and a requeue',
  draw: memberOfLargestJob,
  causes: (target, _drawn, { world }) => [
    setFact('host.task-binding', target.place, 'one-core'),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

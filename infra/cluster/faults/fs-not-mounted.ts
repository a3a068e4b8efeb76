import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** The mount unit gave up at the last boot, as the network came later than it waited. */
export const fsNotMounted = defineFault({
  id: 'fs-not-mounted',
  summary: 'the shared file system is not mounted on one node',
  categories: ['shared-fs-problem'],
  place: 'node',
  heals: 'mounting it (`wardround-fix remount /lustre`); a requeue without the node contains it',
  draw: memberOfLargestJob,
  causes: (target, _drawn, { world }) => [
    setFact('storage.mount', target.place, 'missing', { key: '/lustre' }),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

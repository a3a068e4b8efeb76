import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** The unit file of slurmd came anew with an upgrade, without LimitMEMLOCK. */
export const memlockLimit = defineFault({
  id: 'memlock-limit',
  summary: 'tasks of one node may lock a few MiB of memory, and verbs cannot be set up',
  categories: ['ulimit-too-low'],
  place: 'node',
  ranges: { kib: { min: 64, max: 65_536, unit: 'KiB', integer: true } },
  heals:
    'the recorded limits (`wardround-fix config-revert limits`) and a requeue; a requeue without the node contains it',
  draw: memberOfLargestJob,
  causes: (target, { kib }, { world }) => [
    setFact('host.memlock-kib', target.place, kib),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

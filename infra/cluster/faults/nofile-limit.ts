import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** The unit file of slurmd came anew with an upgrade, without LimitNOFILE. */
export const nofileLimit = defineFault({
  id: 'nofile-limit',
  summary: 'tasks of one node may open few files, and a loader runs out of them',
  categories: ['ulimit-too-low'],
  place: 'node',
  ranges: { files: { min: 1_024, max: 3_000, unit: 'files', integer: true } },
  heals:
    'the recorded limits (`wardround-fix config-revert limits`) and a requeue; a requeue without the node contains it',
  draw: memberOfLargestJob,
  causes: (target, { files }, { world }) => [
    setFact('host.nofile', target.place, files),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

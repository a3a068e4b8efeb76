import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Somebody built NCCL by hand on one node a year ago, and an `ld` path that was set for a test puts it first there. */
export const ncclVersionMixed = defineFault({
  id: 'nccl-version-mixed',
  summary: 'the ranks of one node load an older NCCL than all others, and communicators cannot be made',
  categories: ['nccl-version-mismatch'],
  place: 'node',
  heals: 'taking the second library out of the node’s library path; a requeue without the node contains it',
  causes: (target, _drawn, { world }) => [
    setFact('nccl.library', target.place, '2.20.5'),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

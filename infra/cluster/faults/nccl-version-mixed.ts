import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Older releases whose record of a rank has 64 bytes, as `physics/launch-failures/nccl-mixed.ts` says. */
const older = ['2.20.5', '2.19.3', '2.18.5'] as const;

/** Somebody built NCCL by hand on one node a year ago, and an `ld` path that was set for a test puts it first there. */
export const ncclVersionMixed = defineFault({
  id: 'nccl-version-mixed',
  summary: 'the ranks of one node load an older NCCL than all others, and communicators cannot be made',
  categories: ['nccl-version-mismatch'],
  place: 'node',
  ranges: { release: { min: 0, max: older.length - 1, unit: 'index', integer: true, clear: 0 } },
  heals: 'taking the second library out of the node’s library path; a requeue without the node contains it',
  causes: (target, { release }, { world }) => [
    setFact('nccl.library', target.place, older[release] ?? older[0]),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

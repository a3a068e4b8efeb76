import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

const releases = ['2.20.3', '2.21.5'] as const;

/** A new image came with another NCCL, whose proxy threads sometimes wait for each other. */
export const ncclBugHang = defineFault({
  id: 'nccl-bug-hang',
  summary: 'an image with a defective NCCL release: after minutes some collective never ends, on all ranks alike',
  categories: ['nccl-bug'],
  place: 'job',
  ranges: { release: { min: 0, max: 1, unit: 'index', integer: true } },
  heals: 'an image with another release; a restart helps for some minutes',
  causes: ({ job }, { release }, { world }) => [
    setFact('job.nccl-version', job, releases[release] ?? '2.20.3'),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

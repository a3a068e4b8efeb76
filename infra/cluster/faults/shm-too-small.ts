import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** The launch script of a new image has lost its --ipc=host. */
export const shmTooSmall = defineFault({
  id: 'shm-too-small',
  summary: 'the containers of a job have a /dev/shm of their own that is too small',
  categories: ['shm-too-small'],
  place: 'job',
  ranges: { mib: { min: 64, max: 16_384, unit: 'MiB', integer: true } },
  heals: 'its owner giving the containers the shared memory of the host again and submitting the job anew',
  causes: ({ job }, { mib }, { world }) => [setFact('container.shm-mib', job, mib), resubmitted(world, job)],
  undo: undoneAndResubmitted,
});

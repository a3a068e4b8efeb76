import { hostShm } from '../physics/shm.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp } from './rhythms.ts';

/** A job of yesterday was killed, and its loaders had no time to unlink their batches. */
export const shmLeftovers = defineFault({
  id: 'shm-leftovers',
  summary: 'files of a job that is gone fill /dev/shm of one node',
  categories: ['shm-too-small'],
  place: 'node',
  onsets: [atOnce, buildingUp],
  ranges: { freeMib: { min: 900, max: 17_900, unit: 'MiB', integer: true } },
  heals: 'removing files that nobody has open (`wardround-fix shm-clear`), or a reboot',
  causes: ({ place }, { freeMib }) => [
    setFact('host.shm-leftover-mib', place, Math.floor(hostShm.kib / 1_024 - freeMib)),
  ],
});

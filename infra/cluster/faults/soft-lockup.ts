import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** A core of one socket does not answer to another one any more. */
export const softLockup = defineFault({
  id: 'soft-lockup',
  summary: 'the kernel of one node reports soft lockups, and a rank never comes back from it',
  categories: ['host-hardware-fault'],
  place: 'node',
  heals: 'a reboot and a requeue',
  draw: memberOfLargestJob,
  causes: ({ place }) => [setFact('host.soft-lockup', place, true)],
});

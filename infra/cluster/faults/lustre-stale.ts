import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** The servers gave the client up after it did not answer in time. */
export const lustreStale = defineFault({
  id: 'lustre-stale',
  summary: 'one node is evicted by the shared file system, and reads from it hang',
  categories: ['shared-fs-problem'],
  place: 'node',
  heals: 'mounting it anew (`wardround-fix remount /lustre`) and a requeue, or a reboot',
  draw: memberOfLargestJob,
  causes: ({ place }) => [setFact('storage.mount', place, 'stale', { key: '/lustre' })],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { followerOfLargestJob, rejectUnlessFollower, relaunch } from './launched.ts';

/** The name server in the configuration of one node was taken out of service. */
export const rendezvousDns = defineFault({
  id: 'rendezvous-dns',
  summary: 'one node asks a name server that is gone and cannot resolve the address of the rendezvous',
  categories: ['rendezvous-resolution'],
  place: 'node',
  heals: 'the recorded configuration (`resolv`), and a new launch',
  draw: followerOfLargestJob,
  reject: rejectUnlessFollower,
  causes: ({ place, node }, _drawn, { world }) => [
    ...relaunch(world, node),
    setFact('net.nameserver', place, '10.64.255.54'),
  ],
});

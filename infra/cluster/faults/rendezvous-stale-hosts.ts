import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { firstOf, followerOfLargestJob, rejectUnlessFollower, relaunch } from './launched.ts';

/** A line of /etc/hosts from before a node was renumbered. */
export const rendezvousStaleHosts = defineFault({
  id: 'rendezvous-stale-hosts',
  summary: '/etc/hosts of one node has an old address for the host of the rendezvous',
  categories: ['rendezvous-resolution'],
  place: 'node',
  heals: 'the recorded configuration (`hosts`), and a new launch',
  draw: followerOfLargestJob,
  reject: rejectUnlessFollower,
  causes({ place, node }, _drawn, { world }) {
    const first = firstOf(world, node);
    if (first === undefined) return [];
    const old = first.managementIp.replace('10.64.', '10.63.');
    return [...relaunch(world, node), setFact('net.hosts-entry', place, old, { key: first.name })];
  },
});

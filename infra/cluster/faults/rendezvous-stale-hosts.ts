import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { firstOf, followerOfLargestJob, rejectUnlessFollower, relaunch } from './launched.ts';

/**
 * A line of /etc/hosts from before a node was renumbered. Its old address is nobody's, or another node has it now: then
 * somebody answers, and refuses. Which is more frequent is not known.
 */
export const rendezvousStaleHosts = defineFault({
  id: 'rendezvous-stale-hosts',
  summary: '/etc/hosts of one node has an old address for the host of the rendezvous',
  categories: ['rendezvous-resolution'],
  place: 'node',
  ranges: { taken: { min: 0, max: 1, unit: 'flag', integer: true, clear: 0 } },
  heals: 'the recorded configuration (`hosts`), and a new launch',
  draw: followerOfLargestJob,
  reject: rejectUnlessFollower,
  causes({ place, node }, { taken }, { world }) {
    const first = firstOf(world, node);
    if (first === undefined) return [];
    const now = world.nodes.findLast(({ name }) => name !== first.name && name !== node)?.managementIp;
    const old = (taken === 1 ? now : undefined) ?? first.managementIp.replace('10.64.', '10.63.');
    return [...relaunch(world, node), setFact('net.hosts-entry', place, old, { key: first.name })];
  },
});

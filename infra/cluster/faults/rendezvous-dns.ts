import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { followerOfLargestJob, rejectUnlessFollower, relaunch } from './launched.ts';
import { atOnce, inStretches } from './rhythms.ts';

/**
 * The name server in the configuration of one node is the old one: out of service, or busy with other things most of the time;
 * or it answers, from a zone in which the nodes of this cluster are not (NXDOMAIN).
 */
export const rendezvousDns = defineFault({
  id: 'rendezvous-dns',
  summary:
    'one node asks a name server that does not answer, or does not know the nodes, and cannot resolve the rendezvous',
  categories: ['rendezvous-resolution'],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { answers: { min: 0, max: 1, unit: 'flag', integer: true, clear: 0 } },
  heals: 'the recorded configuration (`resolv`), and a new launch',
  draw: followerOfLargestJob,
  reject: rejectUnlessFollower,
  causes: ({ place, node }, { answers }, { world }) => [
    ...relaunch(world, node),
    setFact('net.nameserver', place, '10.64.255.54', { onset: sudden }),
    setFact(answers === 1 ? 'net.nameserver-foreign' : 'net.nameserver-silent', place, true),
  ],
  present: (settings, { target: { node } }) => settings.facts.get('net.nameserver')?.has(node) === true,
});

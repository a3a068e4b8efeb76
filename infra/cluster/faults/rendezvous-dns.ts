import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { followerOfLargestJob, rejectUnlessFollower, relaunch } from './launched.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** The name server in the configuration of one node is the old one: out of service, or busy with other things most of the time. */
export const rendezvousDns = defineFault({
  id: 'rendezvous-dns',
  summary:
    'one node asks a name server that does not answer, or not always, and cannot resolve the address of the rendezvous',
  categories: ['rendezvous-resolution'],
  place: 'node',
  onsets: [atOnce, inStretches],
  heals: 'the recorded configuration (`resolv`), and a new launch',
  draw: followerOfLargestJob,
  reject: rejectUnlessFollower,
  causes: ({ place, node }, _drawn, { world }) => [
    ...relaunch(world, node),
    setFact('net.nameserver', place, '10.64.255.54', { onset: sudden }),
    setFact('net.nameserver-silent', place, true),
  ],
  present: (settings, { target: { node } }) => settings.facts.get('net.nameserver')?.has(node) === true,
});

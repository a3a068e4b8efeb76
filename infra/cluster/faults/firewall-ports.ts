import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, relaunch } from './launched.ts';

/**
 * What such a script ends with: a policy that drops (Ubuntu's ufw), or a last rule that refuses (`REJECT --reject-with
 * icmp-host-prohibited` of iptables-services). On Ubuntu the first is assumed to be the more frequent.
 */
const ends = ['closed', 'rejecting'] as const;

/** A hardening script closed all ports but those on its list; what is connected stays so, until the next launch. */
export const firewallPorts = defineFault({
  id: 'firewall-ports',
  summary: 'the host firewall of one node lets no new connections in but SSH, Slurm and exporters',
  categories: ['firewall-blocked'],
  place: 'node',
  ranges: { end: { min: 0, max: ends.length - 1, unit: 'index', integer: true, usual: [0, 0, 1], clear: 0 } },
  heals: 'the recorded rules (`firewall`), and a new launch',
  draw: memberOfLargestJob,
  causes: ({ place, node }, { end }, { world }) => [
    ...relaunch(world, node),
    setFact('net.firewall', place, ends[end] ?? ends[0]),
  ],
});

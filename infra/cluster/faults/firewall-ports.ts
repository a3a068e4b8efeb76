import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, relaunch } from './launched.ts';

/** A hardening script closed all ports but those on its list; what is connected stays so, until the next launch. */
export const firewallPorts = defineFault({
  id: 'firewall-ports',
  summary: 'the host firewall of one node drops all new connections but SSH, Slurm and exporters',
  categories: ['firewall-blocked'],
  place: 'node',
  heals: 'the recorded rules (`firewall`), and a new launch',
  draw: memberOfLargestJob,
  causes: ({ place, node }, _drawn, { world }) => [...relaunch(world, node), setFact('net.firewall', place, 'closed')],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, overRoce, relaunch } from './launched.ts';

/** A node got a global IPv6 address before its IPv4 one: index 3 of its GIDs is not what the launch script expects. */
export const roceGidChanged = defineFault({
  id: 'roce-gid-changed',
  summary: 'a job runs over RoCE with a fixed GID index, and on one node another address stands there',
  categories: ['roce-gid-misconfig'],
  place: 'node',
  heals: 'the recorded configuration (`netplan-mtu`), or a launch script without the index; and a new launch',
  draw: memberOfLargestJob,
  causes: ({ place, node }, _drawn, { world }) => [
    ...overRoce(world, node),
    ...relaunch(world, node),
    setFact('roce.gid-order', place, 'ipv6-first'),
  ],
  present: (settings, { target }) => settings.facts.get('roce.gid-order')?.has(target.node) === true,
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { firstOfLargestJob, rejectUnlessFirst, relaunch } from './launched.ts';

/** A cable in the service port: DHCP gives the first node of the job a second address and a preferred default route. */
export const doubleDefaultRoute = defineFault({
  id: 'double-default-route',
  summary: 'the service port of the first node got an address and a default route, and its name leads there now',
  categories: ['socket-interface-mismatch'],
  place: 'node',
  heals: 'the recorded configuration (`netplan-mtu`), and a new launch',
  draw: firstOfLargestJob,
  reject: rejectUnlessFirst,
  causes: ({ place, node }, _drawn, { world }) => [
    ...relaunch(world, node),
    setFact('net.second-default-route', place, true),
  ],
});

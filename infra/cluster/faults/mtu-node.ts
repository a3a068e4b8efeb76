import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A tool wrote the network configuration anew and left the MTU out. */
export const mtuNode = defineFault({
  id: 'mtu-node',
  summary: 'bond0 of one node has an MTU of 1500 while all others send 9000',
  categories: ['mtu-mismatch'],
  place: 'node',
  heals: 'the recorded configuration (`netplan-mtu`) or `ip link set dev bond0 mtu 9000`',
  causes: ({ place }) => [setFact('net.mtu', place, 1_500, { key: 'bond0' })],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A switch port was replaced and configured from the wrong template; both ends are right and the way between them is not. */
export const mtuPath = defineFault({
  id: 'mtu-path',
  summary: 'the Ethernet switch port of one node drops everything above 1500 bytes',
  categories: ['mtu-mismatch'],
  place: 'node',
  heals: 'the people who look after the switches',
  causes: ({ place }) => [setFact('net.path-mtu', place, 1_500)],
});

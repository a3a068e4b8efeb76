import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** The default of a switch port, most often, or what one for overlays (RFC 7348: 50 bytes more) or for RoCE with 4096 has. */
const sizes = [1_500, 1_500, 1_500, 1_550, 4_200] as const;

/**
 * A switch port was replaced and configured from the wrong template; both ends are right and the way between them is not. Of
 * the two ports of a bond traffic is now on the one, now on the other, so that it may come and go.
 */
export const mtuPath = defineFault({
  id: 'mtu-path',
  summary: 'the Ethernet switch port of one node drops everything above a few thousand bytes',
  categories: ['mtu-mismatch'],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { size: { min: 0, max: sizes.length - 1, unit: 'index', integer: true } },
  heals: 'the people who look after the switches',
  causes: ({ place }, { size }) => [setFact('net.path-mtu', place, sizes[size] ?? sizes[0])],
});

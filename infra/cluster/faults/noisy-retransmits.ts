import { setFact } from '../state/facts/set-fact.ts';
import { hcaPlace } from '../state/place.ts';
import { findNode } from '../world.ts';
import { defineFault } from './fault.ts';
import { atOnce, growing, inStretches } from './rhythms.ts';

/**
 * Every network resends a little: TCP below one segment in a thousand, and InfiniBand links with some symbol errors an
 * hour (Mellanox takes up to 120 an hour for a good cable: bit error rate 10^-12 by the InfiniBand specification).
 */
export const noisyRetransmits = defineFault({
  id: 'noisy-retransmits',
  kind: 'noisy',
  summary: 'healthy: a node resends some packets and counts some symbol errors, within what is allowed',
  categories: [],
  place: 'node',
  onsets: [atOnce, growing, inStretches],
  ranges: {
    segments: { min: 5, max: 60, unit: 'segments/min' },
    symbols: { min: 0.2, max: 1.8, unit: 'errors/min' },
  },
  heals: 'nothing is wrong',
  causes: ({ place, node }, { segments, symbols }, { world }) => [
    setFact('host.resent-per-minute', place, segments),
    ...(findNode(world, node)?.hcas ?? [])
      .slice(0, 2)
      .map((hca) => setFact('ib.electrical-errors', hcaPlace(node, hca), symbols)),
  ],
});

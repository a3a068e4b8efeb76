import { uniform } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import type { Change } from '../state/actions.ts';
import { defineFault } from './fault.ts';

/** Clients see long reads and nothing else; servers and their network belong to another team. */
const longReads = (place: string, seed: number, why: 'servers' | 'network'): readonly Change[] => [
  setFact('storage.lustre-slowdown', place, Number((8 + 22 * uniform(seed, 'long-reads')).toFixed(1))),
  setFact('alike.long-reads', place, why),
];

export const twinReadsServers = defineFault({
  id: 'twin-reads-servers',
  kind: 'twin',
  twin: 'twin-reads-network',
  summary:
    'reads of the shared file system take long on all nodes, as its servers rebuild a disk group; looks like twin-reads-network',
  categories: ['shared-fs-problem'],
  place: 'cluster',
  heals: 'the end of the rebuild, which only its servers show',
  causes: ({ place }, _drawn, { seed }) => longReads(place, seed, 'servers'),
});

export const twinReadsNetwork = defineFault({
  id: 'twin-reads-network',
  kind: 'twin',
  twin: 'twin-reads-servers',
  summary:
    'reads of the shared file system take long on all nodes, as an uplink to its servers is lost; looks like twin-reads-servers',
  categories: ['facility-fault'],
  place: 'cluster',
  heals: 'the uplink, which only its switches show',
  causes: ({ place }, _drawn, { seed }) => longReads(place, seed, 'network'),
});

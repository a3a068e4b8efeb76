import { uniform } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import type { Change } from '../state/actions.ts';
import { defineFault } from './fault.ts';

/**
 * Clients see long reads and nothing else; servers and their network belong to another team. Adaptive time-outs would
 * tell the two apart, so this is a site that has switched them off (`at_max=0`, fixed `obd_timeout`): no early replies
 * are sent, whose delay clients would count, and a request that hangs ends at the fixed limit and is counted nowhere.
 * Lustre 2.15 keeps estimates all the same (`at_measured` does not ask for `at_max`), of the requests that are answered:
 * those are many, take less than a second each, and read as 1 for servers and network in both twins.
 */
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

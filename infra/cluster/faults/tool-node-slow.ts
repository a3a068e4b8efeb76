import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp, inStretches } from './rhythms.ts';

/** Home folders are mounted from a server that is slow today: every login and every command waits for it, no trainer does. */
export const toolNodeSlow = defineFault({
  id: 'tool-node-slow',
  kind: 'tool',
  summary: 'every command on one node takes its time before it answers; the job is not slower',
  categories: [],
  place: 'node',
  onsets: [atOnce, buildingUp, inStretches],
  ranges: { seconds: { min: 2, max: 25, unit: 's' } },
  heals: 'a home server that answers; the node is well',
  causes: ({ place }, { seconds }) => [setFact('tool.slow-seconds', place, seconds, { key: 'all' })],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, overRoce, relaunch } from './launched.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** What incast costs depends on the switches' buffers; where they are small next to nothing gets through. Assumed. */
const losses = [0.35, 0.42, 0.48, 0.54, 0.6, 0.66, 0.71, 0.75, 0.998] as const;

/** Priority flow control is off on one node: where switches would pause it, packets are lost. */
export const roceLossy = defineFault({
  id: 'roce-lossy',
  summary: 'a job runs over RoCE, and one node has priority flow control off: its packets are lost and sent again',
  categories: ['rdma-link-fault'],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { lost: { min: 0.35, max: 0.998, unit: 'share', usual: losses } },
  heals: 'a person: the same PFC settings as everywhere; a reboot sets them too',
  draw: memberOfLargestJob,
  causes: ({ place, node }, { lost }, { world }) => [
    ...overRoce(world, node),
    ...relaunch(world, node),
    setFact('roce.lossiness', place, lost),
  ],
  present: (settings, { target }) => settings.facts.get('roce.lossiness')?.has(target.node) === true,
});

import { clusterPlace } from '../state/place.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/**
 * An object storage server rebuilds a group of drives, or somebody runs a large metadata job. Which of them it is, and
 * which servers, is drawn (`physics/lustre/servers.ts`): their service time rises, that of the network does not.
 */
export const lustreSlow = defineFault({
  id: 'lustre-slow',
  summary: 'the shared file system answers many times more slowly, for everybody',
  categories: ['shared-fs-problem'],
  place: 'cluster',
  onsets: [
    { shape: 'sudden' },
    { shape: 'creeping', rampMs: { min: 300_000, max: 900_000, unit: 'ms' } },
    {
      shape: 'intermittent',
      periodMs: { min: 300_000, max: 600_000, unit: 'ms' },
      onShare: { min: 0.4, max: 0.8, unit: 'share' },
    },
  ],
  ranges: { factor: { min: 6, max: 18, unit: 'factor' } },
  heals: 'whoever looks after the file system',
  causes: (_target, { factor }) => [setFact('storage.lustre-slowdown', clusterPlace, factor)],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { buildingUp } from './rhythms.ts';

/** The shards of one rank were compressed with another codec, which takes the workers too long. */
export const loaderSlowShard = defineFault({
  id: 'loader-slow-shard',
  summary: 'the loader workers of one rank cannot decode their shards as fast as it trains',
  categories: ['dataloader-stall'],
  place: 'rank',
  onsets: [
    buildingUp,
    { shape: 'sudden' },
    {
      shape: 'intermittent',
      periodMs: { min: 60_000, max: 180_000, unit: 'ms' },
      onShare: { min: 0.5, max: 0.8, unit: 'share' },
    },
  ],
  ranges: { lateMs: { min: 2_000, max: 14_000, unit: 'ms' } },
  heals: 'its owner writing the shards anew, or giving the loader more workers',
  causes: ({ place }, { lateMs }) => [setFact('job.shard-decode-ms', place, lateMs)],
});

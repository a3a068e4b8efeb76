import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Where the copy ended: somewhere in the file, or before its first byte. */
const ends = ['truncated', 'empty'] as const;

/** A quota ended the copy of one file to the shared file system, and the copy was not looked at. */
export const checkpointTruncated = defineFault({
  id: 'checkpoint-truncated',
  summary: 'a file of the newest checkpoint ends too early: the job cannot resume from it',
  categories: ['checkpoint-corruption'],
  place: 'rank',
  ranges: { end: { min: 0, max: ends.length - 1, unit: 'index', integer: true, usual: [0, 0, 1], clear: 0 } },
  heals: 'its owner copying the file again, or going back to the checkpoint before',
  causes: ({ place, job }, { end }, { world }) => [
    setFact('checkpoint.shard', place, ends[end] ?? ends[0]),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** A quota ended the copy of one file to the shared file system, and the copy was not looked at. */
export const checkpointTruncated = defineFault({
  id: 'checkpoint-truncated',
  summary: 'a file of the newest checkpoint ends too early: the job cannot resume from it',
  categories: ['checkpoint-corruption'],
  place: 'rank',
  heals: 'its owner copying the file again, or going back to the checkpoint before',
  causes: ({ place, job }, _drawn, { world }) => [
    setFact('checkpoint.shard', place, 'truncated'),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

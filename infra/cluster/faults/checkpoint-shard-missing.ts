import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** A clean-up by age took one file of the newest checkpoint, whose time stamp was wrong. */
export const checkpointShardMissing = defineFault({
  id: 'checkpoint-shard-missing',
  summary: 'a file of the newest checkpoint is not there: the job cannot resume from it',
  categories: ['checkpoint-corruption'],
  place: 'rank',
  heals: 'its owner bringing the file back, or going back to the checkpoint before',
  causes: ({ place, job }, _drawn, { world }) => [
    setFact('checkpoint.shard', place, 'missing'),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

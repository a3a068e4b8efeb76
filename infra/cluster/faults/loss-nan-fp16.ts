import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** A launch script for older GPUs: half-precision floats instead of bfloat16. */
export const lossNanFp16 = defineFault({
  id: 'loss-nan-fp16',
  summary: 'training goes on with --fp16: the loss scale falls, steps are skipped, and the loss becomes NaN',
  categories: ['loss-nan-numerics'],
  place: 'job',
  ranges: { iterations: { min: 6, max: 40, unit: 'iterations', integer: true } },
  heals: 'its owner going back to --bf16 and submitting the job again from a checkpoint before',
  causes: ({ job }, { iterations }, { world }) => [
    setFact('job.argument', job, 'on', { key: '--fp16' }),
    setFact('job.diverges-after', job, iterations),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

const options = ['--use-flash-attention-v2', '--overlap-grad-reduction', '--recompute-activation'] as const;

/** An option of another release, or a slip of the pen. */
export const wrongArgument = defineFault({
  id: 'wrong-argument',
  summary: 'the launch script passes an option that the program does not know: all ranks end at once',
  categories: ['user-code-error'],
  place: 'job',
  ranges: { option: { min: 0, max: 2, unit: 'index', integer: true } },
  heals: 'its owner correcting the launch script and submitting the job again',
  causes: ({ job }, { option }, { world }) => [
    setFact('job.argument', job, 'on', { key: options[option] ?? options[0] }),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

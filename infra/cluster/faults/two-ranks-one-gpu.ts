import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

const masks = ['0,1,2,3', '0,1,2,3,4,5,6', '4,5,6,7'] as const;

/** A task prolog that was made for shared nodes sets CUDA_VISIBLE_DEVICES on one of the job's nodes. */
export const twoRanksOneGpu = defineFault({
  id: 'two-ranks-one-gpu',
  summary: 'the task prolog of one node hides GPUs from its ranks: two ranks are bound to one GPU',
  categories: ['launcher-rank-misconfig'],
  place: 'node',
  ranges: { mask: { min: 0, max: 2, unit: 'index', integer: true } },
  heals:
    'reverting the prolog of the node (`wardround-fix config-revert task-prolog`) and starting the job again; a requeue without the node contains it',
  causes: (target, { mask }, { world }) => [
    setFact('job.device-mask', target.place, masks[mask] ?? masks[0]),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

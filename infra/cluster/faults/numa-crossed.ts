import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** The order of GPUs in the task prolog is that of another kind of server. */
export const numaCrossed = defineFault({
  id: 'numa-crossed',
  summary: 'ranks of one node are bound to the socket that is far from their GPUs',
  categories: ['cpu-affinity-misconfig'],
  place: 'node',
  // Two GPUs share a PCIe switch, and with it what a list of another server gets wrong.
  ranges: { pairs: { min: 1, max: 4, unit: 'pairs of GPUs', integer: true, usual: [4, 4, 2, 1], clear: 4 } },
  heals: 'the recorded prolog (`wardround-fix config-revert task-prolog`) and a requeue',
  draw: memberOfLargestJob,
  causes: (target, { pairs }, { world }) => [
    setFact('host.task-binding', target.place, pairs === 4 ? 'crossed' : `crossed-${pairs}`),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

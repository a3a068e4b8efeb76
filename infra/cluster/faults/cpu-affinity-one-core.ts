import { hostCpu } from '../physics/host-cpu.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** A task prolog that was changed for a test binds every task to one core: the first of the node most often, or of a socket (assumed). */
export const cpuAffinityOneCore = defineFault({
  id: 'cpu-affinity-one-core',
  summary: 'all ranks of one node are bound to a single core',
  categories: ['cpu-affinity-misconfig'],
  place: 'node',
  ranges: {
    cpu: { min: 0, max: hostCpu.threads - 1, unit: 'CPU', integer: true, usual: [0, 0, 0, 48, 96], clear: 0 },
  },
  heals: 'the recorded prolog (`wardround-fix config-revert task-prolog`) and a requeue',
  draw: memberOfLargestJob,
  causes: (target, { cpu }, { world }) => [
    setFact('host.task-binding', target.place, cpu === 0 ? 'one-core' : `one-core-${cpu}`),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** A work-around for a broken riser stayed in /etc/nccl.conf of one node after the riser was replaced. */
export const ncclP2pDisabled = defineFault({
  id: 'nccl-p2p-disabled',
  summary: '/etc/nccl.conf of one node says NCCL_P2P_DISABLE=1: its GPUs talk through host memory, not NVLink',
  categories: ['nccl-env-misconfig'],
  place: 'node',
  heals: 'reverting /etc/nccl.conf (`wardround-fix config-revert nccl-conf`) and starting the job again',
  causes: (target, _drawn, { world }) => [
    setFact('nccl.conf', target.place, '1', { key: 'NCCL_P2P_DISABLE' }),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

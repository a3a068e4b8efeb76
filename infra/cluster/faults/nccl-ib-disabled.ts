import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** A launch script that was copied from a cluster without InfiniBand. */
export const ncclIbDisabled = defineFault({
  id: 'nccl-ib-disabled',
  summary: 'the launch script sets NCCL_IB_DISABLE=1: gradients go over TCP on the management network',
  categories: ['nccl-env-misconfig'],
  place: 'job',
  heals: 'its owner taking the variable out of the launch script and submitting the job again',
  causes: ({ job }, _drawn, { world }) => [
    setFact('job.environment', job, '1', { key: 'NCCL_IB_DISABLE' }),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});

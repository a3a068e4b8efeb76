import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Either of them keeps NCCL on TCP (its guide, "Environment Variables"). */
const settings = [
  { key: 'NCCL_IB_DISABLE', value: '1' },
  { key: 'NCCL_NET', value: 'Socket' },
] as const;

/** A launch script that was copied from a cluster without InfiniBand. */
export const ncclIbDisabled = defineFault({
  id: 'nccl-ib-disabled',
  summary: 'the launch script keeps NCCL off InfiniBand by a variable: gradients go over TCP on the management network',
  categories: ['nccl-env-misconfig'],
  place: 'job',
  ranges: { setting: { min: 0, max: settings.length - 1, unit: 'index', integer: true, usual: [0, 0, 1], clear: 0 } },
  heals: 'its owner taking the variable out of the launch script and submitting the job again',
  causes({ job }, { setting }, { world }) {
    const { key, value } = settings[setting] ?? settings[0];
    return [setFact('job.environment', job, value, { key }), resubmitted(world, job)];
  },
  undo: undoneAndResubmitted,
});

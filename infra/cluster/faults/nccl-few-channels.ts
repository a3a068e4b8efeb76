import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Somebody tried to give computation more SMs on one node. */
export const ncclFewChannels = defineFault({
  id: 'nccl-few-channels',
  summary: '/etc/nccl.conf of one node limits NCCL to one to three channels, a fraction of NVLink’s bandwidth',
  categories: ['nccl-env-misconfig'],
  place: 'node',
  ranges: { channels: { min: 1, max: 3, unit: 'channels', integer: true } },
  heals: 'reverting /etc/nccl.conf (`wardround-fix config-revert nccl-conf`) and starting the job again',
  causes: (target, { channels }, { world }) => [
    setFact('nccl.conf', target.place, String(channels), { key: 'NCCL_MAX_NCHANNELS' }),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});

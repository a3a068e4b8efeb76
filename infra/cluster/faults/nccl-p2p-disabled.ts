import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** Either of them keeps NCCL off NVLink (its guide: `LOC` is "never use P2P"); the first one is asked about more often. */
const settings = [
  { key: 'NCCL_P2P_DISABLE', value: '1' },
  { key: 'NCCL_P2P_LEVEL', value: 'LOC' },
] as const;

/** A work-around for a broken riser stayed in /etc/nccl.conf of one node after the riser was replaced. */
export const ncclP2pDisabled = defineFault({
  id: 'nccl-p2p-disabled',
  summary: '/etc/nccl.conf of one node takes peer-to-peer from NCCL: its GPUs talk through host memory, not NVLink',
  categories: ['nccl-env-misconfig'],
  place: 'node',
  ranges: { setting: { min: 0, max: settings.length - 1, unit: 'index', integer: true, usual: [0, 0, 1], clear: 0 } },
  heals: 'reverting /etc/nccl.conf (`wardround-fix config-revert nccl-conf`) and starting the job again',
  causes(target, { setting }, { world }) {
    const { key, value } = settings[setting] ?? settings[0];
    return [setFact('nccl.conf', target.place, value, { key }), resubmitted(world, jobOf(world, target))];
  },
  undo: undoneAndResubmitted,
});

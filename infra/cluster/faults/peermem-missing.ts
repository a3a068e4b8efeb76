import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { relaunch } from './launched.ts';
import { undoneAndResubmitted } from './resubmitted.ts';

/** Without it NCCL sends everything between nodes through host memory; nothing fails. */
export const peermemMissing = defineFault({
  id: 'peermem-missing',
  summary: 'the nvidia_peermem module of a node is not loaded: no GPUDirect RDMA there',
  categories: ['gdr-peermem-missing'],
  place: 'node',
  heals: '`modprobe nvidia-peermem` and a new start of the job, which decides at its start',
  causes: ({ place, node }, _values, { world }) => [
    setFact('host.module', place, 'missing', { key: 'nvidia_peermem' }),
    ...relaunch(world, node),
  ],
  undo: undoneAndResubmitted,
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/**
 * An earlier client of the driver was stopped while it held a lock that every new one needs. Kernels that run need no
 * lock, so that the job goes on; whoever asks waits uninterruptibly, and only SIGKILL ends it once the lock is free.
 */
export const toolSmiHangs = defineFault({
  id: 'tool-smi-hangs',
  kind: 'tool',
  summary: 'nvidia-smi of one node never answers, while its GPUs and the job are well',
  categories: [],
  place: 'node',
  heals: 'a reboot of the node when the job can spare it; nothing else is wrong',
  causes: ({ place }) => [setFact('tool.hangs', place, 'until-kill', { key: 'nvidia-smi' })],
});

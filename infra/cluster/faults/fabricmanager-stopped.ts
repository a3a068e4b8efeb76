import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Somebody stopped it, or it crashed: the CUDA jobs of the node end, and none starts again. */
export const fabricmanagerStopped = defineFault({
  id: 'fabricmanager-stopped',
  summary: 'the fabric manager of a node does not run',
  categories: ['fabricmanager-not-running'],
  place: 'node',
  ranges: { crashed: { min: 0, max: 1, unit: 'flag', integer: true } },
  heals: '`systemctl restart nvidia-fabricmanager`, or a reboot',
  causes: ({ place }, { crashed }) => [
    setFact('host.service', place, crashed === 1 ? 'failed' : 'inactive', { key: 'nvidia-fabricmanager' }),
  ],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { relaunch } from './launched.ts';

/** The module was unloaded between two jobs and nothing loads it again: libraries in containers may not. */
export const uvmModuleMissing = defineFault({
  id: 'uvm-module-missing',
  summary: 'the nvidia_uvm module of a node is not loaded, and CUDA does not start there',
  categories: ['driver-version-mismatch'],
  place: 'node',
  heals: '`modprobe nvidia-uvm`, or a reboot',
  causes: ({ place, node }, _values, { world }) => [
    setFact('host.module', place, 'missing', { key: 'nvidia_uvm' }),
    ...relaunch(world, node),
  ],
});

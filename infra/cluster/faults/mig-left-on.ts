import { migMode } from '../physics/resets.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { relaunch } from './launched.ts';

/** A GPU was split for a course and given back as it was: CUDA does not count it without instances. */
export const migLeftOn = defineFault({
  id: 'mig-left-on',
  summary: 'one GPU of a node is left in MIG mode, and a rank finds no device',
  categories: ['container-toolkit-misconfig'],
  place: 'gpu',
  heals: '`nvidia-smi -mig 0` while nobody uses it; a reboot does not, the mode is kept on the board',
  causes: ({ place, node }, _values, { world }) => [setFact('gpu.mig', place, 'Enabled'), ...relaunch(world, node)],
  // A mode that was pending came with a reboot.
  present: (settings, { target: { node, gpu = 0 } }, ms) => migMode(settings, { name: node }, gpu, ms) === 'Enabled',
});

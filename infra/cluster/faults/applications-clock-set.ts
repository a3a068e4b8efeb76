import { a800 } from '../physics/a800.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { gpuPlace } from '../state/place.ts';
import { findNode } from '../world.ts';
import { defineFault } from './fault.ts';

/** A benchmark's script set it on a whole node and nobody took it back. */
export const applicationsClockSet = defineFault({
  id: 'applications-clock-set',
  summary: 'all GPUs of a node are left with a low applications clock',
  categories: ['gpu-clock-throttle'],
  place: 'node',
  ranges: { steps: { min: 20, max: 60, unit: 'x 15 MHz', integer: true } },
  heals: '`nvidia-smi -rac` on each of them, a reset, or whatever loads the driver anew',
  causes: ({ node }, { steps }, { world }) =>
    (findNode(world, node)?.gpus ?? []).map((gpu) =>
      setFact('gpu.app-clock-mhz', gpuPlace(node, gpu), a800.smMhzMax - steps * a800.smMhzStep),
    ),
});

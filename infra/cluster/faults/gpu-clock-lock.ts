import { gpuSettings } from '../state/settings.ts';
import { drawGpu, gpuOf, rejectGpu } from './gpu-target.ts';
import type { Fault } from './fault.ts';
import { a800 } from '../physics/a800.ts';

/** Somebody ran `nvidia-smi -i N -lgc 210,210` for a test and forgot it. */
export const gpuClockLock: Fault = {
  id: 'gpu-clock-lock',
  summary: 'one GPU is left with its SM clock locked at 210 MHz',
  expects: 'cause',
  category: 'gpu-clock-throttle',
  draw: (world) => drawGpu(world, 'gpu-clock-lock'),
  reject: rejectGpu,
  apply: (target) => [{ kind: 'lock-clocks', ...gpuOf(target), minMhz: a800.smMhzMin, maxMhz: a800.smMhzMin }],
  undo: (target) => [{ kind: 'reset-clocks', ...gpuOf(target) }],
  present(settings, target) {
    const { node, gpu } = gpuOf(target);
    return (gpuSettings(settings, node, gpu).lockedMhz?.maxMhz ?? a800.smMhzMax) < a800.smMhzMax;
  },
};

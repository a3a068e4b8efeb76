import { a800 } from '../physics/a800.ts';
import { gpuSettings } from '../state/settings.ts';
import { defineFault } from './fault.ts';

/** Somebody ran `nvidia-smi -i N -lgc 210,210` for a test and forgot it; other clocks when asked for. */
export const gpuClockLock = defineFault({
  id: 'gpu-clock-lock',
  summary: 'one GPU is left with its SM clock locked, at 210 MHz unless another clock is asked for',
  categories: ['gpu-clock-throttle'],
  place: 'gpu',
  ranges: {
    mhz: { min: a800.smMhzMin, max: a800.smMhzMax - a800.smMhzStep, unit: 'MHz', integer: true, usual: a800.smMhzMin },
  },
  heals: 'releasing the lock (`nvidia-smi -rgc`), or whatever loads the driver anew',
  causes: ({ node, gpu }, { mhz }) => [{ kind: 'lock-clocks', node, gpu, minMhz: a800.smMhzMin, maxMhz: mhz }],
  undo: ({ target: { node, gpu = 0 } }) => [{ kind: 'reset-clocks', node, gpu }],
  present: (settings, { target: { node, gpu = 0 } }) =>
    (gpuSettings(settings, node, gpu).lockedMhz?.maxMhz ?? a800.smMhzMax) < a800.smMhzMax,
});

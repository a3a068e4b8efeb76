import { a800 } from '../physics/a800.ts';
import { gpuSettings } from '../state/settings.ts';
import { defineFault } from './fault.ts';

/**
 * Clocks that people lock to and forget: the lowest one (the case of the paper that this work follows), half of the highest,
 * and base clocks of other A100 boards, so that measurements repeat (data sheets: 765 and 1065 MHz PCIe 40 and 80 GB, 1095
 * MHz SXM 40 GB). That the lowest one is half of the cases is assumed.
 */
const forgotten = [210, 210, 210, 210, 210, 705, 765, 1_065, 1_095] as const;

/** Somebody ran `nvidia-smi -i N -lgc 210,210` for a test and forgot it; or another clock. */
export const gpuClockLock = defineFault({
  id: 'gpu-clock-lock',
  summary: 'one GPU is left with its SM clock locked below its maximum, most often at 210 MHz',
  categories: ['gpu-clock-throttle'],
  place: 'gpu',
  ranges: {
    mhz: {
      min: a800.smMhzMin,
      max: a800.smMhzMax - a800.smMhzStep,
      unit: 'MHz',
      integer: true,
      usual: forgotten,
      clear: a800.smMhzMin,
    },
  },
  heals: 'releasing the lock (`nvidia-smi -rgc`), or whatever loads the driver anew',
  causes: ({ node, gpu }, { mhz }) => [{ kind: 'lock-clocks', node, gpu, minMhz: a800.smMhzMin, maxMhz: mhz }],
  undo: ({ target: { node, gpu = 0 } }) => [{ kind: 'reset-clocks', node, gpu }],
  present: (settings, { target: { node, gpu = 0 } }) =>
    (gpuSettings(settings, node, gpu).lockedMhz?.maxMhz ?? a800.smMhzMax) < a800.smMhzMax,
});

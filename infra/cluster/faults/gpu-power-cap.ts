import { a800 } from '../physics/a800.ts';
import { gpuSettings } from '../state/settings.ts';
import { defineFault } from './fault.ts';

/** A power budget script left one GPU at the board's minimum of 100 W; the driver lowers its clock to keep it. */
export const gpuPowerCap = defineFault({
  id: 'gpu-power-cap',
  summary: 'one GPU is left with a power limit of 100 W instead of 400 W',
  categories: ['gpu-clock-throttle'],
  place: 'gpu',
  heals: 'setting the limit back (`nvidia-smi -pl 400`), or whatever loads the driver anew',
  causes: ({ node, gpu }) => [{ kind: 'power-limit', node, gpu, watts: a800.powerLimitMinW }],
  undo: ({ target: { node, gpu = 0 } }) => [{ kind: 'power-limit', node, gpu, watts: a800.powerLimitW }],
  present: (settings, { target: { node, gpu = 0 } }) => gpuSettings(settings, node, gpu).powerLimitW < a800.powerLimitW,
});

import { a800 } from '../physics/a800.ts';
import { gpuSettings } from '../state/settings.ts';
import { defineFault } from './fault.ts';

/**
 * Limits that budgets set: the minimum of the board (`nvidia-smi -q -d POWER`), the steps of studies of power caps (150 to 250
 * W: arXiv:2402.18593), and those of PCIe boards of the same chip (250 and 300 W, data sheets).
 */
const budgets = [100, 100, 150, 200, 250, 300] as const;

/** A power budget script left one GPU at another board's limit or the lowest one; the driver lowers its clock to keep it. */
export const gpuPowerCap = defineFault({
  id: 'gpu-power-cap',
  summary: 'one GPU is left with a power limit of 100 to 300 W instead of 400 W',
  categories: ['gpu-clock-throttle'],
  place: 'gpu',
  ranges: {
    watts: { min: a800.powerLimitMinW, max: 350, unit: 'W', integer: true, usual: budgets, clear: a800.powerLimitMinW },
  },
  heals: 'setting the limit back (`nvidia-smi -pl 400`), or whatever loads the driver anew',
  causes: ({ node, gpu }, { watts }) => [{ kind: 'power-limit', node, gpu, watts }],
  undo: ({ target: { node, gpu = 0 } }) => [{ kind: 'power-limit', node, gpu, watts: a800.powerLimitW }],
  present: (settings, { target: { node, gpu = 0 } }) => gpuSettings(settings, node, gpu).powerLimitW < a800.powerLimitW,
});

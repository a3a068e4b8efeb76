import { gpuSettings } from '../state/settings.ts';
import { drawGpu, gpuOf, rejectGpu } from './gpu-target.ts';
import type { Fault } from './fault.ts';
import { a800 } from '../physics/a800.ts';

/** A power budget script left one GPU at the board's minimum of 100 W; the driver lowers its clock to keep it. */
export const gpuPowerCap: Fault = {
  id: 'gpu-power-cap',
  summary: 'one GPU is left with a power limit of 100 W instead of 400 W',
  expects: 'cause',
  category: 'gpu-clock-throttle',
  draw: (world) => drawGpu(world, 'gpu-power-cap'),
  reject: rejectGpu,
  apply: (target) => [{ kind: 'power-limit', ...gpuOf(target), watts: a800.powerLimitMinW }],
  undo: (target) => [{ kind: 'power-limit', ...gpuOf(target), watts: a800.powerLimitW }],
  present(settings, target) {
    const { node, gpu } = gpuOf(target);
    return gpuSettings(settings, node, gpu).powerLimitW < a800.powerLimitW;
  },
};

import { drawGpu, gpuOf, rejectGpu } from './gpu-target.ts';
import type { Fault } from './fault.ts';

/** Memory wears: all eight spare rows of one bank are in use, and a ninth row has gone bad. Only a new board helps. */
export const gpuEccRowRemap: Fault = {
  id: 'gpu-ecc-row-remap',
  summary: 'one GPU has an uncorrectable memory error in a bank that has no spare row left',
  expects: 'cause',
  category: 'gpu-ecc-uncorrectable',
  draw: (world) => drawGpu(world, 'gpu-ecc-row-remap'),
  reject: rejectGpu,
  apply: (target) => [{ kind: 'memory-worn', ...gpuOf(target) }],
  undo: (target) => [
    { kind: 'gpu-replaced', ...gpuOf(target) },
    { kind: 'job-requeue', hold: false, onlyWhenEnded: true },
  ],
  present(settings, target) {
    const { node, gpu } = gpuOf(target);
    return settings.wornMemory.get(`${node}/${gpu}`)?.at(-1)?.toMs === Infinity;
  },
};

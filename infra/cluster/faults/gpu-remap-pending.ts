import { setFact } from '../state/facts/set-fact.ts';
import { clearFact } from '../state/facts/set-fact.ts';
import { factId } from '../state/facts/store.ts';
import { gpuPlace } from '../state/place.ts';
import { defineFault } from './fault.ts';
import { restartEnded } from './fault.ts';

/** A row of the memory goes bad where spare rows are left: the driver marks it, and the next reset puts a spare one in its place. */
export const gpuRemapPending = defineFault({
  id: 'gpu-remap-pending',
  summary: 'one GPU had an uncorrectable memory error; a spare row waits for a reset to take the place of the bad one',
  categories: ['gpu-ecc-uncorrectable'],
  place: 'gpu',
  ranges: { rows: { min: 1, max: 3, unit: 'rows', integer: true } },
  heals: 'a reset of the GPU (`nvidia-smi -r`) while nobody uses it, or a reboot',
  causes: ({ place }, { rows }) => [
    setFact('gpu.remap-pending', place, true),
    setFact('gpu.rows-remapped', place, rows),
  ],
  // The rows stay remapped for the life of the board.
  undo: ({ target: { node, gpu = 0 } }, world) => [
    clearFact('gpu.remap-pending', gpuPlace(node, gpu)),
    ...restartEnded(world),
  ],
  present: (settings, { target: { node, gpu = 0 } }) =>
    settings.facts.get('gpu.remap-pending')?.has(factId(gpuPlace(node, gpu))) === true,
});

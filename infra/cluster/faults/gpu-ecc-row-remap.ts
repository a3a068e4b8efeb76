import { defineFault, restartEnded } from './fault.ts';

/**
 * Memory wears: all eight spare rows of one bank are in use, and a ninth row has gone bad. Only a new board helps.
 * How soon a new attempt comes to that row depends on where its allocator has it: with the first batch or minutes later (assumed).
 */
export const gpuEccRowRemap = defineFault({
  id: 'gpu-ecc-row-remap',
  summary: 'one GPU has an uncorrectable memory error in a bank that has no spare row left',
  categories: ['gpu-ecc-uncorrectable'],
  place: 'gpu',
  ranges: { againS: { min: 90, max: 300, unit: 's', integer: true } },
  heals: 'another board in its place',
  causes: ({ node, gpu }, { againS }) => [{ kind: 'memory-worn', node, gpu, againMs: 1_000 * againS }],
  undo: ({ target: { node, gpu = 0 } }, world) => [{ kind: 'gpu-replaced', node, gpu }, ...restartEnded(world)],
  present: (settings, { target: { node, gpu } }) =>
    settings.wornMemory.get(`${node}/${gpu}`)?.at(-1)?.toMs === Infinity,
});

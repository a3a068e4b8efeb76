import { defineFault, restartEnded } from './fault.ts';

/** Memory wears: all eight spare rows of one bank are in use, and a ninth row has gone bad. Only a new board helps. */
export const gpuEccRowRemap = defineFault({
  id: 'gpu-ecc-row-remap',
  summary: 'one GPU has an uncorrectable memory error in a bank that has no spare row left',
  categories: ['gpu-ecc-uncorrectable'],
  place: 'gpu',
  heals: 'another board in its place',
  causes: ({ node, gpu }) => [{ kind: 'memory-worn', node, gpu }],
  undo: ({ target: { node, gpu = 0 } }, world) => [{ kind: 'gpu-replaced', node, gpu }, ...restartEnded(world)],
  present: (settings, { target: { node, gpu } }) =>
    settings.wornMemory.get(`${node}/${gpu}`)?.at(-1)?.toMs === Infinity,
});

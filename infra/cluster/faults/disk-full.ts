import { defineFault, restartEnded } from './fault.ts';

/**
 * Somebody brings all old checkpoints back to a node's own file system and deletes none: as fast as eight NVMe drives in one
 * stripe write (3.5 GB/s each, data sheets of U.2 drives of 7.68 TB), or two thirds of it when the other side is slower.
 */
export const diskFull = defineFault({
  id: 'disk-full',
  summary: 'old checkpoints fill /raid of one node until a new one finds no room',
  categories: ['disk-full'],
  place: 'node',
  ranges: { gbPerSecond: { min: 18, max: 28, unit: 'GB/s', clear: 28 } },
  heals: 'moving old checkpoints away by policy (`wardround-space hold old-checkpoints`)',
  causes: ({ node }, { gbPerSecond }) => [
    { kind: 'disk-fill', node, fills: true, kibPerSecond: Math.round(gbPerSecond * 1e6) },
  ],
  undo: ({ target: { node } }, world) => [
    { kind: 'disk-fill', node, fills: false },
    { kind: 'space-return', node },
    ...restartEnded(world),
  ],
  // What was moved away by policy takes no room any more.
  present: (settings, { target: { node } }) => settings.fills.has(node) && !settings.held.has(node),
});

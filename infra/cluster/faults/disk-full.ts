import { defineFault, restartEnded } from './fault.ts';

/** Somebody brings all old checkpoints back to a node's own file system and deletes none. */
export const diskFull = defineFault({
  id: 'disk-full',
  summary: 'old checkpoints fill /raid of one node until a new one finds no room',
  categories: ['disk-full'],
  place: 'node',
  heals: 'moving old checkpoints away by policy (`wardround-space hold old-checkpoints`)',
  causes: ({ node }) => [{ kind: 'disk-fill', node, fills: true }],
  undo: ({ target: { node } }, world) => [
    { kind: 'disk-fill', node, fills: false },
    { kind: 'space-return', node },
    ...restartEnded(world),
  ],
  // What was moved away by policy takes no room any more.
  present: (settings, { target: { node } }) => settings.fills.has(node) && !settings.held.has(node),
});

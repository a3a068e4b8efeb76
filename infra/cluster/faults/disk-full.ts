import { drawNode, rejectNode } from './node-target.ts';
import type { Fault } from './fault.ts';

/** Somebody brings all old checkpoints back to a node's own file system and deletes none. */
export const diskFull: Fault = {
  id: 'disk-full',
  summary: 'old checkpoints fill /raid of one node until a new one finds no room',
  expects: 'cause',
  category: 'disk-full',
  draw: (world) => drawNode(world, 'disk-full'),
  reject: rejectNode,
  apply: ({ node }) => [{ kind: 'disk-fill', node, fills: true }],
  undo: ({ node }) => [
    { kind: 'disk-fill', node, fills: false },
    { kind: 'space-return', node },
    { kind: 'job-requeue', hold: false, onlyWhenEnded: true },
  ],
  // What was moved away by policy takes no room any more.
  present: (settings, { node }) => settings.fills.has(node) && !settings.held.has(node),
};

import { drawNode, rejectNode } from './node-target.ts';
import type { Fault } from './fault.ts';

/** A sample cache without a bound in the data loader, filled on one node only, where the data are longest. */
export const hostOom: Fault = {
  id: 'host-oom',
  summary: 'the loader workers of one node leak memory until the kernel kills a trainer',
  expects: 'cause',
  category: 'host-oom',
  draw: (world) => drawNode(world, 'host-oom'),
  reject: rejectNode,
  apply: ({ node }) => [{ kind: 'memory-leak', node, leaks: true }],
  undo: ({ node }) => [
    { kind: 'memory-leak', node, leaks: false },
    { kind: 'job-requeue', hold: false, onlyWhenEnded: true },
  ],
  present: (settings, { node }) => settings.leaks.has(node),
};

import { defineFault, restartEnded } from './fault.ts';

/** A sample cache without a bound in the data loader, filled on one node only, where the data are longest. */
export const hostOom = defineFault({
  id: 'host-oom',
  summary: 'the loader workers of one node leak memory until the kernel kills a trainer',
  categories: ['host-oom'],
  place: 'node',
  heals: 'a loader without the leak; a limit of its own for the job contains it',
  causes: ({ node }) => [{ kind: 'memory-leak', node, leaks: true }],
  undo: ({ target: { node } }, world) => [{ kind: 'memory-leak', node, leaks: false }, ...restartEnded(world)],
  present: (settings, { target: { node } }) => settings.leaks.has(node),
});

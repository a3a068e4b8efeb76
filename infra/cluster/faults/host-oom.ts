import { defineFault, restartEnded } from './fault.ts';

/**
 * A sample cache without a bound in the data loader, filled on one node only, where the data are longest. It keeps what the
 * loader reads: 64 workers that decode 25 to 50 MB/s each (assumed), so that the node is full in four to nine minutes.
 */
export const hostOom = defineFault({
  id: 'host-oom',
  summary: 'the loader workers of one node leak memory until the kernel kills a trainer',
  categories: ['host-oom'],
  place: 'node',
  ranges: { gbPerSecond: { min: 1.5, max: 3.2, unit: 'GB/s', clear: 2.1 } },
  heals: 'a loader without the leak; a limit of its own for the job contains it',
  causes: ({ node }, { gbPerSecond }) => [
    { kind: 'memory-leak', node, leaks: true, kibPerSecond: Math.round(gbPerSecond * 1e6) },
  ],
  undo: ({ target: { node } }, world) => [{ kind: 'memory-leak', node, leaks: false }, ...restartEnded(world)],
  present: (settings, { target: { node } }) => settings.leaks.has(node),
});

import { findNode } from '../../world.ts';
import type { RankDeath, StopCause } from '../job.ts';

/** A node that reboots or loses its power takes its ranks along, without a word. */
export const nodeLost: StopCause = ({ world, settings, attempt, facts }) => {
  const off = facts('host.power').map(({ place, sinceMs }) => ({ name: place, atMs: sinceMs }));
  const rebooted = [...settings.reboots].flatMap(([name, times]) =>
    times.filter(({ fromMs }) => fromMs >= attempt.launchMs).map(({ fromMs }) => ({ name, atMs: fromMs })),
  );
  const lost = [...off, ...rebooted].flatMap(({ name, atMs }): readonly RankDeath[] => {
    const node = findNode(world, name);
    if (node === undefined || !attempt.nodes.includes(node.index)) return [];
    return [
      { atMs, node: node.index, gpu: 0, exitCode: -9, lastWords: () => [], slurmState: 'NODE_FAIL', nodeGone: true },
    ];
  });
  return lost.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

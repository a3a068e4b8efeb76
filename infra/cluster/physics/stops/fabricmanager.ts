import { integer } from '../../noise.ts';
import { findNode } from '../../world.ts';
import { unitState } from '../driver-state.ts';
import { abortedMs } from '../fabricmanager.ts';
import type { RankDeath, StopCause } from '../job.ts';
import { connectMs } from '../rails.ts';
import { cudaError } from './cuda-error.ts';

/** A fabric manager that ends takes the CUDA jobs of its node with it, all eight ranks alike, whether it comes back or not. */
export const fabricManagerStop: StopCause = ({ world, settings, attempt, fromMs, facts }) => {
  const gone = [...facts('host.service'), ...facts('driver.fabricmanager'), ...facts('driver.stale-module')].filter(
    ({ place, key, sinceMs }) =>
      (key === undefined || key === 'nvidia-fabricmanager') &&
      unitState(settings, place, 'nvidia-fabricmanager', fromMs) !== 'active' &&
      sinceMs >= attempt.launchMs,
  );
  // Before its ranks have contexts an attempt has nothing to lose.
  const ended = facts('driver.fabricmanager-exits').filter(({ sinceMs }) => sinceMs >= connectMs(attempt));
  const deaths = [...gone, ...ended].flatMap(({ place, sinceMs }): readonly RankDeath[] => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index)) return [];
    return [
      {
        atMs: Math.max(sinceMs, attempt.runMs) + abortedMs,
        node: node.index,
        gpu: integer(world.seed, world.gpusPerNode, 'fm-exit', node.index, attempt.number),
        exitCode: 1,
        slurmState: 'FAILED',
        alike: 'node',
        lastWords: cudaError('unspecified launch failure'),
      },
    ];
  });
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

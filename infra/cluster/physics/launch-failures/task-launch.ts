import { findNode } from '../../world.ts';
import { clockTolerated } from '../munge.ts';
import type { LaunchFailure } from './launch-failure.ts';

/** srun's message to slurmd goes out with the launch, and the answer is there within a second. */
const refusedMs = 1_200;

/** A node whose clock is minutes off refuses every credential: no task is started there. */
export const taskLaunch: LaunchFailure = ({ world, attempt, fact, facts }) => {
  for (const { place, value } of facts('host.clock-offset-ms')) {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index) || clockTolerated(value)) continue;
    // Where the daemon runs, the offset is younger than its next poll, and it steps the clock before anybody notices.
    if (fact({ fact: 'host.service', place, key: 'chronyd' }) === 'active') continue;
    return {
      atMs: attempt.launchMs + refusedMs,
      node: node.index,
      gpu: 0,
      exitCode: 1,
      slurmState: 'FAILED',
      lastWords: () => [],
      notStarted: true,
    };
  }
  return null;
};

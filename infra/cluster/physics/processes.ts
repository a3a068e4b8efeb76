import type { World } from '../world.ts';
import { agentPid, type Attempt } from './job.ts';
import { workersPerRank } from './memory.ts';

/** Process id of a data-loader worker; workers that were replaced have new ones. */
export function workerPid(
  attempt: Attempt,
  world: World,
  node: number,
  gpu: number,
  worker: number,
  replaced: number,
): number {
  const workersOfNode = world.gpusPerNode * workersPerRank;
  return agentPid(attempt, world, node) + 1_200 + (replaced % 40) * (workersOfNode + 9) + gpu * workersPerRank + worker;
}

/** The kernel thread whose core does not come back in a soft lockup. */
export const lockedPid = 1_184;

import { findNode } from '../../world.ts';
import type { DeathState, RankDeath, StopCause } from '../job.ts';

/** The scheduler, or a person through it, ends the job: all its tasks get SIGTERM at the same time. */
export const schedulerEnds: StopCause = ({ world, attempt, fact, facts }) => {
  const { name } = world.job;
  const ends: RankDeath[] = [];
  const end = (atMs: number, slurmState: DeathState, ended: string, node = attempt.nodes[0] ?? 0) =>
    ends.push({ atMs, node, gpu: 0, exitCode: -15, lastWords: () => [], slurmState, ended });
  const minutes = fact({ fact: 'scheduler.time-limit-minutes', place: name });
  // The controller looks once in half a minute.
  if (minutes > 0)
    end(Math.ceil((attempt.launchMs + minutes * 60_000) / 30_000) * 30_000, 'TIMEOUT', ' DUE TO TIME LIMIT');
  for (const { place, sinceMs } of facts('scheduler.preempted-by'))
    if (place === name) end(Math.max(sinceMs, attempt.launchMs) + 400, 'PREEMPTED', ' DUE TO PREEMPTION');
  for (const { place, sinceMs } of facts('scheduler.cancelled-by'))
    if (place === name) end(Math.max(sinceMs, attempt.launchMs) + 200, 'CANCELLED', '');
  for (const { place, sinceMs } of facts('scheduler.node-down')) {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index)) continue;
    end(
      Math.max(sinceMs, attempt.launchMs) + 300,
      'NODE_FAIL',
      ' DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS',
      node.index,
    );
  }
  return ends.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

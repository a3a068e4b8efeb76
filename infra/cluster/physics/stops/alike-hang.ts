import { integer, uniform } from '../../noise.ts';
import type { StopCause } from '../job.ts';

// A race strikes some minutes after every start.
const strikesMs = { min: 60_000, max: 300_000 };

/** A collective of all ranks does not end; all of them are in it, and none is behind. Whose defect it is nobody can see. */
export const alikeHang: StopCause = ({ world, attempt, facts }) => {
  const cause = facts('alike.collective-hang').find(({ place }) => place === world.job.name);
  const node = attempt.nodes[integer(world.seed, Math.max(1, attempt.nodes.length), 'alike-hang', attempt.number)];
  if (cause === undefined || node === undefined) return null;
  const afterMs =
    strikesMs.min + (strikesMs.max - strikesMs.min) * uniform(world.seed, 'alike-hang-after', attempt.number);
  return {
    kind: 'hangs',
    atMs: Math.max(cause.sinceMs, attempt.runMs) + afterMs,
    node,
    gpu: integer(world.seed, world.gpusPerNode, 'alike-hang-gpu', attempt.number),
    stack: 'all-reduce',
    inCollective: { ofAll: true, op: '_REDUCE_SCATTER_BASE', numelIn: 203_161_600, numelOut: 0 },
  };
};

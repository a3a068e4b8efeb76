import { integer, uniform } from '../../noise.ts';
import type { StopCause } from '../job.ts';
import { atLaunch } from '../launch-state.ts';

/**
 * Releases with a race, and how long it takes until it strikes, in ms; assumed. What it looks like, all GPUs at 100 % and
 * no error anywhere, is told in marin-community/marin pull request 8038; of 2.21.5 in pytorch/pytorch issue 153960.
 */
const racy: Readonly<Record<string, readonly [fromMs: number, toMs: number]>> = {
  '2.20.3': [90_000, 420_000],
  '2.21.5': [150_000, 700_000],
};

/** An NCCL release with a defect: some collective of all ranks does not come to its end, at another place every time. */
export const ncclHang: StopCause = ({ world, attempt }) => {
  const times = racy[atLaunch(world, attempt, { fact: 'job.nccl-version', place: world.job.name })];
  const node = attempt.nodes[integer(world.seed, attempt.nodes.length, 'nccl-race-node', attempt.number)];
  if (times === undefined || node === undefined) return null;
  const [fromMs, toMs] = times;
  return {
    kind: 'hangs',
    atMs: attempt.runMs + fromMs + (toMs - fromMs) * uniform(world.seed, 'nccl-race', attempt.number),
    node,
    gpu: integer(world.seed, world.gpusPerNode, 'nccl-race-gpu', attempt.number),
    stack: 'all-reduce',
    inCollective: { ofAll: true, op: '_REDUCE_SCATTER_BASE', numelIn: 203_161_600, numelOut: 0 },
  };
};

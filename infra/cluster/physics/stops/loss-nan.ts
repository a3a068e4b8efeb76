import { integer } from '../../noise.ts';
import { iterationEndMs } from '../iterations.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { nanIteration } from '../loss.ts';
import { inMegatron, ofRank, toForwardStep, traceback } from '../traceback.ts';

/** From the end of the iteration before to the loss of the first micro-batch. */
const forwardMs = 1_300;

/** Megatron-LM checks the loss of every rank (`--check-for-nan-in-loss-and-grad`, on by default) and gives up. */
export const lossNan: StopCause = (question) => {
  const { world, attempt } = question;
  const iteration = nanIteration(world, attempt);
  const atMs = iteration === null ? Infinity : iterationEndMs(question, iteration - 1) + forwardMs;
  const node = attempt.nodes[integer(world.seed, attempt.nodes.length, 'nan-node', attempt.number)];
  if (atMs === Infinity || node === undefined) return null;
  // The loss is the same on all ranks of a tensor group.
  return { atMs, node, gpu: 0, exitCode: 1, alike: 'node', slurmState: 'FAILED', lastWords };
};

function lastWords({ rank, gpu, host }: DyingRank): readonly string[] {
  return ofRank(
    rank,
    traceback(
      [...toForwardStep, [inMegatron('pretrain_gpt.py'), 152, 'loss_func', 'assert not loss[0].isnan(), (']],
      `AssertionError: Rank ${rank}: found NaN in local forward loss calculation. Device: ${gpu}, node: ${host}`,
    ),
  );
}

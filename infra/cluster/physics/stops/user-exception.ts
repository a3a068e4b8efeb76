import { nextMultipleMs } from '../iterations.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { inMegatron, main, ofRank, train, traceback } from '../traceback.ts';

/** Iterations between two runs of the user's callback. */
const callbackEvery = 40;
const untilRaisedMs = 350;

/** A callback of the user fails on the first rank, at the same iteration in every attempt. */
export const userException: StopCause = (question) => {
  const { world, attempt, fact } = question;
  if (!fact({ fact: 'job.callback-defect', place: world.job.name })) return null;
  const atMs = nextMultipleMs(question, callbackEvery, untilRaisedMs);
  const node = attempt.nodes[0];
  if (atMs === Infinity || node === undefined) return null;
  return { atMs, node, gpu: 0, exitCode: 1, slurmState: 'FAILED', lastWords };
};

function lastWords({ rank }: DyingRank): readonly string[] {
  return ofRank(
    rank,
    traceback(
      [
        main,
        train,
        [inMegatron('megatron/training/training.py'), 1268, 'train', 'callbacks.on_step_end(iteration, loss_dict)'],
        [inMegatron('pretrain/callbacks.py'), 77, 'on_step_end', 'callback(iteration, losses)'],
        [inMegatron('pretrain/dashboards.py'), 119, '__call__', "row['tokens_per_domain'] = losses['domain counts']"],
      ],
      "KeyError: 'domain counts'",
    ),
  );
}

import { processesPerNode } from '../nccl-settings.ts';
import { inMegatron, initialize, main, traceback } from '../traceback.ts';
import type { LaunchFailure } from './launch-failure.ts';

const beforeRunMs = 13_200;

/** Megatron-LM's `validate_args`: as many ranks as make whole tensor and pipeline groups. */
export const worldSizeWrong: LaunchFailure = ({ world, attempt }) => {
  const { tensorParallel, pipelineParallel } = world.job;
  const size = attempt.nodes.length * processesPerNode(world, attempt);
  const model = tensorParallel * pipelineParallel;
  if (size % model === 0) return null;
  const lines = traceback(
    [
      main,
      initialize,
      [inMegatron('megatron/training/initialize.py'), 57, 'initialize_megatron', 'validate_args(args, args_defaults)'],
      [
        inMegatron('megatron/training/arguments.py'),
        179,
        'validate_args',
        'assert args.world_size % args.tensor_model_parallel_size == 0, \\',
      ],
    ],
    `AssertionError: world size (${size}) is not divisible by tensor model parallel size (${tensorParallel})`,
  );
  return {
    atMs: attempt.runMs - beforeRunMs,
    node: attempt.nodes[0] ?? 0,
    gpu: 0,
    exitCode: 1,
    alike: 'job',
    slurmState: 'FAILED',
    lastWords: () => lines,
  };
};

import { memoryErrorMs } from '../gpu-memory.ts';
import type { DyingRank, RankDeath, StopCause } from '../job.ts';

/** The process that reads a row with an uncorrectable error is ended by the driver; its next CUDA call says so. */
export const memoryErrorStop: StopCause = ({ world, settings, attempt }) => {
  let first: RankDeath | null = null;
  for (const [key, spans] of settings.wornMemory) {
    const slash = key.lastIndexOf('/');
    const node = world.nodes.findIndex((one) => one.name === key.slice(0, slash));
    const gpu = Number(key.slice(slash + 1));
    const worn = spans.at(-1);
    const atMs = worn === undefined ? null : memoryErrorMs(world, worn, attempt, node, gpu);
    if (worn?.toMs === Infinity && atMs !== null && (first === null || atMs < first.atMs))
      first = { atMs, node, gpu, exitCode: 1, lastWords, slurmState: 'FAILED' };
  }
  return first;
};

/** PyTorch 2.4 prefixes what an uncaught exception prints with the rank. */
function lastWords({ rank }: DyingRank): readonly string[] {
  return [
    'Traceback (most recent call last):',
    '  File "/workspace/Megatron-LM/pretrain_gpt.py", line 264, in <module>',
    '    pretrain(',
    '  File "/workspace/Megatron-LM/megatron/training/training.py", line 353, in pretrain',
    '    iteration, num_floating_point_operations_so_far = train(',
    '  File "/workspace/Megatron-LM/megatron/training/training.py", line 1245, in train',
    '    train_step(forward_step_func,',
    '  File "/workspace/Megatron-LM/megatron/training/training.py", line 732, in train_step',
    '    losses_reduced = forward_backward_func(',
    'RuntimeError: CUDA error: uncorrectable ECC error encountered',
    'CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.',
    'For debugging consider passing CUDA_LAUNCH_BLOCKING=1',
    'Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.',
    '',
  ].map((line) => `[rank${rank}]: ${line}`);
}

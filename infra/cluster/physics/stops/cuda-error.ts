import type { DyingRank } from '../job.ts';

/** What PyTorch 2.5 prints for an exception that nobody catches, with the rank in front of every line. */
export function traceback(frames: readonly string[], error: string): (who: DyingRank) => readonly string[] {
  return ({ rank }) =>
    ['Traceback (most recent call last):', ...frames, ...error.split('\n')].map((line) => `[rank${rank}]: ${line}`);
}

/** A CUDA call in the training loop that fails. */
export function cudaError(text: string): (who: DyingRank) => readonly string[] {
  return traceback(
    inTraining,
    `RuntimeError: CUDA error: ${text}\n` +
      'CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\n' +
      'For debugging consider passing CUDA_LAUNCH_BLOCKING=1\n' +
      'Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n',
  );
}

/** A CUDA call in the initialisation of a rank that fails. */
export function startError(error: string): (who: DyingRank) => readonly string[] {
  return traceback(inStart, error);
}

const megatron = '/workspace/Megatron-LM/megatron/training';
const inTraining: readonly string[] = [
  '  File "/workspace/Megatron-LM/pretrain_gpt.py", line 264, in <module>',
  '    pretrain(',
  `  File "${megatron}/training.py", line 353, in pretrain`,
  '    iteration, num_floating_point_operations_so_far = train(',
  `  File "${megatron}/training.py", line 1245, in train`,
  '    train_step(forward_step_func,',
  `  File "${megatron}/training.py", line 732, in train_step`,
  '    losses_reduced = forward_backward_func(',
];
const inStart: readonly string[] = [
  '  File "/workspace/Megatron-LM/pretrain_gpt.py", line 264, in <module>',
  '    pretrain(',
  `  File "${megatron}/training.py", line 212, in pretrain`,
  '    initialize_megatron(extra_args_provider=extra_args_provider,',
  `  File "${megatron}/initialize.py", line 88, in initialize_megatron`,
  '    finish_mpu_init()',
  `  File "${megatron}/initialize.py", line 251, in _initialize_distributed`,
  '    torch.cuda.set_device(args.local_rank)',
  '  File "/usr/local/lib/python3.10/dist-packages/torch/cuda/__init__.py", line 478, in set_device',
  '    torch._C._cuda_setDevice(device)',
];

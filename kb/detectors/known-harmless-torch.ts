import type { LinePattern } from './line-patterns.ts';

const reducer = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/reducer.cpp';
const processGroup = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp';
const c10d = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/distributed_c10d.py';

/** Warnings of torch that healthy runs print. */
export const harmlessTorch: readonly LinePattern[] = [
  {
    id: 'harmless.ddp.strides-differ',
    summary: 'DDP copies gradients whose layout differs from its own: no error, it may cost a little speed',
    role: 'clean',
    weighs: {},
    source: reducer,
    literals: ['grad strides do not match bucket view strides'],
    pattern: /Grad strides do not match bucket view strides/,
    sees: [
      "UserWarning: Grad strides do not match bucket view strides. This may indicate grad was not created according to the gradient layout contract, or that the param's strides changed since DDP was constructed.  This is not an error, but may impair performance.",
    ],
    ignores: ['grad.sizes() = [180, 6, 1, 1], strides() = [6, 1, 6, 6]'],
  },
  {
    id: 'harmless.ddp.search-not-needed',
    summary: 'DDP looks for unused parameters as it was told, and finds none: it costs a little speed',
    role: 'clean',
    weighs: {},
    source: reducer,
    literals: ['find_unused_parameters=true was specified'],
    pattern: /find_unused_parameters=True was specified in DDP constructor, but did not find any unused parameters/,
    sees: [
      '[W reducer.cpp:1303] Warning: find_unused_parameters=True was specified in DDP constructor, but did not find any unused parameters in the forward pass.',
    ],
    ignores: [
      'RuntimeError: Expected to have finished reduction in the prior iteration before starting a new one. You can enable unused parameter detection by passing the keyword argument `find_unused_parameters=True`',
    ],
  },
  {
    id: 'harmless.torch.group-not-destroyed',
    summary: 'a program ended without taking down its process group, of which torch reminds since 2.4',
    role: 'clean',
    weighs: {},
    source: processGroup,
    literals: ['process group has not been destroyed before', 'destroy_process_group() was not called'],
    pattern:
      /process group has NOT been destroyed before we destruct ProcessGroupNCCL|destroy_process_group\(\) was not called before program exit/i,
    sees: [
      '[rank0]:[W530 08:34:35.154236112 ProcessGroupNCCL.cpp:1250] Warning: WARNING: process group has NOT been destroyed before we destruct ProcessGroupNCCL. On normal program exit, the application should call destroy_process_group to ensure that any pending NCCL operations have finished in this process.',
      '[rank0]:[W1206 14:55:38.624395404 ProcessGroupNCCL.cpp:1496] Warning: WARNING: destroy_process_group() was not called before program exit, which can leak resources.',
    ],
    ignores: ['dist.destroy_process_group()'],
  },
  {
    // The older wording warns of a hang, where the guess of the device is wrong: it is not meant.
    id: 'harmless.torch.barrier-device',
    summary: 'a barrier uses the device that the program has set',
    role: 'clean',
    weighs: {},
    source: c10d,
    literals: ['using the device under current context', 'using the current device set by the user'],
    pattern: /barrier\(\): using the device under current context|Using the current device set by the user/,
    sees: [
      '/venv/torch/distributed/c10d_logger.py:83: UserWarning: barrier(): using the device under current context. You can specify `device_id` in `init_process_group` to mute this warning.',
      '/venv/torch/distributed/distributed_c10d.py:4807: UserWarning: No device id is provided via `init_process_group` or `barrier `. Using the current device set by the user.',
    ],
    ignores: [
      '[rank0]:[W804 19:19:43.148778003 ProcessGroupNCCL.cpp:4561] [PG ID 0 PG GUID 0 Rank 0]  using GPU 0 to perform barrier as devices used by this process are currently unknown. This can potentially cause a hang if this rank to GPU mapping is incorrect.',
    ],
  },
  {
    id: 'harmless.torch.pool-after-fork',
    summary: 'a data loader worker that was forked gives up a thread pool that it does not need',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/issues/57273',
    literals: ['leaking caffe2 thread-pool after fork'],
    pattern: /Leaking Caffe2 thread-pool after fork/,
    sees: ['[W pthreadpool-cpp.cc:90] Warning: Leaking Caffe2 thread-pool after fork. (function pthreadpool)'],
    ignores: ['leaking 12 semaphore objects'],
  },
  {
    id: 'harmless.torch.load-default',
    summary: 'torch announces that it will load checkpoints more strictly some day',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/v2.4.0/torch/serialization.py',
    literals: ['you are using `torch.load` with `weights_only=false`'],
    pattern: /FutureWarning: You are using `torch\.load` with `weights_only=False`/,
    sees: [
      'train.py:30: FutureWarning: You are using `torch.load` with `weights_only=False` (the current default value), which uses the default pickle module implicitly.',
    ],
    ignores: ['_pickle.UnpicklingError: Weights only load failed.'],
  },
  {
    id: 'harmless.torch.reentrant-unset',
    summary: 'torch asks which kind of activation checkpointing is meant, and takes the old one',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/utils/checkpoint.py',
    literals: ['use_reentrant'],
    pattern:
      /Warning: torch\.utils\.checkpoint: (?:please pass in use_reentrant|the use_reentrant parameter should be)/,
    sees: [
      '/venv/torch/utils/checkpoint.py:429: UserWarning: torch.utils.checkpoint: please pass in use_reentrant=True or use_reentrant=False explicitly.',
    ],
    ignores: ['checkpoint(fn, x, use_reentrant=False)'],
  },
  {
    id: 'harmless.torch.variable-renamed',
    summary: 'a variable of the environment has a new name; the old one works',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/Utils.hpp',
    literals: ['is deprecated; use torch_nccl_'],
    pattern: /Environment variable NCCL_\w{1,40} is deprecated; use TORCH_NCCL_\w{1,40} instead/,
    sees: [
      '[W Utils.hpp:108] Warning: Environment variable NCCL_ASYNC_ERROR_HANDLING is deprecated; use TORCH_NCCL_ASYNC_ERROR_HANDLING instead (function getCvarInt)',
    ],
    ignores: ['TORCH_NCCL_ASYNC_ERROR_HANDLING=1'],
  },
  {
    id: 'harmless.torch.arch-list-unset',
    summary: 'an extension is compiled for all GPUs that are seen, since no list of them was given',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py',
    literals: ['torch_cuda_arch_list is not set'],
    pattern: /TORCH_CUDA_ARCH_LIST is not set, all archs for visible cards are included/,
    sees: [
      '/venv/torch/utils/cpp_extension.py:1967: UserWarning: TORCH_CUDA_ARCH_LIST is not set, all archs for visible cards are included for compilation.',
    ],
    ignores: ['TORCH_CUDA_ARCH_LIST=8.0;9.0'],
  },
  {
    id: 'harmless.torch.threads-default',
    summary: 'torchrun gives every rank one thread, as it does where nothing else is set',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/run.py',
    literals: ['setting omp_num_threads environment variable for each process'],
    pattern: /Setting OMP_NUM_THREADS environment variable for each process to be \d/,
    sees: [
      'W1109 22:19:14.214000 4815 torch/distributed/run.py:792] Setting OMP_NUM_THREADS environment variable for each process to be 1 in default, to avoid your system being overloaded, please further tune the variable for optimal performance in your application as needed. ',
    ],
    ignores: ['OMP_NUM_THREADS=8'],
  },
  {
    id: 'harmless.torch.streams-option',
    summary: 'an option about streams has no effect on messages between two ranks',
    role: 'clean',
    weighs: {},
    source: processGroup,
    literals: ['avoid_record_streams=1 has no effect for point-to-point'],
    pattern: /AVOID_RECORD_STREAMS=1 has no effect for point-to-point/,
    sees: [
      '[W ProcessGroupNCCL.cpp:1856] Warning: 0TORCH_NCCL_AVOID_RECORD_STREAMS=1 has no effect for point-to-point collectives. (function operator())',
    ],
    ignores: ['TORCH_NCCL_AVOID_RECORD_STREAMS=1'],
  },
  {
    id: 'harmless.torch.matmul-precision',
    summary: 'torch points out that a lower precision of products would be faster',
    role: 'clean',
    weighs: {},
    source: 'https://docs.pytorch.org/docs/stable/generated/torch.set_float32_matmul_precision.html',
    literals: ['tensorfloat32 tensor cores for float32', 'you should set `torch.set_float32_matmul_precision'],
    pattern:
      /TensorFloat32 tensor cores for float32 matrix multiplication available but not enabled|you should set `torch\.set_float32_matmul_precision/,
    sees: [
      '/venv/torch/_inductor/compile_fx.py:167: UserWarning: TensorFloat32 tensor cores for float32 matrix multiplication available but not enabled.',
      "You are using a CUDA device ('NVIDIA A100-SXM4-80GB') that has Tensor Cores. To properly utilize them, you should set `torch.set_float32_matmul_precision('medium' | 'high')`",
    ],
    ignores: ["torch.set_float32_matmul_precision('high')"],
  },
];

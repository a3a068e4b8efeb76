import { lineDetector } from './line-patterns.ts';

const torchMemory = 'https://github.com/pytorch/pytorch/blob/main/c10/cuda/CUDACachingAllocator.cpp';
const kernelOom = 'https://github.com/torvalds/linux/blob/master/mm/oom_kill.c';
const slurmOom = 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/mgr.c';

/** Memory that runs out: of the GPU and of the host. */
export const memory = lineDetector('memory', [
  {
    id: 'torch.cuda.oom-foreign',
    summary: 'GPU memory ran out and another process holds part of it',
    role: 'cause',
    weighs: { 'gpu-oom': 4.4, 'foreign-gpu-process': 5.6, 'launcher-rank-misconfig': 1 },
    source: torchMemory,
    literals: ['out of memory'],
    // Under a gibibyte it is a context or a display, not a job.
    pattern:
      /CUDA out of memory\.[^\n]{0,300}GPU (?<gpu>\d{1,2})[^\n]{0,200}\bProcess \d+ has (?<foreignGib>[1-9]\d*\.\d+) GiB memory in use/,
    sees: [
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Process 3141 has 40.11 GiB memory in use. Including non-PyTorch memory, this process has 38.01 GiB memory in use.',
    ],
    ignores: [
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Including non-PyTorch memory, this process has 78.01 GiB memory in use.',
    ],
  },
  {
    id: 'torch.cuda.oom',
    summary: 'the program needs more GPU memory than is free',
    role: 'cause',
    weighs: { 'gpu-oom': 6.5, 'foreign-gpu-process': 0.7 },
    source: torchMemory,
    literals: [
      'cuda out of memory',
      'cuda error: out of memory',
      'cuda_error_out_of_memory',
      'cudaerrormemoryallocation',
      'resource_exhausted: out of memory',
      'outofmemoryerror',
      'cuda runtime error (2)',
      'hip out of memory',
      'failed to allocate memory on device',
      'resource exhausted: oom',
    ],
    pattern:
      /(?:CUDA|HIP) out of memory(?:[^\n]{0,120}GPU (?<gpu>\d{1,2}))?|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|RESOURCE_EXHAUSTED: Out of memory|Resource exhausted: OOM when allocating|cuda runtime error \(2\)|torch(?:\.cuda)?\.OutOfMemoryError/,
    sees: [
      'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 3; 79.15 GiB total capacity; 77.51 GiB already allocated; 12.25 MiB free)',
      'RuntimeError: CUDA error: out of memory',
      'XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes.',
    ],
    ignores: [
      'If reserved memory is >> allocated memory try setting max_split_size_mb',
      'Out of memory: Killed process 4242 (python)',
    ],
  },
  {
    id: 'cublas.alloc-failed',
    summary: 'cuBLAS or cuDNN could not get workspace memory',
    role: 'cause',
    weighs: { 'gpu-oom': 2.6, 'driver-version-mismatch': 0.8, 'nccl-version-mismatch': 0.3, 'user-code-error': 0.6 },
    source: 'https://docs.nvidia.com/cuda/cublas/index.html#cublasstatus-t',
    literals: [
      'cublas_status_alloc_failed',
      'cublas_status_not_initialized',
      'cudnn_status_alloc_failed',
      'cudnn_status_not_initialized',
      'cufft_alloc_failed',
    ],
    pattern:
      /CUBLAS_STATUS_(?:ALLOC_FAILED|NOT_INITIALIZED)|CUDNN_STATUS_(?:ALLOC_FAILED|NOT_INITIALIZED)|CUFFT_ALLOC_FAILED/,
    sees: ['RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`'],
    ignores: ['CUBLAS_STATUS_SUCCESS'],
  },
  {
    id: 'kernel.oom.killed',
    summary: 'the kernel killed a process for want of host memory',
    role: 'cause',
    weighs: { 'host-oom': 6.8 },
    source: kernelOom,
    literals: [
      'out of memory: kill',
      'oom-kill:',
      'oom_reaper',
      'invoked oom-killer',
      'memory cgroup out of memory',
      'killed process',
      'oom-killer',
    ],
    pattern:
      /[Oo]ut of memory: Kill(?:ed)? process (?<pid>\d{1,9})|Memory cgroup out of memory|oom-kill:constraint|oom_reaper: reaped|invoked oom-killer|oom[-_]killer/,
    sees: [
      '[ 8123.456789] Out of memory: Killed process 4242 (python) total-vm:123456kB, anon-rss:987654kB, file-rss:0kB, shmem-rss:0kB, UID:1000',
      'Nov 21 03:12:59 node-07 kernel: python invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0',
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=step_0,mems_allowed=0-1,oom_memcg=/slurm/uid_1000/job_4242',
    ],
    ignores: ['CUDA out of memory. Tried to allocate 20.00 MiB', 'OOM killer disabled'],
  },
  {
    id: 'slurm.oom.killed',
    summary: 'Slurm or another manager saw a step killed for host memory',
    role: 'cause',
    weighs: { 'host-oom': 6.3 },
    source: slurmOom,
    literals: [
      'oom_kill event',
      'oom-kill event',
      'oom killed',
      'oomkilled',
      'oom kill',
      'exceeded memory limit',
      'term_memlimit',
      'exceeded job memory limit',
      ': out of memory',
      'out_of_memory',
      'low on memory',
      'memory pressure',
      'low on resource: memory',
    ],
    pattern:
      /[Dd]etected \d+ oom[_-]kill event|OOM[- _]?[Kk]illed|exceeded (?:job |step )?memory limit|TERM_MEMLIMIT|srun: error: (?<node>[\w.-]{1,63}): tasks? [\d,-]{1,40}: Out Of Memory|\bOUT_OF_MEMORY\b|running low on memory|Killed[^\n]{0,80}due to memory pressure|low on resource: memory/,
    sees: [
      'slurmstepd: error: Detected 1 oom_kill event in StepId=4242.0. Some of the step tasks have been OOM Killed.',
      'srun: error: node-03: task 3: Out Of Memory',
      '      Reason:       OOMKilled',
      'ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.',
    ],
    ignores: ['torch.OutOfMemoryError: CUDA out of memory.', 'oom_kill 0'],
  },
  {
    id: 'host.alloc-failed',
    summary: 'an allocation of host memory failed',
    role: 'cause',
    weighs: { 'host-oom': 5, 'user-code-error': 0.8, 'ulimit-too-low': 0.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/c10/core/impl/alloc_cpu.cpp',
    literals: [
      "can't allocate memory",
      'memoryerror',
      'errno 12',
      'cannot allocate memory',
      'bad_alloc',
      'unable to allocate',
      'not enough memory',
      'enomem',
    ],
    pattern:
      /DefaultCPUAllocator: (?:can't allocate memory|not enough memory)|^\s{0,8}(?:[\w.]{0,60}\.)?_?(?:Array)?MemoryError\b|\bMemoryError:|\[Errno 12\] Cannot allocate memory|std::bad_alloc|Unable to allocate [\d.]{1,10} [KMGTP]iB for an array|fork: Cannot allocate memory/,
    sees: [
      "RuntimeError: [enforce fail at alloc_cpu.cpp:83] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 412316860416 bytes. Error code 12 (Cannot allocate memory)",
      'OSError: [Errno 12] Cannot allocate memory',
      "terminate called after throwing an instance of 'std::bad_alloc'",
    ],
    ignores: ['NCCL WARN Call to ibv_reg_mr failed with error Cannot allocate memory'],
  },
  {
    id: 'host.memory.nearly-full',
    summary: 'nine tenths or more of the host memory are in use',
    role: 'context',
    weighs: { 'host-oom': 2.4 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/utils.py',
    literals: ['virtual memory:', 'memory usage'],
    pattern: /CPU Virtual Memory:\s{1,4}used = [\d.]{1,10} GB, percent = (?<percent>9\d(?:\.\d+)?|100(?:\.0)?)%/,
    sees: [
      '[2023-04-20 19:03:19,581] [INFO] [utils.py:840:see_memory_usage] CPU Virtual Memory:  used = 29.71 GB, percent = 95.3%',
    ],
    ignores: [
      '[2023-04-07 13:08:55,469] [INFO] [utils.py:838:see_memory_usage] CPU Virtual Memory:  used = 28.43 GB, percent = 22.6%',
    ],
  },
  {
    id: 'process.killed-silently',
    summary: 'a process was killed without a word of its own',
    role: 'cause',
    weighs: { 'host-oom': 2.6, 'scheduler-action': 0.8 },
    source: 'https://slurm.schedmd.com/faq.html',
    literals: ['killed'],
    pattern:
      /^(?:\S{1,120}: line \d+:\s{1,4}\d+ {1,4}|(?:srun: error: )?[\w.-]{1,63}: tasks? [\d,-]{1,40}: )?Killed(?:\s{4,20}\S[^\n]{0,300})?\s{0,3}$/,
    sees: [
      'srun: error: node-03: task 3: Killed',
      'Killed',
      'run.sh: line 12:  4242 Killed                  python train.py',
    ],
    ignores: ['Killed by user request'],
  },
]);

import { lineDetector } from './line-patterns.ts';

const gpuPool =
  'https://github.com/tensorflow/tensorflow/blob/master/third_party/xla/xla/stream_executor/cuda/cuda_executor.cc';

/** Host memory that runtimes of GPUs pin, and limits that managers of jobs and workers set on it. */
export const hostAllocations = lineDetector('host-allocations', [
  {
    // The runtime says "out of memory" of pinned host memory in the words that it has for the GPU's.
    id: 'host.pinned.alloc-failed',
    summary: 'host memory that the GPU may reach could not be allocated',
    role: 'cause',
    weighs: { 'host-oom': 5, 'ulimit-too-low': 1.4, 'gpu-oom': 0.8 },
    source: gpuPool,
    literals: [
      'bytes on host',
      'pinned host memory',
      'pinned memory',
      'page-locked',
      'cudahostalloc',
      'cudamallochost',
      'cudahostregister',
      'cumemhostalloc',
      'cumemallochost',
    ],
    pattern:
      /failed to alloc(?:ate)? \d{1,20} bytes on host|(?:[Cc]ould not|[Ff]ailed to|[Uu]nable to|[Cc]annot|can't) (?:allocate|alloc|register|reserve|pin)[^\n]{0,30}(?:pinned|page-locked)(?: host)? memory|(?:pinned|page-locked)(?: host)? memory[^\n]{0,60}(?:exhausted|allocation failed|out of memory)|(?:cudaHostAlloc|cudaMallocHost|cudaHostRegister|cuMemHostAlloc|cuMemAllocHost)\w{0,3}\b[^\n]{0,80}(?:out of memory|[Oo]ut[Oo]f[Mm]emory|OUT_OF_MEMORY|failed)/,
    sees: [
      'E tensorflow/stream_executor/cuda/cuda_driver.cc:967] failed to alloc 1073741824 bytes on host: CUDA_ERROR_OUT_OF_MEMORY',
      'W ./tensorflow/core/common_runtime/gpu/pool_allocator.h:195] could not allocate pinned host memory of size: 1073741824',
      'cudaHostAlloc failed: out of memory',
    ],
    ignores: [
      'allocated 1073741824 bytes of pinned host memory',
      'failed to allocate 2.20G from device: CUDA_ERROR_OUT_OF_MEMORY',
    ],
  },
  {
    id: 'host.memory.manager-limit',
    summary: 'a batch system, a container manager or a scheduler of workers stopped a process at its memory limit',
    role: 'cause',
    weighs: { 'host-oom': 5.6 },
    source: 'https://github.com/dask/distributed/blob/main/distributed/worker_memory.py',
    literals: [
      'exceeded job memory limit',
      'exceeded virtual memory limit',
      'exceeded mem usage',
      'memory limit of',
      'memory budget',
      'job killed: ',
      'for exceeding memory limits',
      'beyond the physical memory limit',
      'earlyoom',
      'runtime: out of memory',
      'memory quota exceeded',
    ],
    pattern:
      /[Ee]xceeded job memory limit|exceeded MEM usage (?:hard|soft) limit|(?:gone over|over|exceeded|exceeds) (?:its |the )?(?:cgroup )?memory limit of \d|exceeded \d{2,3}% memory budget|exceeded virtual memory limit \([^)\n]{1,60}\), being killed|job killed: (?:p?v?mem|ncpus_mem) \d{1,20}(?:[kmgt]?b)? exceeded limit|[Kk]ill\w{0,4}[^\n]{0,60}for exceeding memory limits|running \d{0,20}\w?B? ?beyond the physical memory limit|earlyoom[^\n]{0,20}: sending SIG(?:TERM|KILL) to process|fatal error: runtime: out of memory|\b[Mm]emory quota exceeded/,
    sees: [
      'slurmstepd: error: Exceeded job memory limit at some point.',
      'job 4242 exceeded MEM usage hard limit (130000 > 128000)',
      'Error from slot1@node-03: Job has gone over cgroup memory limit of 4096 megabytes. Last measured usage: 4090 megabytes.',
      'distributed.nanny.memory - WARNING - Worker tcp://node-03 (pid=4242) exceeded 95% memory budget. Restarting...',
      '=>> PBS: job killed: vmem 68719476736 exceeded limit 34359738368',
      'Container killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB physical memory used.',
      'earlyoom[812]: sending SIGTERM to process 4242 uid 1000 "python": badness 812, VmRSS 58123 MiB',
    ],
    ignores: ['memory limit of the job: 64 GB', 'earlyoom[812]: mem avail: 4123 of 64123 MiB ( 6.43%)'],
  },
  {
    id: 'host.memory.high',
    summary: 'a runtime remarks on a very large allocation or on memory that is nearly used up',
    role: 'context',
    weighs: { 'host-oom': 1.4 },
    source:
      'https://github.com/tensorflow/tensorflow/blob/master/third_party/xla/xla/tsl/framework/cpu_allocator_impl.cc',
    literals: [
      '% of free system memory',
      '% of system memory',
      'tcmalloc: large alloc',
      'memory use is high',
      'limit at least once during execution',
    ],
    pattern:
      /Allocation of \d{1,20} exceeds \d{1,3}% of (?:free )?system memory|tcmalloc: large alloc \d{9,20} bytes|[Mm]emory use is high but worker has no data to store|hit memory(?:\+swap)? limit at least once during execution/,
    sees: [
      'W tensorflow/core/framework/allocator.cc:107] Allocation of 6442450944 exceeds 10% of system memory.',
      'tcmalloc: large alloc 17179869184 bytes == 0x5604 @  0x7f3a',
    ],
    ignores: ['Allocation of 4096 bytes done'],
  },
  {
    id: 'host.threads.no-memory',
    summary: 'a thread could not be started for want of memory or of a higher limit',
    role: 'cause',
    weighs: { 'host-oom': 2.6, 'ulimit-too-low': 2.4 },
    source: 'https://man7.org/linux/man-pages/man3/pthread_create.3.html',
    literals: ['pthread_create'],
    pattern: /pthread_create[^\n]{0,80}Cannot allocate memory/,
    sees: ['OpenBLAS blas_thread_init: pthread_create failed for thread 12 of 64: Cannot allocate memory'],
    ignores: ['pthread_create failed for thread 12 of 64: Resource temporarily unavailable'],
  },
]);

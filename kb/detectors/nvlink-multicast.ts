import { lineDetector } from './line-patterns.ts';

/**
 * Memory that NVSwitches copy to many GPUs at once. The fabric manager sets it up, so its refusal tells of that service,
 * whatever number CUDA answers with; it stands before the readers of CUDA's answers.
 */
export const nvlinkMulticast = lineDetector('nvlink-multicast', [
  {
    id: 'nccl.nvls.bind-failed',
    summary: 'NVLink SHARP multicast memory cannot be bound',
    role: 'cause',
    // Maintainers of NCCL, in nearly every thread: the fabric manager was restarted without a reset of the GPUs, or is ill.
    weighs: {
      'fabricmanager-not-running': 4.8,
      'nvlink-fabric-error': 2.4,
      'nccl-env-misconfig': 0.8,
      'nccl-bug': 0.8,
      'gpu-driver-bug': 0.6,
    },
    source: 'https://github.com/NVIDIA/nccl/issues/976',
    literals: ['multicast memory', 'nvls.cc', 'cumulticast'],
    // What a container or a driver does not permit is read with the other answers of CUDA.
    pattern:
      /(?:Failed|Unable) to bind NVLink SHARP \(NVLS\) Multicast memory|transport\/nvls\.cc:\d{1,5} (?:NCCL WARN )?Cuda failure(?! (?:\d{1,4} )?'(?:operation not (?:permitted|supported)|invalid resource handle|out of memory))|\bcuMulticast(?:Create|AddDevice|BindMem|BindAddr)(?:_v2)?\b(?:\([^)\n]{0,80}\))?[^\n]{0,40}(?:failed|returned (?:CUDA )?error|CUDA error|-> (?:CUDA )?error)/i,
    sees: [
      "node-03:100:200 [0] transport/nvls.cc:254 NCCL WARN Failed to bind NVLink SHARP (NVLS) Multicast memory of size 2097152 : CUDA error 2 'out of memory'.",
      "node-03:100:200 [1] transport/nvls.cc:165 NCCL WARN Cuda failure 'invalid argument'",
      "node-03:100:200 [1] transport/nvls.cc:598 NCCL WARN Cuda failure 1 'invalid argument'",
      "node-03:100:200 [5] transport/nvls.cc:223 NCCL WARN Cuda failure 999 'unknown error'",
      "Failed to bind NVLink SHARP (NVLS) Multicast memory of size 2097152 : CUDA error 401 'the operation cannot be performed in the present state'.",
      'cuMulticastBindMem() failed: CUDA error 802 system not yet initialized',
    ],
    ignores: [
      'NCCL INFO NVLS multicast support is available on dev 0',
      'NCCL INFO NVLS Creating Multicast group nranks 8 size 2097152 on rank 0',
      "node-03:1:2 [0] transport/nvls.cc:170 NCCL WARN Cuda failure 800 'operation not permitted'",
      'node-03:100:200 [2] NCCL INFO transport/nvls.cc:409 -> 1',
      '  cuMulticastCreate and cuMulticastBindMem need driver 535',
    ],
  },
]);

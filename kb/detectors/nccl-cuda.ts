import { lineDetector } from './line-patterns.ts';

const checks = 'https://github.com/NVIDIA/nccl/blob/master/src/include/checks.h';
const cudaWrap = 'https://github.com/NVIDIA/nccl/blob/master/src/misc/cudawrap.cc';
const nvmlWrap = 'https://github.com/NVIDIA/nccl/blob/master/src/misc/nvmlwrap.cc';

/** What CUDA and NVML answer inside NCCL, where the answer itself names the trouble. Formats of NCCL 2.4 to 2.30. */
export const ncclCuda = lineDetector('nccl-cuda', [
  {
    id: 'nccl.cuda.driver-too-old',
    summary: 'the CUDA driver is older than the runtime that NCCL was built with',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 5.5, 'nccl-version-mismatch': 2.2, 'container-toolkit-misconfig': 0.5 },
    source: cudaWrap,
    literals: [
      'cuda driver version is insufficient',
      'cuda driver version found is',
      'installed cuda driver is older',
      'forward compatibility was attempted',
      'not supported in the installed cuda driver',
      'compiled with an unsupported toolchain',
      'requires cuda driver',
    ],
    pattern:
      /\bCuda failure (?:\d{1,4} )?'(?:CUDA driver version is insufficient|forward compatibility was attempted|API call is not supported in the installed CUDA driver|the provided PTX was compiled with an unsupported toolchain)|CUDA Driver version found is \d+\. Minimum requirement is|installed CUDA driver is older than the minimum version|One-sided RMA requires CUDA driver/i,
    sees: [
      "node-03:1:2 [0] NCCL WARN Cuda failure 'CUDA driver version is insufficient for CUDA runtime version'",
      'node-03:1:2 [0] misc/cudawrap.cc:148 NCCL WARN CUDA Driver version found is 11020. Minimum requirement is 11030',
      "node-03:1:2 [0] enqueue.cc:1200 NCCL WARN Cuda failure 222 'the provided PTX was compiled with an unsupported toolchain.'",
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO cudaDriverVersion 12040'],
  },
  {
    id: 'nccl.cuda.no-matching-kernel',
    summary: 'the loaded NCCL has no device code for this GPU, or not the code that its host side expects',
    role: 'cause',
    weighs: {
      'nccl-version-mismatch': 3.6,
      'driver-version-mismatch': 2,
      'user-code-error': 1,
      'framework-bug': 0.7,
      'nccl-bug': 0.8,
    },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: [
      "'invalid device function",
      "'no kernel image is available",
      "'device kernel image is invalid",
      "'named symbol not found",
      "'shared object symbol not found",
      "'cuda driver is a stub",
    ],
    pattern:
      /\bCuda failure (?:\d{1,4} )?'(?:invalid device function|no kernel image is available|device kernel image is invalid|named symbol not found|shared object symbol not found|CUDA driver is a stub)/i,
    sees: ["node-03:1:2 [0] enqueue.cc:68 NCCL WARN Cuda failure 'invalid device function'"],
    ignores: ["node-03:1:2 [0] enqueue.cc:402 NCCL WARN Cuda failure 'invalid argument'"],
  },
  {
    id: 'nccl.cuda.no-device',
    summary: 'NCCL finds no GPU in this process',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 2.2,
      'launcher-rank-misconfig': 2,
      'cgroup-device-loss': 1.6,
      'driver-version-mismatch': 1.6,
      'gpu-fell-off-bus': 1,
    },
    source: checks,
    literals: ["'no cuda-capable device", 'no gpus found!', "'cuda-capable device(s) is/are busy"],
    pattern:
      /\bCuda failure (?:\d{1,4} )?'(?:no CUDA-capable device|CUDA-capable device\(s\) is\/are busy)|ProcessGroupNCCL is only supported with GPUs, no GPUs found!/i,
    sees: [
      "node-03:1:2 [0] init.cc:1350 NCCL WARN Cuda failure 'no CUDA-capable device is detected'",
      'ValueError: ProcessGroupNCCL is only supported with GPUs, no GPUs found!',
    ],
    ignores: ['8 CUDA-capable devices found'],
  },
  {
    id: 'nccl.cuda.peers-exhausted',
    summary: 'a GPU has no peer connection left for NCCL, or another part of the process took it',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 3, 'launcher-rank-misconfig': 1.4, 'framework-bug': 1, 'nccl-env-misconfig': 0.8 },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: ['peer mapping resources exhausted', 'too_many_peers', "'peer access is already enabled'"],
    pattern:
      /peer mapping resources exhausted|CUDA_ERROR_TOO_MANY_PEERS|\bCuda failure (?:\d{1,4} )?'peer access is already enabled'/i,
    sees: ["node-03:1:2 [0] transport/p2p.cc:239 NCCL WARN Cuda failure 'peer mapping resources exhausted'"],
    ignores: ['node-03:1:2 [0] NCCL INFO P2P resources enabled'],
  },
  {
    id: 'nccl.cuda.kernel-died',
    summary: 'a kernel that ran earlier failed, and NCCL is the first to learn of it',
    role: 'symptom',
    weighs: {
      'framework-bug': 0.7,
      'user-code-error': 0.7,
      'nccl-bug': 0.5,
      'gpu-driver-bug': 0.3,
      'nvlink-fabric-error': 0.3,
      'gpu-ecc-uncorrectable': 0.3,
    },
    source: checks,
    literals: [
      "'unspecified launch failure",
      "'an illegal memory access",
      "'misaligned address",
      "'the launch timed out",
      "'device-side assert",
      "'hardware stack error",
      "'an illegal instruction",
      "'driver shutting down",
      "'initialization error",
    ],
    pattern:
      /\bCuda failure (?:\d{1,4} )?'(?<reason>unspecified launch failure|an illegal memory access|misaligned address|the launch timed out|device-side assert|hardware stack error|an illegal instruction|driver shutting down|initialization error)/i,
    sees: [
      "node-03:1:2 [0] NCCL INFO include/alloc.h:48 Cuda failure 'an illegal memory access was encountered'",
      "node-03:1:2 [0] init.cc:300 NCCL WARN Cuda failure 4 'driver shutting down'",
    ],
    ignores: ["node-03:1:2 [0] enqueue.cc:402 NCCL WARN Cuda failure 'invalid argument'"],
  },
  {
    id: 'nccl.cuda.not-permitted',
    summary: 'CUDA refuses NCCL an operation on memory or handles in this container or driver',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 1.6,
      'nccl-bug': 1.6,
      'nccl-env-misconfig': 1.2,
      'driver-version-mismatch': 1.2,
      'permission-misconfig': 0.6,
    },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
    literals: ["'operation not permitted'", "'operation not supported'", "'invalid resource handle'"],
    pattern:
      /\bCuda failure (?:\d{1,4} )?'(?:operation not permitted|operation not supported|invalid resource handle)'/i,
    sees: ["node-03:1:2 [0] transport/nvls.cc:170 NCCL WARN Cuda failure 800 'operation not permitted'"],
    ignores: ['mknod: operation not permitted'],
  },
  {
    id: 'nccl.nvml.gpu-lost',
    summary: 'NVML tells NCCL that a GPU is gone',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 5, 'gpu-driver-bug': 1, 'host-hardware-fault': 0.7 },
    source: nvmlWrap,
    literals: ['failed: gpu is lost', 'failed: gpu requires reset'],
    pattern: /nvml\w{4,60}\([^)]{0,40}\) failed: GPU (?:is lost|requires reset)/,
    sees: ['node-03:1:2 [0] misc/nvmlwrap.cc:145 NCCL WARN nvmlDeviceGetHandleByIndex(3) failed: GPU is lost'],
    ignores: ['node-03:1:2 [0] NCCL INFO nvmlDeviceGetFieldValues() failed: Not Supported'],
  },
  {
    id: 'nccl.nvml.failed',
    summary: 'NVML, which NCCL asks for the GPUs, cannot be used in this process',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 2,
      'driver-version-mismatch': 2,
      'cgroup-device-loss': 1.4,
      'permission-misconfig': 0.8,
      'gpu-fell-off-bus': 0.8,
    },
    source: nvmlWrap,
    literals: [
      'failed to open libnvidia-ml',
      ') failed: unknown error',
      'failed: driver not loaded',
      ') failed: insufficient perm',
      ') failed: no permission',
    ],
    pattern:
      /NCCL WARN Failed to open libnvidia-ml\.so|nvml\w{4,60}\([^)]{0,40}\) failed: (?:Unknown Error|Driver Not Loaded|Insufficient Permissions|No Permission)/i,
    sees: [
      'node-03:1:2 [0] misc/nvmlwrap.cc:70 NCCL WARN Failed to open libnvidia-ml.so.1',
      'node-03:1:2 [0] misc/nvmlwrap.cc:120 NCCL WARN nvmlInit_v2() failed: Driver Not Loaded',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO nvmlDeviceGetFieldValues() failed: Not Supported'],
  },
]);

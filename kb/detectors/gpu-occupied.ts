import { lineDetector } from './line-patterns.ts';

const sglang = 'https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/model_executor/model_runner.py';

/** GPUs that others already use, in the words of engines, of nvidia-smi and of the scripts around a job. */
export const gpuOccupied = lineDetector('gpu-occupied', [
  {
    id: 'gpu.occupied.said',
    summary: 'a program says that other processes use the GPUs',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4.4, 'gpu-oom': 0.5, 'launcher-rank-misconfig': 0.6 },
    source: sglang,
    literals: ['occupied by', 'in use by', 'used by', 'held by', 'hogged by', 'taken by'],
    pattern:
      /\bGPUs? (?:may be |are |is )?(?:already )?occupied by (?:an)?other\b|\bGPUs? ?(?:[\d,]{1,24}|[0-9A-Fa-f:.]{7,16}|memory|device)? ?(?:is|are) (?:already |currently |still )?(?:in use|held|taken|occupied|hogged|used) by (?:(?:another|some other|other|a different|a foreign|a leftover|a stale|a zombie|orphaned|one or more) (?:\w{1,12} )?(?:process|job|user|application|container|tenant)|PID \d|pid \d)|\b(?:devices?|[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d) (?:is|are) currently being used by one or more other processes|GPU memory (?:is|was) (?:already )?(?:held|used|occupied) by (?:an)?other process/,
    sees: [
      'RuntimeError: The memory capacity is unbalanced. Some GPUs may be occupied by other processes. pre_model_load_memory=10.2, local_gpu_memory=70.1',
      '2 devices are currently being used by one or more other processes (e.g., Fabric Manager, CUDA application, graphics application such as an X server, or a monitoring application such as another instance of nvidia-smi).',
      'GPU 00000000:00:04.0 is currently in use by another process.',
      'GPU 3 is already in use by another user job',
      'GPU 5 is still held by PID 4411',
    ],
    ignores: [
      'GPU 3 is in use by this process',
      'port 29500 is in use by another process',
      'address already in use',
      'GPU memory used by the model: 12 GiB',
    ],
  },
  {
    id: 'gpu.occupied.leftover',
    summary: 'processes of an earlier job were left on the GPUs',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4.6 },
    source: 'https://slurm.schedmd.com/prolog_epilog.html',
    literals: ['leftover', 'left over', 'left-over', 'stale', 'orphan', 'zombie', 'stray', 'defunct', 'lingering'],
    pattern:
      /\b(?:[Ll]eft-?over|[Ll]eft over|[Ss]tale|[Oo]rphan(?:ed)?|[Zz]ombie|[Ss]tray|[Dd]efunct|[Ll]ingering) (?:\w{1,12} )?process(?:es)?\b[^\n]{0,60}(?:\bGPUs?\b|\/dev\/nvidia\d|\bVRAM\b|nvidia-smi)|(?:\bGPUs?\b|\/dev\/nvidia\d)[^\n]{0,60}\b(?:left-?over|left over|stale|orphan(?:ed)?|zombie|stray|lingering) (?:\w{1,12} )?process(?:es)?\b/,
    sees: [
      'prolog: GPU 2 has leftover processes from job 99812: 4411',
      'orphaned process 3312 still holds /dev/nvidia3',
      'found 2 zombie python processes holding GPU memory',
    ],
    ignores: ['no leftover files', 'reaped zombie process 4411', 'no GPU was touched, 3 stale locks removed'],
  },
  {
    // Of scripts that free the GPUs before a job: what they may end is ended, and something else holds the memory.
    id: 'gpu.memory.not-cleared',
    summary: 'GPU memory stays in use after the known processes were ended',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4.2, 'gpu-driver-bug': 0.6 },
    source: 'https://github.com/sgl-project/sglang/blob/main/scripts/ensure_vram_clear.sh',
    literals: ['vram', 'gpu memory'],
    pattern:
      /\b(?:VRAM|GPU memory)(?: usage)? (?:(?:is|was) )?(?:(?:still )?not (?:yet )?(?:clear(?:ed)?|freed|released|empty)|(?:still|already) (?:in use|occupied|held|allocated))\b|[Ff]ailed to (?:clear|free|release) (?:the )?(?:VRAM|GPU memory)\b/,
    sees: [
      'VRAM still not clear after attempt 2',
      'GPU memory is still occupied before the start of the job',
      'Failed to free GPU memory',
    ],
    ignores: ['VRAM is clear', 'GPU memory was not enough', 'GPU memory is not allocated in advance'],
  },
  {
    id: 'cuda.device.exclusive-taken',
    summary: 'a GPU in exclusive mode already belongs to another thread or process',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4, 'launcher-rank-misconfig': 1.6 },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: ['already in use by a different thread', 'cudaerrordevicealreadyinuse', 'context_already_in_use'],
    pattern:
      /exclusive-thread device already in use by a different thread|cudaErrorDeviceAlreadyInUse|CUDA_ERROR_CONTEXT_ALREADY_IN_USE/,
    sees: [
      'CUDA error: exclusive-thread device already in use by a different thread',
      'RuntimeError: CUDA error: cudaErrorDeviceAlreadyInUse',
    ],
    ignores: ['CUDA error: device already initialised'],
  },
]);

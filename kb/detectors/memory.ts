import { lineDetector } from './line-patterns.ts';

const torchMemory = 'https://github.com/pytorch/pytorch/blob/main/c10/cuda/CUDACachingAllocator.cpp';

/** Memory of the GPU that runs out. */
export const memory = lineDetector('memory', [
  {
    id: 'torch.cuda.oom-foreign',
    summary: 'GPU memory ran out and another process holds part of it',
    role: 'cause',
    weighs: { 'gpu-oom': 4.4, 'foreign-gpu-process': 5.9, 'launcher-rank-misconfig': 1 },
    source: torchMemory,
    literals: ['out of memory'],
    // Under a gibibyte it is a context or a display, not a job. Where process ids are those of the host, torch does not
    // know itself in the list and prints its own use as "Process N has …": one entry alone is no stranger.
    pattern:
      /CUDA out of memory\.[^\n]{0,300}GPU (?<gpu>\d{1,2})[^\n]{0,200}?\b(?:Process \d+ has (?<foreignGib>[1-9]\d*\.\d+) GiB memory in use[^\n]{0,400}?\b(?:this process|Process \d+) has [1-9]\d*\.\d+ GiB|this process has [^\n]{0,400}?\bProcess \d+ has (?<otherGib>[1-9]\d*\.\d+) GiB memory in use)/,
    sees: [
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Process 3141 has 40.11 GiB memory in use. Including non-PyTorch memory, this process has 38.01 GiB memory in use.',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Including non-PyTorch memory, this process has 38.01 GiB memory in use. Process 3141 has 40.11 GiB memory in use.',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Process 3141 has 40.11 GiB memory in use. Process 3500 has 38.01 GiB memory in use. Of the allocated memory 37.10 GiB is allocated by PyTorch',
    ],
    ignores: [
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Including non-PyTorch memory, this process has 78.01 GiB memory in use.',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 386.00 MiB. GPU 6 has a total capacity of 9.76 GiB of which 285.25 MiB is free. Process 2716361 has 9.47 GiB memory in use. Of the allocated memory 8.81 GiB is allocated by PyTorch, and 342.13 MiB is reserved by PyTorch but unallocated.',
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
      'resource exhausted: o',
      'resource_exhausted: attempting',
      'xpu out of memory',
      'npu out of memory',
      'mps backend out of memory',
      'out of memory error on gpu',
      'cudamalloc',
      'oom when allocating tensor',
      'ran out of memory trying',
      'failed to allocate request',
      'ran out of memory in memory space',
      'microbatch of size 1',
      'out of memory allocating',
      'not enough gpu memory',
      'not enough memory on the gpu',
      'resourceexhaustederror',
      'outofdevicememory',
    ],
    // Frameworks word it each in their way; TensorFlow and JAX say the same of host memory, with the device beside it.
    pattern:
      /(?:CUDA|HIP|XPU|NPU|MPS backend) out of memory(?:[^\n]{0,120}GPU (?<gpu>\d{1,2}))?|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|RESOURCE_EXHAUSTED: (?:Out of memory|Attempting to (?:reserve|allocate))|Resource exhausted: (?:OOM when allocating(?![^\n]{0,240}device:CPU)|Out of memory)|OOM when allocating tensor with shape[^\n]{0,160}device:GPU:|[Oo]ut of memory error on GPU|cudaMalloc (?:retry )?failed: out of memory|cuda\.memory\.OutOfMemoryError|cuda runtime error \(2\)|torch(?:\.cuda)?\.OutOfMemoryError|\bRan out of memory trying to allocate(?![^\n]{0,200}not a failure)|Failed to allocate request for [\d.]{1,10}\wi?B[^\n]{0,40}on device ordinal|RESOURCE_EXHAUSTED: (?:Ran out of memory in memory space|Failed to allocate request)|Out of memory allocating [\d,]{1,20} bytes|failed with an internal microbatch of size 1|[Nn]ot enough (?:GPU memory|memory on the GPU)|OutOfDeviceMemory/i,
    sees: [
      'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 3; 79.15 GiB total capacity; 77.51 GiB already allocated; 12.25 MiB free)',
      'RuntimeError: CUDA error: out of memory',
      'XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes.',
      'RuntimeError: Resource exhausted: Out of memory while trying to allocate 5520758552 bytes.',
      'Out of memory error on GPU 0. Cannot allocate 1.000000GB memory on GPU 0, 31.240051GB memory has been allocated and available memory is only 511.437500MB.',
      'mxnet.base.MXNetError: src/storage/./pooled_storage_manager.h:157: cudaMalloc retry failed: out of memory',
      'cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 1,073,741,824 bytes (allocated so far: 15,032,385,536 bytes).',
      '(WorkerDict pid=4242) CUDA Error: out of memory at /workspace/csrc/cumem_allocator.cpp:62',
      'jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Failed to allocate request for 2.00GiB (2147483648B) on device ordinal 0',
      'jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 17179869184 bytes.',
      'CUDA out of memory or excessive memory allocation retries detected. The train loop failed with an internal microbatch of size 1.',
    ],
    ignores: [
      'If reserved memory is >> allocated memory try setting max_split_size_mb',
      'Resource exhausted: OOM when allocating tensor with shape[1024,50257] and type float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu',
      'Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.20GiB with freed_by_count=0. The caller indicates that this is not a failure, but this may mean that there could be performance gains if more memory were available.',
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
    id: 'vllm.gpu-memory.taken',
    summary: 'an inference engine finds less GPU memory free than it is to use',
    role: 'cause',
    weighs: { 'gpu-oom': 4.2, 'foreign-gpu-process': 4.6, 'user-code-error': 1.4 },
    source: 'https://github.com/vllm-project/vllm/blob/main/vllm/v1/worker/gpu_worker.py',
    literals: ['is less than desired gpu memory utilization', 'error in memory profiling'],
    pattern: /Free memory on device[^\n]{0,80}is less than desired GPU memory utilization|Error in memory profiling\. /,
    sees: [
      'ValueError: Free memory on device (5.21/79.15 GiB) on startup is less than desired GPU memory utilization (0.9, 71.24 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.',
      'AssertionError: Error in memory profiling. Initial free memory 42.1 GiB, current free memory 50.3 GiB. This happens when other processes sharing the same container release GPU memory while vLLM is profiling during initialization.',
    ],
    ignores: ['GPU KV cache size: 412,336 tokens'],
  },
  {
    id: 'gpu.memory.model-too-large',
    summary: 'weights or caches do not fit into the GPU memory that they may use',
    role: 'cause',
    weighs: { 'gpu-oom': 4.8, 'user-code-error': 2 },
    source: 'https://github.com/vllm-project/vllm/blob/main/vllm/v1/core/kv_cache_utils.py',
    literals: [
      'no available memory for the cache blocks',
      'larger than the available kv cache memory',
      'that can be stored in kv cache',
      'have enough gpu ram to fit',
      'not enough memory. please try to increase --mem-fraction',
    ],
    pattern:
      /No available memory for the cache blocks|larger than the available KV cache memory|that can be stored in KV cache|have enough GPU RAM to fit|Not enough memory\. Please try to increase --mem-fraction/,
    sees: [
      'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.',
      "ValueError: The model's max seq len (32768) is larger than the maximum number of tokens that can be stored in KV cache (21760). Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.",
      'ValueError: Some modules are dispatched on the CPU or the disk. Make sure you have enough GPU RAM to fit the quantized model.',
    ],
    ignores: ['Available KV cache memory: 42.10 GiB'],
  },
  {
    id: 'gpu.memory.under-pressure',
    summary: 'the allocator of GPU memory has to flush its cache or to recompute: memory is nearly full',
    role: 'context',
    weighs: { 'gpu-oom': 1 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/zero/stage3.py',
    literals: [
      'pytorch allocator cache flushes',
      "can't reduce memory use below",
      'memory allocation retries',
      'out of memory (oom) observed',
    ],
    pattern:
      /[1-9]\d* pytorch allocator cache flushes since last step|Can't reduce memory use below [\d.]{1,10}\wi?B|memory allocation retries|Out Of Memory \(OOM\) observed/,
    sees: [
      '[2024-03-12 10:11:12,123] [WARNING] [stage3.py:1949:step] 3 pytorch allocator cache flushes since last step. this happens when there is high memory pressure and is detrimental to performance.',
      "[Compiling module jit_train_step] Can't reduce memory use below 63.12GiB (67772345344 bytes) by rematerialization; only reduced to 80.01GiB",
    ],
    ignores: ['0 pytorch allocator cache flushes since last step'],
  },
]);

import { lineDetector } from './line-patterns.ts';

/** GPU memory that CUDA's libraries and the allocators of other frameworks do not get. */
export const libraryAllocations = lineDetector('library-allocations', [
  {
    id: 'gpu.library.alloc-failed',
    summary: 'a CUDA library or an allocator of a framework could not get GPU memory',
    role: 'cause',
    weighs: { 'gpu-oom': 4.8, 'foreign-gpu-process': 0.7, 'driver-version-mismatch': 0.6 },
    source: 'https://docs.nvidia.com/deeplearning/cudnn/backend/latest/api/cudnn-graph-library.html#cudnnstatus-t',
    literals: [
      'cudnn_status_alloc_failed',
      'cusparse_status_alloc_failed',
      'cusolver_status_alloc_failed',
      'cufft_alloc_failed',
      'gpu memory. please shrink',
      'rmm::out_of_memory',
      'rmm_error_out_of_memory',
      'cuda driver error: out of memory',
      'in memory space hbm',
      'allocation_failed',
      'cusparse_status_insufficient_resources',
      'cufft_no_workspace',
      'allocator_failure',
      'cutensor_status_',
      'npp_memory_allocation_err',
      'hipblas_status_alloc_failed',
      'hip error: out of memory',
      'hiperroroutofmemory',
      'nvrtc_error_out_of_memory',
    ],
    pattern:
      /(?:CUDNN|CUSPARSE|CUSOLVER)_STATUS_ALLOC_FAILED|CUFFT_ALLOC_FAILED|Cannot malloc [\d.]{1,16} ?[KMG]?B GPU memory\. Please shrink|rmm::out_of_memory|RMM_ERROR_OUT_OF_MEMORY|CUDA driver error: out of memory|Ran out of memory in memory space hbm|CUDNN_STATUS_INTERNAL_ERROR_(?:HOST|DEVICE)_ALLOCATION_FAILED|CURAND_STATUS_ALLOCATION_FAILED|CUSPARSE_STATUS_INSUFFICIENT_RESOURCES|CUFFT_NO_WORKSPACE|NVJPEG_STATUS_ALLOCATOR_FAILURE|CUTENSOR_STATUS_(?:ALLOC_FAILED|INSUFFICIENT_WORKSPACE)|NPP_MEMORY_ALLOCATION_ERR|HIPBLAS_STATUS_ALLOC_FAILED|HIP error: out of memory|hipErrorOutOfMemory|NVRTC_ERROR_OUT_OF_MEMORY/,
    sees: [
      'RuntimeError: cuDNN error: CUDNN_STATUS_ALLOC_FAILED',
      'RuntimeError: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED',
      'RuntimeError: HIP error: out of memory',
      'Cannot malloc 49.0002 MB GPU memory. Please shrink FLAGS_fraction_of_gpu_memory_to_use or FLAGS_initial_gpu_memory_in_mb',
      "terminate called after throwing an instance of 'rmm::out_of_memory' what(): std::bad_alloc: out_of_memory: CUDA error",
      'XlaRuntimeError: RESOURCE_EXHAUSTED: XLA:TPU compile permanent error. Ran out of memory in memory space hbm. Used 18.9G of 15.48G hbm.',
    ],
    ignores: ['CUDNN_STATUS_SUCCESS', 'CUBLAS_STATUS_NOT_INITIALIZED'],
  },
]);

import { lineDetector } from './line-patterns.ts';

const cudnn = 'https://docs.nvidia.com/deeplearning/cudnn/backend/latest/api/cudnn-graph-library.html#cudnnstatus-t';
const nvrtc = 'https://docs.nvidia.com/cuda/nvrtc/index.html';
const sanitizer = 'https://docs.nvidia.com/compute-sanitizer/ComputeSanitizer/index.html';
const tensorrt = 'https://docs.nvidia.com/deeplearning/tensorrt/latest/index.html';

/** CUDA's libraries, compilers and checkers where they do not fit each other, refuse a call or find a defect. */
export const cudaToolchain = lineDetector('cuda-toolchain', [
  {
    id: 'cuda.libraries.mixed',
    summary: "CUDA's libraries in the environment come from different releases, or some are missing",
    role: 'cause',
    weighs: { 'user-code-error': 4.2, 'driver-version-mismatch': 1.2, 'framework-bug': 0.8 },
    source: cudnn,
    literals: [
      'cudnn_status_sublibrary_loading_failed',
      'cudnn_status_serialization_version_mismatch',
      'cudnn_status_runtime_prerequisite_missing',
      'cudnn_status_arch_mismatch',
      'cannot load symbol cublas',
      'could not load library libcu',
      'could not load library libnv',
      'libnvrtc-builtins',
      'failed to load builtins',
      'newer version of nvjitlink',
      '__nvjitlink',
      'not defined in file libcu',
      'undefined symbol: cublaslt',
    ],
    pattern:
      /CUDNN_STATUS_(?:SUBLIBRARY_LOADING_FAILED|SERIALIZATION_VERSION_MISMATCH|RUNTIME_PREREQUISITE_MISSING|ARCH_MISMATCH)|[Cc]annot load symbol cublas|Could not load library lib(?:cublas|cufft|curand|cusparse|cusolver|nvrtc|nvJitLink)|failed to open libnvrtc-builtins|failed to load builtins for compute|newer version of nvJitLink|undefined symbol: (?:__nvJitLink|cublasLt)|not defined in file lib(?:cublas|cusparse|cusolver|cufft|cudnn|cudart)/i,
    sees: [
      'RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED',
      'Could not load library libcublasLt.so.12. Error: libcublasLt.so.12: cannot open shared object file: No such file or directory',
      'ImportError: /site-packages/nvidia/cusparse/lib/libcusparse.so.12: undefined symbol: __nvJitLinkAddData_12_1, version libnvJitLink.so.12',
      'nvrtc: error: failed to open libnvrtc-builtins.so.12.1.',
    ],
    ignores: ['cuDNN version: 8902', 'Could not load library libcustom.so'],
  },
  {
    id: 'cuda.library.not-started',
    summary: 'a CUDA library could not start on the GPU, most often for want of memory',
    role: 'cause',
    weighs: { 'gpu-oom': 2, 'driver-version-mismatch': 0.8, 'user-code-error': 0.6, 'framework-bug': 0.5 },
    source: 'https://docs.nvidia.com/cuda/cusolver/index.html#cusolverstatus-t',
    literals: [
      'cusolver_status_not_initialized',
      'cusparse_status_not_initialized',
      'hipblas_status_not_initialized',
      'cufft_setup_failed',
      'curand_status_initialization_failed',
      'curand_status_not_initialized',
    ],
    pattern:
      /(?:CUSOLVER|CUSPARSE|HIPBLAS|CURAND)_STATUS_NOT_INITIALIZED|CUFFT_SETUP_FAILED|CURAND_STATUS_INITIALIZATION_FAILED/,
    sees: [
      'RuntimeError: cusolver error: CUSOLVER_STATUS_NOT_INITIALIZED, when calling `cusolverDnCreate(handle)`',
      'RuntimeError: CUDA error: HIPBLAS_STATUS_NOT_INITIALIZED when calling `hipblasCreate(handle)`',
    ],
    ignores: ['CUBLAS_STATUS_NOT_INITIALIZED'],
  },
  {
    id: 'cuda.library.refused',
    summary: 'a CUDA library refuses shapes, types or options, or knows no way to compute them on this GPU',
    role: 'cause',
    weighs: { 'framework-bug': 2.4, 'user-code-error': 2.2, 'driver-version-mismatch': 0.6 },
    source: 'https://docs.nvidia.com/cuda/cufft/index.html',
    literals: [
      'cusolver_status_',
      'cusparse_status_',
      'hipblas_status_',
      'cutensor_status_',
      'cufft_',
      'suitable cublas gemm algorithm',
      'no execution plans support the graph',
    ],
    pattern:
      /(?:CUSOLVER|CUSPARSE|HIPBLAS|CUTENSOR)_STATUS_(?:INVALID_VALUE|NOT_SUPPORTED|ARCH_MISMATCH|MATRIX_TYPE_NOT_SUPPORTED|ZERO_PIVOT)|CUFFT_(?:INVALID_(?:PLAN|SIZE|TYPE|VALUE|DEVICE)|NOT_IMPLEMENTED|NOT_SUPPORTED|UNALIGNED_DATA)|Unable to find suitable cuBLAS GEMM algorithm|No execution plans support the graph/,
    sees: [
      'RuntimeError: cusolver error: CUSOLVER_STATUS_INVALID_VALUE, when calling `cusolverDnXsyevd`',
      'RuntimeError: cuFFT error: CUFFT_INVALID_SIZE',
      'RuntimeError: cublaslt_gemm.cu:300 in function cublas_gemm: Unable to find suitable cuBLAS GEMM algorithm',
    ],
    ignores: ['CUFFT_SUCCESS', 'CUSOLVER_STATUS_SUCCESS'],
  },
  {
    id: 'cuda.compiler.arch-unknown',
    summary: "the run-time compiler does not know the GPU's architecture: it is older than the GPU",
    role: 'cause',
    weighs: { 'user-code-error': 2.6, 'framework-bug': 1.4, 'driver-version-mismatch': 1.2 },
    source: nvrtc,
    literals: ['--gpu-architecture', 'nvrtc_error_invalid_option'],
    pattern: /nvrtc: error: invalid value for --gpu-architecture|NVRTC_ERROR_INVALID_OPTION/,
    sees: ['RuntimeError: nvrtc: error: invalid value for --gpu-architecture (-arch)', 'NVRTC_ERROR_INVALID_OPTION'],
    ignores: ['nvrtc: compiled with --gpu-architecture=compute_90'],
  },
  {
    id: 'cuda.compiler.failed',
    summary: 'code for the GPU could not be compiled or linked at run time',
    role: 'cause',
    weighs: { 'framework-bug': 2.2, 'user-code-error': 2 },
    source: nvrtc,
    literals: [
      'nvrtc_error_',
      'nvjitlink_error_',
      'nvlink error',
      'nvlink fatal',
      'code object build failed',
      'amd_comgr_',
    ],
    pattern:
      /NVRTC_ERROR_(?:COMPILATION|BUILTIN_OPERATION_FAILURE|INTERNAL_ERROR|PROGRAM_CREATION_FAILURE)|NVJITLINK_ERROR_\w{3,30}|\bnvlink (?:error|fatal)\s{1,6}: |Code object build failed|AMD_COMGR_\w{3,60}: ERROR/,
    sees: [
      'nvjitlink error: NVJITLINK_ERROR_PTX_COMPILE',
      "nvlink error   : Undefined reference to '__cudaRegisterLinkedBinary'",
      'MIOpen Error: /MIOpen/src/hipoc/hipoc_program.cpp:299: Code object build failed. Source: MIOpenBatchNormFwdTrainSpatial.cl',
    ],
    ignores: ['nvlink errors: 0', 'NVLink error counter 0'],
  },
  {
    id: 'tensorrt.engine.unfit',
    summary: 'a compiled engine was made with another release of TensorRT, or for another GPU',
    role: 'cause',
    weighs: { 'user-code-error': 3.8, 'framework-bug': 0.6, 'driver-version-mismatch': 0.3 },
    source: tensorrt,
    literals: ['engine plan file is', 'stdversionread', 'version tag does not match', 'serialized engine version'],
    pattern:
      /engine plan file is (?:not compatible|generated (?:on|by) an incompatible)|stdVersionRead == (?:k?[sS]erializationVersion|current)|Version tag does not match/,
    sees: [
      '[TRT] [E] 6: The engine plan file is not compatible with this version of TensorRT, expecting library version 8.6.1.6 got 8.5.3.1, please rebuild.',
      '[TRT] [E] 1: [stdArchiveReader.cpp::StdArchiveReader::40] Error Code 1: Serialization (Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 232, Serialized Engine Version: 228)',
    ],
    ignores: ['Using an engine plan file across different models of devices is not recommended'],
  },
  {
    id: 'cuda.checker.defect-found',
    summary: 'a checker or debugger of CUDA names a kernel that misuses memory or barriers',
    role: 'cause',
    weighs: { 'framework-bug': 2.2, 'user-code-error': 2.2, 'gpu-ecc-uncorrectable': 0.2 },
    source: sanitizer,
    literals: ['========= ', 'cuda_exception_', 'cuda exception: ', 'cudbg_exception_'],
    pattern:
      /========= (?:Invalid __(?:global|shared|local)__ (?:read|write|atomic)|(?:Error: )?Race reported between|Uninitialized __\w{5,7}__ memory read|Barrier error detected|ERROR SUMMARY: [1-9])|CUDA_EXCEPTION_\d{1,2}\b|CUDA Exception: (?:Warp|Lane|Device|Cluster) |CUDBG_EXCEPTION_(?:WARP|LANE|DEVICE|CLUSTER)_(?!ILLEGAL_ADDRESS)\w/,
    sees: [
      '========= Invalid __global__ write of size 4 bytes',
      '========= ERROR SUMMARY: 12 errors',
      'CUDA Exception: Warp Illegal Instruction',
    ],
    ignores: ['========= ERROR SUMMARY: 0 errors', '========= COMPUTE-SANITIZER'],
  },
  {
    id: 'harmless.cuda.tool-notices',
    summary: 'notices of profilers and of TensorRT that healthy runs print as well',
    role: 'clean',
    weighs: {},
    source: tensorrt,
    literals: [
      'cupti',
      'cuda lazy loading is not enabled',
      'across different models of devices',
      'missing system database file',
    ],
    pattern:
      /CUPTI initialization failed - CUDA profiler activities will be missing|cbapi->getCuptiStatus\(\) failed with error CUPTI_ERROR_NOT_INITIALIZED|CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED|CUDA lazy loading is not enabled|Using an engine plan file across different models of devices|Missing system database file: \S{1,60}\.kdb/,
    sees: [
      'WARNING:2024-05-01 12:00:00 1:1 init.cpp:155] function cbapi->getCuptiStatus() failed with error CUPTI_ERROR_NOT_INITIALIZED (15)',
      '[TRT] [W] CUDA lazy loading is not enabled. Enabling it can significantly reduce device memory usage.',
      'MIOpen(HIP): Warning [SQLiteBase] Missing system database file: gfx90a68.kdb Performance may degrade.',
    ],
    ignores: ['CUPTI_ERROR_INSUFFICIENT_PRIVILEGES'],
  },
]);

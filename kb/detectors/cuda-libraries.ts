import { lineDetector } from './line-patterns.ts';

const cublas = 'https://docs.nvidia.com/cuda/cublas/index.html#cublasstatus-t';
const cudnn = 'https://docs.nvidia.com/deeplearning/cudnn/backend/latest/api/cudnn-graph-library.html';
const runtime = 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html';

/** What CUDA's libraries and runtime refuse, apart from memory faults of kernels and from absent drivers. */
export const cudaLibraries = lineDetector('cuda-libraries', [
  {
    id: 'torch.cuda.oom-unaccounted',
    summary: 'torch could not even tell who holds the memory when an allocation failed',
    role: 'cause',
    weighs: { 'gpu-oom': 3.6, 'framework-bug': 2.2, 'container-toolkit-misconfig': 0.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/c10/cuda/CUDACachingAllocator.cpp',
    literals: ['nvml_success =='],
    pattern: /NVML_SUCCESS == [^\n]{1,80}INTERNAL ASSERT FAILED at "[^"\n]{0,200}CUDACachingAllocator\.cpp/,
    sees: [
      'RuntimeError: NVML_SUCCESS == r INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp":1154, please report a bug to PyTorch.',
      'RuntimeError: NVML_SUCCESS == DriverAPI::get()->nvmlInit_v2_() INTERNAL ASSERT FAILED at "/pytorch/c10/cuda/CUDACachingAllocator.cpp":963, please report a bug to PyTorch.',
    ],
    ignores: ['RuntimeError: handles_.at(i) INTERNAL ASSERT FAILED at "../c10/cuda/driver_api.cpp":15'],
  },
  {
    id: 'cudnn.version.mismatch',
    summary: 'cuDNN of another version is loaded than the program was built with, or its parts do not fit each other',
    role: 'cause',
    weighs: { 'user-code-error': 4.6, 'driver-version-mismatch': 2.6, 'framework-bug': 1 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/backends/cudnn/__init__.py',
    literals: [
      'cudnn version incompatibility',
      'version_mismatch',
      'could not load library libcudnn',
      'unable to load any of {libcudnn',
      'cannot load symbol cudnn',
      'invalid handle. cannot load symbol',
      'loaded runtime cudnn library',
    ],
    pattern:
      /cuDNN version incompatibility|CUDNN_STATUS_(?:SUBLIBRARY_)?VERSION_MISMATCH|Could not load library libcudnn|Unable to load any of \{libcudnn|[Cc]annot load symbol cudnn|Loaded runtime CuDNN library: \S{1,20} but source was compiled/,
    sees: [
      'RuntimeError: cuDNN version incompatibility: PyTorch was compiled  against (8, 9, 2) but found runtime version (8, 5, 0).',
      'Could not load library libcudnn_ops_infer.so.8. Error: libcudnn_ops_infer.so.8: cannot open shared object file: No such file or directory',
      'Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9, libcudnn_ops.so}',
      'Loaded runtime CuDNN library: 8.5.0 but source was compiled with: 8.6.0.',
    ],
    ignores: ['cuDNN version: 8902'],
  },
  {
    id: 'cudnn.no-engine',
    summary: 'cuDNN found no way to compute an operation, most often for want of GPU memory',
    role: 'cause',
    weighs: { 'gpu-oom': 2.6, 'user-code-error': 1.5, 'framework-bug': 1.3, 'driver-version-mismatch': 0.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/cudnn/Conv_v8.cpp',
    literals: ['unable to find a valid cudnn algorithm', 'unable to find an engine to execute'],
    pattern: /Unable to find a valid cuDNN algorithm|unable to find an engine to execute this computation/i,
    sees: [
      'RuntimeError: Unable to find a valid cuDNN algorithm to run convolution',
      'RuntimeError: FIND was unable to find an engine to execute this computation',
    ],
    ignores: ['cuDNN autotuning found 4 algorithms'],
  },
  {
    id: 'cudnn.failed',
    summary: 'cuDNN failed without saying why',
    role: 'cause',
    weighs: {
      'gpu-oom': 1.7,
      'framework-bug': 1.5,
      'user-code-error': 1.2,
      'driver-version-mismatch': 1,
      'gpu-ecc-uncorrectable': 0.2,
    },
    source: cudnn,
    literals: [
      'cudnn_status_internal_error',
      'cudnn_status_execution_failed',
      'cudnn_status_mapping_error',
      'cudnn_status_not_supported',
      'cudnn_status_bad_param',
      'cudnn_backend_api_failed',
    ],
    pattern:
      /CUDNN_STATUS_(?:INTERNAL_ERROR|EXECUTION_FAILED|MAPPING_ERROR|NOT_SUPPORTED|BAD_PARAM)|CUDNN_BACKEND_API_FAILED/,
    sees: ['RuntimeError: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR', 'cuDNN error: CUDNN_STATUS_EXECUTION_FAILED'],
    ignores: ['CUDNN_STATUS_SUCCESS', 'RuntimeError: cuDNN error: CUDNN_STATUS_NOT_INITIALIZED'],
  },
  {
    id: 'cublas.value-refused',
    summary: 'cuBLAS refused the call: libraries of two CUDA versions are mixed, or shapes and types are not supported',
    role: 'cause',
    weighs: { 'user-code-error': 3, 'framework-bug': 2.6, 'driver-version-mismatch': 1 },
    source: cublas,
    literals: [
      'cublas_status_invalid_value',
      'cublas_status_not_supported',
      'cublas_status_arch_mismatch',
      'cublas error: ',
    ],
    pattern:
      /CUBLAS_STATUS_(?:INVALID_VALUE|NOT_SUPPORTED|ARCH_MISMATCH)|cuBLAS Error: (?:an unsupported value|the functionality requested is not)/,
    sees: [
      'RuntimeError: CUDA error: CUBLAS_STATUS_INVALID_VALUE when calling `cublasGemmEx( handle, opa, opb, m, n, k, &falpha, a, CUDA_R_16BF, lda, b, CUDA_R_16BF, ldb, &fbeta, c, CUDA_R_16BF, ldc, CUDA_R_32F, CUBLAS_GEMM_DEFAULT_TENSOR_OP)`',
      'RuntimeError: /tmp/pip-req-build/transformer_engine/common/gemm/cublaslt_gemm.cu:221 in function cublas_gemm: cuBLAS Error: the functionality requested is not supported',
    ],
    ignores: ['CUBLAS_STATUS_SUCCESS'],
  },
  {
    id: 'cublas.execution-failed',
    summary: 'a cuBLAS kernel failed, often long after what broke it',
    role: 'cause',
    weighs: {
      'framework-bug': 1.5,
      'user-code-error': 1.3,
      'gpu-oom': 1,
      'driver-version-mismatch': 0.9,
      'gpu-ecc-uncorrectable': 0.5,
    },
    source: cublas,
    literals: [
      'cublas_status_execution_failed',
      'cublas_status_internal_error',
      'cublas_status_mapping_error',
      'cusolver_status_internal_error',
      'cusolver_status_execution_failed',
      'cufft_internal_error',
      'cufft_exec_failed',
      'cusparse_status_execution_failed',
      'cusparse_status_internal_error',
    ],
    pattern:
      /CUBLAS_STATUS_(?:EXECUTION_FAILED|INTERNAL_ERROR|MAPPING_ERROR)|CUSOLVER_STATUS_(?:INTERNAL_ERROR|EXECUTION_FAILED)|CUFFT_(?:INTERNAL_ERROR|EXEC_FAILED)|CUSPARSE_STATUS_(?:EXECUTION_FAILED|INTERNAL_ERROR)/,
    sees: [
      'RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle, opa, opb, m, n, k, &alpha, a, lda, b, ldb, &beta, c, ldc)`',
      'cusolver error: CUSOLVER_STATUS_INTERNAL_ERROR, when calling `cusolverDnCreate(handle)`',
    ],
    ignores: ['CUBLAS_STATUS_SUCCESS'],
  },
  {
    id: 'cuda.fork.refused',
    summary: 'a forked process uses CUDA that its parent had started',
    role: 'cause',
    weighs: { 'user-code-error': 5, 'framework-bug': 2, 'dataloader-stall': 0.3 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/cuda/__init__.py',
    literals: ['in forked subprocess'],
    pattern: /Cannot re-initialize (?:CUDA|XPU|NPU) in forked subprocess/,
    sees: [
      "RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must use the 'spawn' start method",
    ],
    ignores: ['started 4 forked subprocesses'],
  },
  {
    id: 'cuda.graph.capture-failed',
    summary: 'a CUDA graph could not be captured or replayed',
    role: 'cause',
    weighs: { 'framework-bug': 3.6, 'user-code-error': 1.8, 'nccl-bug': 0.4 },
    source: runtime,
    literals: [
      'when stream is capturing',
      'during capture',
      'outside graph capture',
      'streamcapture',
      'stream_capture',
      'captures_underway',
    ],
    pattern:
      /operation not permitted when stream is capturing|operation failed due to a previous error during capture|[Oo]ffset increment outside graph capture|cudaErrorStreamCapture\w{3,30}|CUDA_ERROR_STREAM_CAPTURE_\w{3,30}|captures_underway[^\n]{0,40}INTERNAL ASSERT FAILED/,
    sees: [
      'RuntimeError: CUDA error: operation not permitted when stream is capturing',
      'RuntimeError: captures_underway.empty() INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp":3028',
    ],
    ignores: ['Capturing CUDA graph shapes: 100%|██████████| 35/35 [00:20<00:00]'],
  },
  {
    id: 'cuda.launch.refused',
    summary: 'a kernel was launched with a size or resources that the GPU does not take',
    role: 'cause',
    weighs: { 'framework-bug': 2.6, 'user-code-error': 2.2 },
    source: runtime,
    literals: [
      'invalid configuration argument',
      'too many resources requested for launch',
      'cudaerrorinvalidconfiguration',
      'cuda_error_launch_out_of_resources',
      'cudaerrorlaunchoutofresources',
      'device kernel image is invalid',
      'cuda error: invalid argument',
      'cuda error: invalid resource handle',
      'invalid device function',
    ],
    pattern:
      /invalid configuration argument|too many resources requested for launch|cudaErrorInvalidConfiguration|CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES|cudaErrorLaunchOutOfResources|device kernel image is invalid|CUDA error: (?:invalid argument|invalid resource handle)|invalid device function/i,
    sees: [
      'RuntimeError: CUDA error: invalid configuration argument',
      'RuntimeError: CUDA error: too many resources requested for launch',
      'CUDA error (/workspace/xformers/csrc/attention/cuda/fmha/kernel_forward.h:146): invalid device function',
    ],
    ignores: ['the configuration argument is valid'],
  },
]);

import { lineDetector } from './line-patterns.ts';

/** A program that finds no memory on a GPU for so much as its context: it has used none, so somebody else holds it. */
export const cudaContextMemory = lineDetector('cuda-context-memory', [
  {
    id: 'cuda.context.no-memory',
    summary: 'there is not even room for a context on the GPU: others hold its memory before the program has begun',
    role: 'cause',
    // Where frameworks take all memory at their start, the other holder may be a second rank or engine of the same job.
    weighs: { 'foreign-gpu-process': 5.6, 'gpu-oom': 1.8, 'launcher-rank-misconfig': 1.8, 'host-oom': 0.2 },
    source: 'https://github.com/tensorflow/tensorflow/issues/30594',
    literals: [
      'cudeviceprimaryctxretain',
      'cuctxcreate',
      'ctxcreate',
      'make_context',
      'initializing streamexecutor',
      'create streamexecutor',
      'thcgeneral.cpp',
      'cuda initialization failure with error',
      'cuda context',
      'gpu context',
    ],
    pattern:
      /\b(?:cuDevicePrimaryCtxRetain|cuCtxCreate(?:_v\d)?|cuGLCtxCreate)\b[^\n]{0,80}?(?:\bCUDA_ERROR_OUT_OF_MEMORY|out of memory|\(2\)|\berror (?:code )?2\b)|(?:\binitializing|\bcreate) StreamExecutor for (?:CUDA|ROCM|ROCm)[^\n]{0,160}?(?:CUDA_ERROR_OUT_OF_MEMORY|HIP_ERROR_OutOfMemory|hipErrorOutOfMemory|out of memory)|THCGeneral\.cpp[^\n]{0,30}(?:error=2\b|out of memory)|cuda runtime error \(2\) : out of memory at [^\n]{0,120}THCGeneral\.cpp|(?:\bCUDA initialization failure with error:? 2\b|(?:[Ff]ailed to|[Uu]nable to|[Cc]ould not|[Cc]annot) (?:create|initiali[sz]e) (?:a )?(?:CUDA|GPU) context[^\n]{0,60}out of memory|[Ee]rror (?:while )?creating (?:a )?CUDA context[^\n]{0,60}out of memory)/,
    sees: [
      '2019-07-11 12:42:11.226602: W tensorflow/compiler/xla/service/platform_util.cc:240] unable to create StreamExecutor for CUDA:0: failed initializing StreamExecutor for CUDA device ordinal 0: Internal: failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY: out of memory; total memory reported: 11523260416',
      'tensorflow.python.framework.errors_impl.InternalError: failed initializing StreamExecutor for CUDA device ordinal 0: Internal: failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY; total memory reported: 18446744073709551615',
      'numba.cuda.cudadrv.driver.CudaAPIError: [2] Call to cuDevicePrimaryCtxRetain results in CUDA_ERROR_OUT_OF_MEMORY',
      'pycuda._driver.MemoryError: cuCtxCreate failed: out of memory',
      'THCudaCheck FAIL file=/pytorch/aten/src/THC/THCGeneral.cpp line=50 error=2 : out of memory',
      'RuntimeError: cuda runtime error (2) : out of memory at /pytorch/aten/src/THC/THCGeneral.cpp:50',
      '[TensorRT] ERROR: CUDA initialization failure with error 2. Please check your CUDA installation',
      '[AVHWDeviceContext @ 0x55d] cu->cuCtxCreate(&hwctx->cuda_ctx, desired_flags, hwctx->internal->cuda_device) failed -> CUDA_ERROR_OUT_OF_MEMORY: out of memory',
    ],
    ignores: [
      'E tensorflow/stream_executor/cuda/cuda_driver.cc:924] failed to allocate 90.48M (94873600 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY',
      'failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_INVALID_DEVICE',
      'failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_ECC_UNCORRECTABLE: uncorrectable ECC error encountered',
      'cuCtxCreate failed: CUDA_ERROR_DEVICE_UNAVAILABLE',
      'RuntimeError: CUDA error: out of memory',
    ],
  },
]);

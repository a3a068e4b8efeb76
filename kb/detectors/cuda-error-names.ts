import { lineDetector } from './line-patterns.ts';

const runtime = 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html';
const driver = 'https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__TYPES.html';

/** Errors of CUDA and HIP, by name or by text, that others do not read already. What NCCL quotes has its own readers. */
export const cudaErrorNames = lineDetector('cuda-error-names', [
  {
    id: 'cuda.jit.compiler-missing',
    summary: "the driver's compiler for PTX is missing or switched off: the container got only a part of the driver",
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3, 'driver-version-mismatch': 2.4, 'user-code-error': 0.6 },
    source: runtime,
    literals: [
      'ptx jit compiler library not found',
      'jit_compiler_not_found',
      'jitcompilernotfound',
      'ptx jit compilation was disabled',
      'jit_compilation_disabled',
      'jitcompilationdisabled',
      'libnvidia-ptxjitcompiler.so',
    ],
    pattern:
      /PTX JIT compiler library not found|PTX JIT compilation was disabled|CUDA_ERROR_JIT_(?:COMPILER_NOT_FOUND|COMPILATION_DISABLED)|cudaErrorJit(?:CompilerNotFound|CompilationDisabled)|libnvidia-ptxjitcompiler\.so(?:\.1)?: cannot open shared object/,
    sees: [
      'RuntimeError: CUDA error: PTX JIT compiler library not found',
      'cuModuleLoadData failed: CUDA_ERROR_JIT_COMPILER_NOT_FOUND',
    ],
    ignores: ['PTX JIT compilation took 3 s'],
  },
  {
    id: 'cuda.ptx.refused',
    summary: 'compiled code for the GPU was refused by an assembler or driver that does not know it, or is broken',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 1.8, 'framework-bug': 1.8, 'user-code-error': 1.6 },
    source: runtime,
    literals: [
      'a ptx jit compilation failed',
      'cuda_error_invalid_ptx',
      'cudaerrorinvalidptx',
      'unsupported .version',
      'ptx jit compilation failed',
    ],
    pattern:
      /PTX JIT compilation failed|CUDA_ERROR_INVALID_PTX|cudaErrorInvalidPtx|Unsupported \.version \d{1,2}\.\d; current version is/,
    sees: [
      'RuntimeError: CUDA error: a PTX JIT compilation failed',
      "ptxas application ptx input, line 9; fatal   : Unsupported .version 8.4; current version is '8.0'",
    ],
    ignores: ['ptxas info    : 0 bytes gmem'],
  },
  {
    id: 'cuda.start.failed',
    summary: 'CUDA could not start in a process, without saying why: often a fork, the driver or its devices',
    role: 'cause',
    weighs: {
      'user-code-error': 1.6,
      'driver-version-mismatch': 1.6,
      'container-toolkit-misconfig': 1.2,
      'fabricmanager-not-running': 0.5,
      'cgroup-device-loss': 0.5,
      'gpu-driver-bug': 0.9,
    },
    source: driver,
    literals: [
      'initialization error',
      'cudaerrorinitializationerror',
      'cuda_error_not_initialized',
      'hiperrornotinitialized',
      'startup failure in cuda runtime',
      'cuda driver initialization failed',
    ],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: (?:initialization error|startup failure in cuda runtime)|cudaErrorInitializationError|CUDA_ERROR_NOT_INITIALIZED|hipErrorNotInitialized|cudaGetDeviceCount[^\n]{0,140}\binitialization error|\(error code initialization error\)|CUDA driver initialization failed, you might not have a CUDA gpu/,
    sees: [
      'RuntimeError: CUDA error: initialization error',
      'UserWarning: CUDA initialization: Unexpected error from cudaGetDeviceCount(). Error 3: initialization error',
      'could not retrieve CUDA device count: CUDA_ERROR_NOT_INITIALIZED: initialization error',
      'Failed to allocate device vector A (error code initialization error)!',
    ],
    ignores: [
      "node-03:1:2 [0] init.cc:300 NCCL WARN Cuda failure 'initialization error'",
      'nvidia-container-cli: initialization error: nvml error: driver not loaded',
    ],
  },
  {
    id: 'cuda.start.no-memory',
    summary: 'CUDA found no memory at its very start: a limit on the process, or a GPU that others fill',
    role: 'cause',
    weighs: { 'ulimit-too-low': 1.6, 'foreign-gpu-process': 1.6, 'host-oom': 0.8, 'gpu-driver-bug': 0.5 },
    source: runtime,
    literals: ['error 2: out of memory'],
    pattern: /cudaGetDeviceCount\(\)[^\n]{0,140}Error 2: out of memory/,
    sees: ['UserWarning: CUDA initialization: Unexpected error from cudaGetDeviceCount(). Error 2: out of memory'],
    ignores: ['Error 2: out of memory in worker'],
  },
  {
    id: 'cuda.init.library-missing',
    summary: "a program could not open the driver's library, or none of the GPUs that it names",
    role: 'context',
    weighs: { 'container-toolkit-misconfig': 1, 'driver-version-mismatch': 0.9, 'user-code-error': 0.3 },
    source: 'https://github.com/openxla/xla/blob/main/xla/stream_executor/cuda/cuda_diagnostics.cc',
    literals: ['failed call to cuinit', 'could not find cuda drivers on your machine'],
    pattern:
      /failed call to cuInit: [^\n]{0,60}UNKNOWN ERROR \((?:34|100|303)\)|Could not find cuda drivers on your machine/i,
    sees: [
      'failed call to cuInit: UNKNOWN ERROR (303)',
      'Could not find cuda drivers on your machine, GPU will not be used.',
    ],
    ignores: ['failed call to cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH'],
  },
  {
    id: 'cuda.shared-object.failed',
    summary: 'a library of CUDA, or a symbol in it, could not be loaded',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 2, 'user-code-error': 1.6, 'container-toolkit-misconfig': 1 },
    source: driver,
    literals: [
      'shared object initialization failed',
      'shared object symbol not found',
      'shared_object_',
      'sharedobject',
      'cannot dlopen some gpu libraries',
    ],
    pattern:
      /(?:CUDA|HIP)[^\n]{0,24}: shared object (?:initialization failed|symbol not found)|CUDA_ERROR_SHARED_OBJECT_(?:INIT_FAILED|SYMBOL_NOT_FOUND)|(?:cuda|hip)ErrorSharedObject(?:InitFailed|SymbolNotFound)|Cannot dlopen some GPU libraries/,
    sees: [
      'RuntimeError: CUDA error: shared object initialization failed',
      'W0000 gpu_device.cc:2251] Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above are installed properly',
    ],
    ignores: ["node-03:1:2 [0] NCCL WARN Cuda failure 'shared object symbol not found'"],
  },
  {
    id: 'cuda.symbol.missing',
    summary: 'a kernel or a function is not in what was loaded: builds that do not belong together',
    role: 'cause',
    weighs: { 'framework-bug': 1.8, 'user-code-error': 1.6, 'driver-version-mismatch': 1.2 },
    source: driver,
    literals: [
      'named symbol not found',
      'cuda_error_not_found',
      'cudaerrorsymbolnotfound',
      'hiperrornotfound',
      'invalid device symbol',
      'cudaerrorinvalidsymbol',
    ],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: (?:named symbol not found|invalid device symbol)|CUDA_ERROR_NOT_FOUND|cudaErrorSymbolNotFound|hipErrorNotFound|cudaErrorInvalidSymbol/,
    sees: ['RuntimeError: CUDA error: named symbol not found', 'cuModuleGetFunction failed: CUDA_ERROR_NOT_FOUND'],
    ignores: ["node-03:1:2 [0] NCCL WARN Cuda failure 'named symbol not found'"],
  },
  {
    id: 'cuda.state.illegal',
    summary:
      'CUDA cannot do what is asked in the state that the system is in, as where the NVLink fabric is not set up',
    role: 'cause',
    weighs: {
      'fabricmanager-not-running': 1.8,
      'framework-bug': 1.4,
      'gpu-driver-bug': 0.8,
      'nvlink-fabric-error': 0.6,
    },
    source: driver,
    literals: ['cannot be performed in the present state', 'cuda_error_illegal_state', 'cudaerrorillegalstate'],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: the operation cannot be performed in the present state|CUDA_ERROR_ILLEGAL_STATE|cudaErrorIllegalState/,
    sees: [
      'RuntimeError: CUDA error: the operation cannot be performed in the present state',
      'cuMemCreate failed: CUDA_ERROR_ILLEGAL_STATE',
    ],
    ignores: [
      "Failed to bind NVLink SHARP (NVLS) Multicast memory of size 2097152 : CUDA error 401 'the operation cannot be performed in the present state'.",
    ],
  },
  {
    id: 'cuda.operation.refused',
    summary: 'the driver does not permit, or does not support, what a program asks on this system',
    role: 'cause',
    weighs: {
      'framework-bug': 1.5,
      'driver-version-mismatch': 1.3,
      'container-toolkit-misconfig': 1.2,
      'user-code-error': 0.9,
      'permission-misconfig': 0.6,
    },
    source: driver,
    literals: [
      'operation not permitted',
      'operation not supported',
      'cuda_error_not_permitted',
      'cuda_error_not_supported',
      'cudaerrornotpermitted',
      'cudaerrornotsupported',
      'hiperrornotsupported',
      'execution affinity is not supported',
      'unsupported_exec_affinity',
      'unsupportedexecaffinity',
    ],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: (?:operation not (?:permitted|supported)(?! (?:when|on an event|on global))|the provided execution affinity is not supported)|CUDA_ERROR_(?:NOT_PERMITTED|NOT_SUPPORTED|UNSUPPORTED_EXEC_AFFINITY)\b|(?:cuda|hip)Error(?:NotPermitted|NotSupported|UnsupportedExecAffinity)\b/,
    sees: [
      'RuntimeError: CUDA error: operation not supported',
      'RuntimeError: CUDA error: operation not permitted',
      'cuMemExportToShareableHandle failed: CUDA_ERROR_NOT_SUPPORTED',
    ],
    ignores: [
      'RuntimeError: CUDA error: operation not permitted when stream is capturing',
      "node-03:1:2 [0] NCCL WARN Cuda failure 800 'operation not permitted'",
      'mount: operation not permitted',
    ],
  },
  {
    id: 'cuda.launch.timed-out',
    summary: 'a kernel ran longer than the driver lets it',
    role: 'cause',
    weighs: { 'framework-bug': 1, 'user-code-error': 1, 'gpu-driver-bug': 0.8, 'gpu-fell-off-bus': 0.4 },
    source: runtime,
    literals: ['the launch timed out and was terminated', 'launch_timeout', 'launchtimeout'],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: the launch timed out and was terminated|CUDA_ERROR_LAUNCH_TIMEOUT|(?:cuda|hip)ErrorLaunchTime[oO]ut/,
    sees: ['RuntimeError: CUDA error: the launch timed out and was terminated', 'failed: CUDA_ERROR_LAUNCH_TIMEOUT'],
    ignores: ["node-03:1:2 [0] NCCL WARN Cuda failure 'the launch timed out and was terminated'"],
  },
  {
    id: 'cuda.context.gone',
    summary: 'a program goes on to use CUDA after it was shut down, or with a context that is not its own',
    role: 'symptom',
    weighs: { 'framework-bug': 1, 'user-code-error': 0.6 },
    source: driver,
    literals: [
      'driver shutting down',
      'context is destroyed',
      'invalid device context',
      'incompatible driver context',
      'cuda_error_deinitialized',
      'cuda_error_context_is_destroyed',
      'cuda_error_invalid_context',
      'cudaerrorcudartunloading',
      'cudaerrorcontextisdestroyed',
      'cudaerrordeviceuninitialized',
      'cudaerrorincompatibledrivercontext',
      'hiperrorcontextisdestroyed',
      'hiperrordeinitialized',
    ],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: (?:driver shutting down|context is destroyed|invalid device context|incompatible driver context)|CUDA_ERROR_(?:DEINITIALIZED|CONTEXT_IS_DESTROYED|INVALID_CONTEXT)|cudaError(?:CudartUnloading|ContextIsDestroyed|DeviceUninitialized|IncompatibleDriverContext)|hipError(?:ContextIsDestroyed|Deinitialized)/,
    sees: ['RuntimeError: CUDA error: driver shutting down', 'cuEventDestroy failed: CUDA_ERROR_CONTEXT_IS_DESTROYED'],
    ignores: ["node-03:1:2 [0] init.cc:300 NCCL WARN Cuda failure 4 'driver shutting down'"],
  },
  {
    id: 'cuda.licence.missing',
    summary: 'a virtual GPU has no licence, or the driver package fails its own integrity check',
    role: 'cause',
    weighs: { unlisted: 2, 'driver-version-mismatch': 1.6, 'container-toolkit-misconfig': 0.4 },
    source: runtime,
    literals: [
      'grid license',
      'device_not_licensed',
      'devicenotlicensed',
      'integrity checks failed',
      'softwarevalidity',
    ],
    pattern:
      /device doesn't have valid Grid license|CUDA_ERROR_DEVICE_NOT_LICENSED|cudaErrorDeviceNotLicensed|CUDA error: integrity checks failed|cudaErrorSoftwareValidityNotEstablished/,
    sees: [
      "RuntimeError: CUDA error: device doesn't have valid Grid license",
      'failed: CUDA_ERROR_DEVICE_NOT_LICENSED',
    ],
    ignores: ['Grid license acquired successfully'],
  },
  {
    // Arguments, handles and registrations that do not fit: a defect of the program or of its libraries.
    id: 'cuda.call.refused',
    summary: 'CUDA refuses a call for its arguments or for what was done before',
    role: 'cause',
    weighs: { 'framework-bug': 2.2, 'user-code-error': 2, 'driver-version-mismatch': 0.4 },
    source: runtime,
    literals: ['cuda error: ', 'hip error: ', 'cuda driver error: ', 'cudaerror', 'cuda_error_', 'hiperror'],
    pattern:
      /(?:CUDA|HIP) (?:driver )?error: (?:invalid (?:pitch argument|(?:host|device) pointer|texture reference|surface reference|copy direction for memcpy|argument|resource handle)|__global__ function call is not configured|launch would exceed maximum depth|too many blocks in cooperative launch|kernel launch failed due to cluster misconfiguration|function handle is not loaded|Unexpected kernel type|resource type or configuration is invalid|tensor memory not completely freed|part or all of the requested memory range is already mapped|pointer does not correspond to a registered memory region|peer access (?:is already|has not been) enabled|cannot set while device is active|resource (?:already|not) (?:mapped|acquired)|limit is not supported on this architecture)|(?<!(?:[=!]=|case|int|return|const) ?)cudaError(?:InvalidValue|InvalidPitchValue|InvalidHostPointer|InvalidDevicePointer|InvalidMemcpyDirection|InvalidResourceHandle|MissingConfiguration|LaunchMaxDepthExceeded|CooperativeLaunchTooLarge|InvalidClusterSize|FunctionNotLoaded|InvalidResource(?:Type|Configuration)|TensorMemoryLeak|HostMemory(?:AlreadyRegistered|NotRegistered)|PeerAccess(?:AlreadyEnabled|NotEnabled)|SetOnActiveProcess|UnsupportedLimit)\b|(?<!(?:[=!]=|case|int|return|const) ?)CUDA_ERROR_(?:INVALID_VALUE|INVALID_HANDLE|COOPERATIVE_LAUNCH_TOO_LARGE|INVALID_CLUSTER_SIZE|FUNCTION_NOT_LOADED|TENSOR_MEMORY_LEAK|HOST_MEMORY_(?:ALREADY|NOT)_REGISTERED|PRIMARY_CONTEXT_ACTIVE|CONTEXT_ALREADY_CURRENT|ALREADY_ACQUIRED|UNSUPPORTED_LIMIT|MAP_FAILED|UNMAP_FAILED)\b|hipErrorInvalid(?:Value|Handle|DevicePointer|Configuration)\b/,
    sees: [
      'RuntimeError: CUDA error: too many blocks in cooperative launch',
      'cuLaunchKernel failed with error: CUDA_ERROR_INVALID_VALUE',
      'CUDA error at src/x.cu:44 code=1(cudaErrorInvalidValue) "cudaMemcpyAsync(dst, src, n)"',
      'RuntimeError: HIP error: invalid argument',
    ],
    ignores: [
      "node-03:1:2 [0] enqueue.cc:402 NCCL WARN Cuda failure 'invalid argument'",
      'cuLaunchKernel failed with error: CUDA_ERROR_ECC_UNCORRECTABLE',
      'if err != cudaErrorInvalidValue: retry()',
    ],
  },
  {
    // Torch's sentence without its end, which names the error (802, 803, 804): that has readers of its own.
    id: 'cuda.count.unexpected',
    summary: 'the driver could not count the GPUs, and the log does not say why',
    role: 'cause',
    weighs: {
      'driver-version-mismatch': 2.2,
      'fabricmanager-not-running': 1.2,
      'container-toolkit-misconfig': 1,
      'gpu-driver-bug': 0.6,
    },
    source: 'https://github.com/pytorch/pytorch/blob/main/c10/cuda/CUDAFunctions.cpp',
    literals: ['unexpected error from cudagetdevicecount', 'error from cudagetdevicecount'],
    pattern:
      /[Ee]rror from cudaGetDeviceCount\(\)(?!(?:[^\n]{0,240}\b(?:Error |CUDA_ERROR_|cudaError)|[^\n]{0,60}: \w))/,
    sees: [
      'Error executing the caller, Unexpected error from cudaGetDeviceCount()?',
      'RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error?',
    ],
    ignores: [
      'RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 802: system not yet initialized',
      'error from cudaGetDeviceCount(): out of memory',
    ],
  },
]);

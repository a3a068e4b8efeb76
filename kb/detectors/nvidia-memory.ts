import { lineDetector } from './line-patterns.ts';

const memoryGuide = 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html';

/** GPU memory errors as CUDA, NCCL, NVML tools and DCGM word them. */
export const nvidiaMemory = lineDetector('nvidia-memory', [
  {
    id: 'nvidia.ecc.uncorrectable',
    summary: 'a program met an uncorrectable memory error of its GPU',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 6.8 },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: [
      'uncorrectable ecc',
      'ecc_uncorrectable',
      'eccuncorrectable',
      'double bit ecc',
      'double-bit ecc',
      'dbe_detected',
      'volatile_dbe',
      'double-bit',
      'double bit',
    ],
    pattern:
      /uncorrectable ECC error|ECC_?UNCORRECTABLE|double[ -]bit ECC error|Detected [1-9]\d* (?:volatile|aggregate) double[ -]bit|DCGM_FR_VOLATILE_DBE_DETECTED|uncorrectable ECC memory error/i,
    sees: [
      'RuntimeError: CUDA error: uncorrectable ECC error encountered',
      "node-03:815:864 [0] transport/net.cc:1000 NCCL WARN Cuda failure 'uncorrectable ECC error encountered'",
      'failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_ECC_UNCORRECTABLE: uncorrectable ECC error encountered',
      '| Warning                   | GPU 3: Detected 2 volatile double-bit ECC erro |',
    ],
    ignores: ['Volatile Uncorr. ECC : 0', 'ECC Mode: Enabled', '        Double Bit ECC                    : 0'],
  },
  {
    id: 'nvidia.row-remap.failed',
    summary: 'row remapping failed: the spare rows of a bank are used up',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 6.5 },
    source: memoryGuide,
    literals: ['remapping failure', 'row remap', 'row_remap', 'remapped_rows', 'row remapper', 'row-remap'],
    pattern:
      /Remapping Failure Occurred\s{0,40}: Yes|row[_ -]remap(?:per|ping)?[^\n]{0,60}(?:fail(?:ed|ure)|exhausted|out of)(?!\w*\s{0,10}[:=]\s{0,10}(?:0|no|false)\b)|DCGM_FR_ROW_REMAP_FAILURE/i,
    sees: [
      '        Remapping Failure Occurred        : Yes',
      'NVRM: Row Remapper: Failed to remap row: exhausted',
      'GPU 3 has row remap failure',
    ],
    ignores: ['        Remapping Failure Occurred        : No', 'row_remap_failure: 0'],
  },
  {
    id: 'nvidia.row-remap.pending',
    summary: 'a faulty row waits for remapping at the next reset',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 4 },
    source: memoryGuide,
    literals: ['pending', 'row remap', 'page retirement'],
    pattern:
      /(?:row remapping|remapped rows?|page retirement|retired pages?)[^\n]{0,40}pending\b(?!\s{0,40}[:=]\s{0,10}(?:no|0|false)\b)|DCGM_FR_PENDING_(?:PAGE_RETIREMENTS|ROW_REMAP)|^\s{8,16}Pending(?: Page Blacklist)?\s{8,40}: Yes\s*$/i,
    sees: [
      'GPU 3: row remapping is pending, reset required',
      'Row remapping pending: Yes',
      '            Pending                           : Yes',
    ],
    ignores: [
      'Row remapping pending: No',
      'job pending in queue',
      '            Pending                           : No',
    ],
  },
  {
    id: 'nvidia.ecc.counter-nonzero',
    summary: 'the uncorrectable error counter of a GPU is not zero',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 4 },
    source: memoryGuide,
    literals: ['uncorrectable', 'uncorr'],
    pattern:
      /\b(?:(?:DRAM|SRAM|Volatile|Aggregate)[ _]Uncorr(?:ectable)?(?:[ _.]?ECC)?(?:[ _]Errors?)?)\s{0,40}[:=]\s{0,10}(?<count>[1-9]\d{0,12})\b/i,
    sees: ['            DRAM Uncorrectable            : 3', 'volatile uncorrectable errors: 2'],
    ignores: ['            DRAM Uncorrectable            : 0'],
  },
  {
    id: 'nvidia.cuda.illegal-access',
    summary: 'a kernel read or wrote memory that is not its own',
    role: 'cause',
    weighs: {
      'framework-bug': 1.4,
      'user-code-error': 1.4,
      'nccl-bug': 0.6,
      'gpu-ecc-uncorrectable': 0.3,
      'gpu-driver-bug': 0.3,
    },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: [
      'illegal memory access',
      'illegaladdress',
      'illegal_address',
      'misaligned address',
      'illegal instruction was encountered',
      'unspecified launch failure',
      'illegal_instruction',
      'illegalinstruction',
      'misaligned_address',
      'misalignedaddress',
      'launch_failed',
      'cudaerrorlaunchfailure',
    ],
    pattern:
      /(?<!to avoid )illegal memory access|ILLEGAL_?ADDRESS|misaligned address|illegal instruction was encountered|unspecified launch failure|CUDA_ERROR_(?:ILLEGAL_INSTRUCTION|MISALIGNED_ADDRESS|LAUNCH_FAILED)\b|cudaError(?:IllegalInstruction|MisalignedAddress|LaunchFailure)\b/i,
    sees: [
      'RuntimeError: CUDA error: an illegal memory access was encountered',
      'cuStreamSynchronize failed: CUDA_ERROR_LAUNCH_FAILED',
    ],
    ignores: ['no illegal access found'],
  },
  {
    id: 'nvidia.cuda.device-assert',
    summary: 'an assertion in device code failed: an index or label out of range in the program',
    role: 'cause',
    weighs: { 'user-code-error': 4.5, 'framework-bug': 0.5 },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: [
      'device-side assert',
      'index out of bounds"` failed',
      '` failed.',
      '], thread: [',
      'cuda_error_assert',
      'cudaerrorassert',
    ],
    pattern:
      /device-side assert triggered|CUDA_ERROR_ASSERT\b|cudaErrorAssert\b|block: \[\d+,\d+,\d+\], thread: \[\d+,\d+,\d+\] Assertion(?! `(?:!isnan|probability tensor))/i,
    sees: [
      'RuntimeError: CUDA error: device-side assert triggered',
      '../aten/src/ATen/native/cuda/Indexing.cu:1290: indexSelectLargeIndex: block: [12,0,0], thread: [96,0,0] Assertion `srcIndex < srcSelectDimSize` failed.',
    ],
    ignores: ['Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.'],
  },
]);

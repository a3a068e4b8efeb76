import { lineDetector } from './line-patterns.ts';

const rocr = 'https://github.com/ROCm/ROCR-Runtime/blob/master/runtime/hsa-runtime/core/runtime/runtime.cpp';
const clr = 'https://github.com/ROCm/clr/blob/develop/rocclr/device/rocm/rocdevice.cpp';
const kfd = 'https://github.com/torvalds/linux/tree/master/drivers/gpu/drm/amd/amdkfd';
const smi = 'https://github.com/ROCm/rocm_smi_lib/blob/develop/python_smi_tools/rocm_smi.py';

/** What ROCm's runtime, libraries and tools say of AMD GPUs; the kernel's own words have their file. */
export const amdRuntime = lineDetector('amd-runtime', [
  {
    id: 'amd.memory-access.fault',
    summary: 'a kernel on an AMD GPU read or wrote memory that is not its own',
    role: 'cause',
    weighs: { 'framework-bug': 1.6, 'user-code-error': 1.4, 'gpu-driver-bug': 0.8, 'gpu-ecc-uncorrectable': 0.2 },
    source: rocr,
    literals: ['memory access fault by gpu', 'hsa_status_error_memory_', 'hsa_status_error_illegal_instruction'],
    pattern:
      /Memory access fault by GPU node-(?<gpu>\d{1,2})|HSA_STATUS_ERROR_(?:MEMORY_APERTURE_VIOLATION|MEMORY_FAULT|ILLEGAL_INSTRUCTION)/,
    sees: [
      'Memory access fault by GPU node-2 (Agent handle: 0x5581) on address 0x7f1234000. Reason: Page not present or supervisor privilege.',
      ':0:rocdevice.cpp :2984: Callback: Queue 0x7f00 aborting with error : HSA_STATUS_ERROR_MEMORY_APERTURE_VIOLATION: The agent attempted to access memory beyond the largest legal address. code: 0x29',
    ],
    ignores: ['memory access is coherent'],
  },
  {
    id: 'amd.ecc.reported',
    summary: 'the runtime reports an uncorrectable memory error of an AMD GPU',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 5 },
    source: rocr,
    literals: ['reason :ecc', 'reason: ecc', 'reason : ecc', 'reason:ecc', 'hiperroreccnotcorrectable'],
    pattern: /HW Exception by GPU node-\d{1,2}[^\n]{0,60}reason ?: ?ECC|hipErrorECCNotCorrectable/,
    sees: ['HW Exception by GPU node-1 (Agent handle: 0x5581) reason :ECC', 'failed with hipErrorECCNotCorrectable'],
    ignores: ['HW Exception by GPU node-1 (Agent handle: 0x5581) reason :GPU Hang'],
  },
  {
    id: 'amd.hardware-exception',
    summary: 'an AMD GPU hung or raised a hardware exception under a program',
    role: 'cause',
    weighs: {
      'gpu-driver-bug': 2,
      'framework-bug': 1,
      'gpu-ecc-uncorrectable': 0.8,
      'gpu-fell-off-bus': 0.7,
      'host-hardware-fault': 0.5,
    },
    source: clr,
    literals: [
      'hw exception by gpu',
      'hsa_status_error_exception',
      'hsa_status_error_fatal',
      'memory critical error by agent',
    ],
    pattern:
      /HW Exception by GPU node-(?<gpu>\d{1,2})(?![^\n]{0,60}reason ?: ?ECC)|HSA_STATUS_ERROR_(?:EXCEPTION|FATAL)\b|Memory critical error by agent node-/,
    sees: [
      'HW Exception by GPU node-1 (Agent handle: 0x5581) reason :GPU Hang',
      'Callback: Queue 0x7f00 Aborting with error : HSA_STATUS_ERROR_EXCEPTION: An HSAIL operation resulted in a hardware exception. code: 0x1016',
    ],
    ignores: ['HW Exception by GPU node-1 (Agent handle: 0x5581) reason :ECC'],
  },
  {
    id: 'amd.resources.short',
    summary: "ROCm's runtime could not get memory, threads or queues",
    role: 'cause',
    weighs: {
      'gpu-oom': 1.6,
      'gpu-driver-bug': 1,
      'host-oom': 0.8,
      'ulimit-too-low': 0.5,
      'permission-misconfig': 0.4,
    },
    source: clr,
    literals: ['hsa_status_error_out_of_resources', 'hiperrorruntimememory'],
    pattern: /HSA_STATUS_ERROR_OUT_OF_RESOURCES|hipErrorRuntimeMemory/,
    sees: [
      'Queue Aborting with error : HSA_STATUS_ERROR_OUT_OF_RESOURCES: The runtime failed to allocate the necessary resources. code: 0x1008',
      'hsa_init failed: HSA_STATUS_ERROR_OUT_OF_RESOURCES',
    ],
    ignores: ['HSA_STATUS_SUCCESS'],
  },
  {
    id: 'amd.device.denied',
    summary: 'a process may not open the device files of AMD GPUs',
    role: 'cause',
    weighs: { 'permission-misconfig': 3, 'container-toolkit-misconfig': 2.2, 'cgroup-device-loss': 0.8 },
    source: 'https://rocm.docs.amd.com/projects/install-on-linux/en/latest/install/prerequisites.html',
    literals: ['/dev/kfd', '/dev/dri/', 'render group', 'video group'],
    pattern:
      /\/dev\/(?:kfd|dri\/renderD\d{1,3})\b[^\n]{0,20}: (?:Permission denied|Operation not permitted)|is not (?:in|member of) (?:the )?(?:render|video) group|user is not in render group/,
    sees: ['Unable to open /dev/kfd read-write: Permission denied', 'user is not in render group, ROCm access denied'],
    ignores: ['root is member of render group', 'Unable to open /dev/kfd read-write: No such file or directory'],
  },
  {
    id: 'amd.driver.absent',
    summary: 'the kernel driver of AMD GPUs is not loaded, or not seen from where the program runs',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 2.6, 'container-toolkit-misconfig': 2.2, 'cgroup-device-loss': 0.4 },
    source: smi,
    literals: [
      '/dev/kfd',
      'rock module is not loaded',
      'amdgpu not found in modules',
      'unable to detect any gpu devices',
      'module amdgpu not found',
      'no rocm-capable device',
      'hiperrornodevice',
      'no hip gpus are available',
      'could not initialize tensile host: no devices found',
    ],
    pattern:
      /\/dev\/kfd\b[^\n]{0,20}: No such (?:file|device)|ROCk module is NOT loaded|amdgpu not found in modules|Unable to detect any GPU devices, check amdgpu|Module amdgpu not found in directory|no ROCm-capable device is detected|hipErrorNoDevice|No HIP GPUs are available|Could not initialize Tensile host: No devices found/,
    sees: [
      'Unable to open /dev/kfd read-write: No such file or directory',
      'ROCk module is NOT loaded, possibly no GPU devices',
      'RuntimeError: No HIP GPUs are available',
      'Driver not loaded (amdgpu not found in modules)',
    ],
    ignores: ['ROCk module is loaded'],
  },
  {
    id: 'amd.code-object.missing',
    summary: "the program's or a library's code was not built for this AMD GPU",
    role: 'cause',
    weighs: { 'user-code-error': 3.4, 'framework-bug': 1.6, 'driver-version-mismatch': 1.2 },
    source: 'https://github.com/ROCm/clr/blob/develop/hipamd/src/hip_code_object.cpp',
    literals: ['hiperrornobinaryforgpu', 'code object for all current devices', 'for gpu arch : gfx', 'tensilelibrary'],
    pattern:
      /hipErrorNoBinaryForGpu|Unable to find code object for all current devices|Illegal seek for GPU arch : gfx\w{3,5}|Cannot read \S{1,120}TensileLibrary\S{0,40}: /,
    sees: [
      'hipErrorNoBinaryForGpu: Unable to find code object for all current devices!',
      'rocBLAS error: Cannot read /opt/rocm/lib/rocblas/library/TensileLibrary.dat: Illegal seek for GPU arch : gfx1030',
    ],
    ignores: ['loaded code object for gfx942'],
  },
  {
    id: 'amd.library.failed',
    summary: "one of ROCm's libraries failed on the GPU, without saying why",
    role: 'cause',
    weighs: {
      'framework-bug': 1.5,
      'gpu-oom': 1,
      'user-code-error': 1,
      'driver-version-mismatch': 0.9,
      'gpu-driver-bug': 0.5,
    },
    source: 'https://github.com/ROCm/MIOpen',
    literals: [
      'miopenstatus',
      'hipblas_status_',
      'rocblas_status_internal_error',
      'rocblas_status_memory_error',
      'miopen error',
    ],
    pattern:
      /miopenStatus(?:UnknownError|InternalError|NotInitialized)|HIPBLAS_STATUS_(?:INTERNAL_ERROR|EXECUTION_FAILED|UNKNOWN|MAPPING_ERROR)|rocblas_status_(?:internal|memory)_error|MIOpen Error: (?![^\n]{0,160}(?:Code object build failed|database))/,
    sees: [
      'RuntimeError: miopenStatusUnknownError',
      'RuntimeError: CUDA error: HIPBLAS_STATUS_INTERNAL_ERROR when calling `hipblasGemmEx`',
    ],
    ignores: ['miopenStatusSuccess', 'rocblas_status_success'],
  },
  {
    id: 'amd.library.missing',
    summary: "ROCm's libraries are not where the program looks, or not of the release that it needs",
    role: 'cause',
    weighs: { 'user-code-error': 2.2, 'container-toolkit-misconfig': 1.6, 'driver-version-mismatch': 1.4 },
    source: 'https://rocm.docs.amd.com/projects/install-on-linux/en/latest/',
    literals: ['librocm', 'libamdhip64', 'libhsa-runtime64', 'libamd_smi', 'librccl', 'libmiopen', 'librocblas'],
    pattern:
      /lib(?:rocm_smi64|amdhip64|hsa-runtime64|amd_smi|rccl|MIOpen|rocblas)\.so[\d.]{0,8}: (?:cannot open shared object file|version `[^'\n]{1,30}' not found|undefined symbol)/,
    sees: [
      'ImportError: libamdhip64.so.6: cannot open shared object file: No such file or directory',
      "libhsa-runtime64.so.1: version `ROCR_1' not found",
    ],
    ignores: ['loaded /opt/rocm/lib/libamdhip64.so.6'],
  },
  {
    id: 'amd.atomics.missing',
    summary: 'the PCIe path to an AMD GPU does not carry atomic operations, so compute leaves the card out',
    role: 'cause',
    weighs: { 'host-hardware-fault': 1.8, 'driver-version-mismatch': 1, 'gpu-driver-bug': 0.6 },
    source: kfd,
    literals: [
      'pci rejects atomics',
      'pcie atomic ops is not supported',
      'not added due to errors',
      'error getting iommu info',
    ],
    pattern:
      /kfd[^\n]{0,40}(?:PCI rejects atomics|device [0-9a-f]{4}:[0-9a-f]{4} NOT added due to errors|error getting iommu info)|PCIE atomic ops is not supported/,
    sees: [
      'kfd kfd: amdgpu: skipped device 1002:7300, PCI rejects atomics 730<0',
      'kfd kfd: amdgpu: device 1002:74a1 NOT added due to errors',
    ],
    ignores: ['kfd kfd: amdgpu: added device 1002:74a1'],
  },
]);

import { lineDetector } from './line-patterns.ts';

const cuda = 'https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__TYPES.html';
const nvml = 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html';

/** Errors of CUDA and NVML by name or text, as far as they speak of more than the failing call. */
export const cudaErrors = lineDetector('cuda-errors', [
  {
    id: 'cuda.peer.contained',
    summary: 'access to the memory of a peer GPU over NVLink was invalid',
    role: 'cause',
    weighs: {
      'nvlink-fabric-error': 4.6,
      'gpu-ecc-uncorrectable': 1,
      'host-hardware-fault': 0.6,
      'gpu-driver-bug': 0.4,
    },
    source: cuda,
    literals: ['peer gpu memory over nvlink', 'cuda_error_contained', 'cudaerrorcontained'],
    pattern: /[Ii]nvalid access of peer GPU memory over nvlink|CUDA_ERROR_CONTAINED|cudaErrorContained/i,
    sees: [
      'CUDA error: Invalid access of peer GPU memory over nvlink or a hardware error',
      'failed with cudaErrorContained',
    ],
    ignores: ['access of peer GPU memory enabled'],
  },
  {
    id: 'cuda.device.unavailable',
    summary: 'a GPU is in exclusive use or otherwise not to be had',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4.4, 'launcher-rank-misconfig': 1.6, 'gpu-driver-bug': 0.4 },
    source: cuda,
    literals: ['cuda_error_device_unavailable'],
    pattern: /CUDA_ERROR_DEVICE_UNAVAILABLE/,
    sees: ['cuCtxCreate failed: CUDA_ERROR_DEVICE_UNAVAILABLE'],
    ignores: ['CUDA_ERROR_NOT_FOUND'],
  },
  {
    id: 'cuda.device.invalid',
    summary: 'a program asks for a GPU index that it may not see',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.2, 'container-toolkit-misconfig': 1, 'user-code-error': 1 },
    source: cuda,
    literals: ['cuda_error_invalid_device', 'cudaerrorinvaliddevice'],
    pattern: /CUDA_ERROR_INVALID_DEVICE\b|cudaErrorInvalidDevice\b/,
    sees: ['cuDeviceGet(4): CUDA_ERROR_INVALID_DEVICE', 'cudaSetDevice failed: cudaErrorInvalidDevice'],
    ignores: ['cudaErrorInvalidDeviceFunction'],
  },
  {
    id: 'cuda.mps.unavailable',
    summary: 'the service that shares a GPU among processes (MPS) cannot be used',
    role: 'cause',
    weighs: {
      'foreign-gpu-process': 2.2,
      'permission-misconfig': 1.5,
      'container-toolkit-misconfig': 1.5,
      'driver-version-mismatch': 0.6,
    },
    source: 'https://docs.nvidia.com/deploy/mps/index.html',
    literals: ['mps control daemon', 'mps server', 'mps client', 'cuda_error_mps', 'cudaerrormps'],
    pattern:
      /MPS client failed to connect|MPS server is not ready|required to create MPS client have been exhausted|MPS client has been terminated|CUDA_ERROR_MPS_\w{4,30}|cudaErrorMps\w{4,30}/,
    sees: [
      'CUDA error: MPS client failed to connect to the MPS control daemon or the MPS server',
      'CUDA_ERROR_MPS_SERVER_NOT_READY',
      'the hardware resources required to create MPS client have been exhausted',
      'the MPS client has been terminated by the server',
      'cudaErrorMpsConnectionFailed from the MPS client',
    ],
    ignores: ['started the MPS control daemon'],
  },
  {
    id: 'cuda.os-call-failed',
    summary: 'the driver met a refusal of the operating system, which is silent on what was refused',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 1.6,
      'driver-version-mismatch': 1.6,
      'cgroup-device-loss': 1,
      'fabricmanager-not-running': 0.6,
      'shm-too-small': 0.5,
      'ulimit-too-low': 0.5,
    },
    source: cuda,
    literals: ['os call failed or operation not supported', 'cuda_error_operating_system', 'cudaerroroperatingsystem'],
    pattern:
      /OS call failed or operation not supported on this OS|CUDA_ERROR_OPERATING_SYSTEM|cudaErrorOperatingSystem/,
    sees: ['CUDA error: OS call failed or operation not supported on this OS', 'CUDA_ERROR_OPERATING_SYSTEM'],
    ignores: ['operating system: Ubuntu 22.04'],
  },
  {
    id: 'cuda.kernel.faulted',
    summary: 'a kernel left the paths that a program can take: a defect of code, or of the GPU',
    role: 'cause',
    weighs: { 'framework-bug': 1.4, 'user-code-error': 1.2, 'gpu-driver-bug': 0.6, 'gpu-ecc-uncorrectable': 0.5 },
    source: cuda,
    literals: [
      'hardware stack error',
      'invalid program counter',
      'global/shared address space',
      'hardware_stack_error',
      'hardwarestackerror',
      'cuda_error_invalid_pc',
      'cudaerrorinvalidpc',
      'cuda_error_invalid_address_space',
      'cudaerrorinvalidaddressspace',
    ],
    pattern:
      /hardware stack error|invalid program counter|operation not supported on global\/shared address space|CUDA_ERROR_(?:HARDWARE_STACK_ERROR|INVALID_PC|INVALID_ADDRESS_SPACE)|cudaErrorInvalidAddressSpace|cudaErrorHardwareStackError|cudaErrorInvalidPc/,
    sees: ['CUDA error: hardware stack error', 'RuntimeError: CUDA error: invalid program counter'],
    ignores: ['program counter 0x7f10'],
  },
  {
    id: 'nvml.power.insufficient',
    summary: 'a GPU gets too little power from its cables',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.6, 'gpu-fell-off-bus': 1.2, 'facility-fault': 0.5 },
    source: nvml,
    literals: ['insufficient_power', 'insufficientpower', 'external power cables'],
    pattern:
      /NVML_ERROR_INSUFFICIENT_POWER|NVMLError_InsufficientPower|(?:GPU|device)[^\n]{0,60}external power cables/i,
    sees: ['NVMLError_InsufficientPower: Insufficient External Power', 'GPU 3: external power cables are not attached'],
    ignores: ['power draw 300 W'],
  },
]);

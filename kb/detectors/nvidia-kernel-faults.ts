import { lineDetector } from './line-patterns.ts';

const rm = 'https://github.com/NVIDIA/open-gpu-kernel-modules/tree/main/src/nvidia/src/kernel';
const uvm = 'https://github.com/NVIDIA/open-gpu-kernel-modules/tree/main/kernel-open/nvidia-uvm';

/** What the kernel driver and its unified-memory module print when a running GPU or the fabric fails them. Xids aside. */
export const nvidiaKernelFaults = lineDetector('nvidia-kernel-faults', [
  {
    id: 'nvidia.uvm.ecc-error',
    summary: 'the unified-memory module met an uncorrectable memory error of a GPU',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 5.5 },
    source: uvm,
    literals: ['ecc error encountered, gpu'],
    pattern: /nvidia-uvm: [^\n]{0,120}ECC error encountered, GPU/,
    sees: [
      'nvidia-uvm: uvm_gpu.c:2300 uvm_gpu_check_ecc_error_no_rm[pid:3321] ERROR: ECC error encountered, GPU ID 1: GPU-abc',
      'nvidia-uvm: ECC error encountered, GPU ID 1: GPU-abc',
    ],
    ignores: ['nvidia-uvm: Loaded the UVM driver, major device number 508.'],
  },
  {
    id: 'nvidia.uvm.global-fatal',
    summary: 'the unified-memory module gave up for all GPUs after a fault',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 1.8, 'gpu-fell-off-bus': 1.2, 'gpu-ecc-uncorrectable': 1, 'nvlink-fabric-error': 0.6 },
    source: uvm,
    literals: ['global fatal error'],
    pattern: /Encountered a global fatal error: |uvm encountered global fatal error 0x/,
    sees: [
      'nvidia-uvm: Encountered a global fatal error: Generic RC error [NV_ERR_RC_ERROR]',
      'NVRM: nvGpuOpsReportFatalError: uvm encountered global fatal error 0x60, requiring os reboot to recover.',
    ],
    ignores: ['no global fatal error was set'],
  },
  {
    id: 'nvidia.uvm.gpu-refused',
    summary: 'the unified-memory module could not take up a GPU',
    role: 'cause',
    weighs: {
      'gpu-driver-bug': 1.8,
      'driver-version-mismatch': 1.2,
      'gpu-fell-off-bus': 0.8,
      'fabricmanager-not-running': 0.4,
    },
    source: uvm,
    literals: ['nvidia-uvm:'],
    pattern:
      /nvidia-uvm: (?![^\n]{0,160}(?:ECC|NVLINK) error)[^\n]{0,120}(?:Failed to (?:init(?:ialize)?|get GPU|discover NVLINK|take page fault ownership|configure the GPU)\b|Creating RM (?:device|address space) failed|Channel '[^'\n]{1,40}' init failed|nvUvmInterface\w{4,40}\(\) failed|(?:Fault buffer|Access counter|SEC2) HAL not found|Unsupported GPU architecture|Registration of non-UVM-capable GPU|alloc_chrdev_region failed)/,
    sees: [
      'nvidia-uvm: uvm_gpu.c:1020 init_gpu[pid:3321] ERROR: Failed to initialize the channel manager: Call timed out [NV_ERR_TIMEOUT], GPU NVIDIA H100',
      'nvidia-uvm: nvUvmInterfaceSessionCreate() failed: Generic Error [NV_ERR_GENERIC]',
    ],
    ignores: [
      'nvidia-uvm: Loaded the UVM driver, major device number 508.',
      'nvidia-uvm: ECC error encountered, GPU 1',
    ],
  },
  {
    id: 'nvidia.uvm.channel-error',
    summary: 'work of the unified-memory module on a GPU failed',
    role: 'symptom',
    weighs: { 'gpu-driver-bug': 0.8, 'gpu-fell-off-bus': 0.4, 'gpu-ecc-uncorrectable': 0.3 },
    source: uvm,
    literals: ['channel error', 'servicing replayable', 'servicing non-replayable', 'servicing interrupts failed'],
    pattern:
      /nvidia-uvm: [^\n]{0,120}(?:Detected a channel error, channel|Channel error likely caused by|Error servicing (?:non-)?replayable faults on GPU|Servicing interrupts failed)/,
    sees: [
      'nvidia-uvm: uvm_channel.c:1622 uvm_channel_check_errors[pid:3321] ERROR: Detected a channel error, channel ID 8 (0x8) CE 2 GPU NVIDIA H100',
      'nvidia-uvm: Error servicing non-replayable faults on GPU: ID 1',
    ],
    ignores: ['alpha channel error in image 3'],
  },
  {
    id: 'nvidia.gpu.not-back-on-bus',
    summary: 'a GPU did not answer on PCIe after a reset, or when the driver looked for it',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 3.8, 'gpu-driver-bug': 0.8, 'host-hardware-fault': 0.8 },
    source: rm,
    literals: [
      'back on the bus',
      'back on bus',
      'attached_sanity_check',
      'gpu config space',
      'corelogic: fatal_error_detected',
    ],
    pattern:
      /NVRM:[^\n]{0,60}(?:GPU not back on the bus|Timeout polling GPU back on bus|API_GPU_ATTACHED_SANITY_CHECK failed|GPU [Cc]onfig [Ss]pace not accessible|PCI-E corelogic: FATAL_ERROR_DETECTED)/,
    sees: [
      'NVRM: kbifPollDeviceOnBus_IMPL: Timeout polling GPU back on bus',
      'NVRM: _threadNodeCheckTimeout: API_GPU_ATTACHED_SANITY_CHECK failed!',
    ],
    ignores: ['NVRM: Time spend on GPU back on bus is 0x12 ns,'],
  },
  {
    id: 'nvidia.gpu.locked',
    summary: "the driver's watchdog finds that a GPU makes no progress",
    role: 'cause',
    weighs: { 'gpu-driver-bug': 2, 'gpu-fell-off-bus': 1, 'user-code-error': 0.6, 'framework-bug': 0.5 },
    source: rm,
    literals: ['gpu is probably locked', 'for scrub job', 'waiting for ce semaphore', 'waiting for the scrub'],
    pattern:
      /RC watchdog: GPU is probably locked|NVRM:[^\n]{0,60}(?:Timed [Oo]ut (?:when )?waiting for (?:scrub jobs?|CE semaphore)|Timed out when waiting for the scrub)/,
    sees: [
      'NVRM: _rcWatchdog: RC watchdog: GPU is probably locked!  Notify Timeout Seconds: 7',
      'NVRM: scrubWaitPages: Timed out when waiting for scrub jobs to finish.',
    ],
    ignores: ['GPU is locked at 1980 MHz'],
  },
  {
    id: 'nvidia.gpu.crash-dump',
    summary: 'the driver put a dump of a GPU aside after it failed',
    role: 'symptom',
    weighs: { 'gpu-fell-off-bus': 0.8, 'gpu-driver-bug': 0.8, 'host-hardware-fault': 0.3 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/arch/nvalloc/unix/src/osapi.c',
    literals: ['gpu crash dump has been created', 'possible bad register read'],
    pattern: /NVRM:[^\n]{0,60}(?:A GPU crash dump has been created|Possible bad register read: addr)/,
    sees: [
      'NVRM: A GPU crash dump has been created. If possible, please run',
      'NVRM: gpuHandleSanityCheckRegReadError_GH100: Possible bad register read: addr: 0x110804, regvalue: 0xbadf5040, error code: Unknown SYS_PRI_ERROR_CODE',
    ],
    ignores: ['NVRM: saved the crash dump settings'],
  },
  {
    id: 'nvidia.gsp.slow',
    summary: "the GPU's system processor answers the driver slowly",
    role: 'context',
    weighs: { 'gpu-driver-bug': 1.2, 'host-hardware-fault': 0.3 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/src/kernel/gpu/gsp/kernel_gsp.c',
    literals: ['slow rpc response from gpu', 'gsp-rm is slow'],
    pattern: /Slow RPC response from GPU(?<gpu>\d{1,2}) GSP|NVRM:[^\n]{0,60}= GSP-RM is slow =/,
    sees: [
      'NVRM: _kgspRpcRecvPoll: Slow RPC response from GPU0 GSP (5000012us). Function 76 (GSP_RM_CONTROL) sequence 214 (0x20800a4c 0x4).',
      'NVRM: =================== GSP-RM is slow ===================',
    ],
    ignores: ['slow rpc response from scheduler'],
  },
  {
    id: 'nvidia.fabric.unanswered',
    summary: 'the driver gets no answer, or no address, from the NVLink fabric',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 2.6, 'nvlink-fabric-error': 2.2, 'gpu-driver-bug': 0.4 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/tree/main/src/nvidia/src/kernel/gpu/nvlink',
    literals: [
      'send inband data',
      'fabric probe has not been received',
      'nvswitch connectivity to the gpu',
      'fabric address',
      'multicast team setup failed',
      'mcaddresssize',
      'nvlink fabric is not ready',
    ],
    pattern:
      /NVRM:[^\n]{0,60}(?:Timed out retrying to send inband data|Failed to send inband data|Fabric probe has not been received|no NVSwitch connectivity to the GPU|GPU \d{1,2} doesn't have a (?:unique |EGM )?fabric address|Inband request Multicast Team Setup failed|Insufficient mcAddressSize returned)|NVLink fabric is not ready/,
    sees: [
      'NVRM: knvlinkSendInbandData_IMPL: Timed out retrying to send inband data',
      "NVRM: GPU 3 doesn't have a fabric address",
      'nvidia-persistenced[1450]: Could not Enable UVM Persistence mode because the NVLink fabric is not ready: 0x7d',
    ],
    ignores: ['NVRM: Fabric base addr 0x100000000 is assigned to GPU 3'],
  },
  {
    id: 'harmless.nvidia.kernel-notices',
    summary: 'notices of the kernel driver that healthy nodes print as well',
    role: 'clean',
    weighs: {},
    source: rm,
    literals: [
      'chipset has no definition',
      'gsp_log_',
      'persistence mode is deprecated',
      'during bootup without api lock',
      'left-over mappings in iovas',
      'detected invalid context, skipping',
      'inheriting taint',
    ],
    pattern:
      /NVRM:[^\n]{0,60}(?:\*\*\* Chipset has no definition|Failed to load gsp_log_\S{0,12}, no GSP-RM logs|Persistence mode is deprecated|Attempted to process RPC event from GPU\d{1,2}: [^\n]{1,60} during bootup without API lock|\d{1,6} left-over mappings in IOVAS)|nvidia-peermem [^\n]{0,60}detected invalid context, skipping further processing|\w{1,30}: module uses symbols [^\n]{1,80} inheriting taint/,
    sees: [
      'NVRM: objClInitPcieChipset: *** Chipset has no definition! (vendor ID 0x8086, device ID 0x1bcb)',
      'NVRM: Persistence mode is deprecated and will be removed in a future release. Please use',
      'nvidia-peermem nv_get_p2p_free_callback:127 ERROR detected invalid context, skipping further processing',
    ],
    ignores: ['NVRM: Max GSP-RM boot attempts exceeded: 3/3'],
  },
]);

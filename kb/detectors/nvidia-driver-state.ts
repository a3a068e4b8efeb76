import { lineDetector } from './line-patterns.ts';

const smi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const nvml = 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html';
const kernelOpen = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/nv-pci.c';

/** What the driver and its tools say of a GPU that is there but not usable as it is. */
export const nvidiaDriverState = lineDetector('nvidia-driver-state', [
  {
    id: 'nvidia.gpu.power-cables',
    summary: 'the auxiliary power cables of a GPU are not connected',
    role: 'cause',
    weighs: { 'host-hardware-fault': 6 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/arch/nvalloc/unix/src/osinit.c',
    literals: ['power cables connected', 'auxiliary power'],
    pattern:
      /GPU does not have the necessary power cables connected|auxiliary power (?:cable|connector)s? (?:is|are) not connected/i,
    sees: ['NVRM: GPU does not have the necessary power cables connected.'],
    ignores: ['all auxiliary power connectors seated'],
  },
  {
    id: 'nvidia.gpu.bar-unassigned',
    summary: 'the BIOS or kernel gave a GPU no usable PCI memory region',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4, 'gpu-fell-off-bus': 1.2, 'driver-version-mismatch': 0.4 },
    source: kernelOpen,
    literals: [
      'assigned to your nvidia device',
      'bar1 is 0m',
      'bar0 is 0m',
      'no space for bar1',
      'failed to map regs',
      'bar resizing failed',
      'resize pcie bars',
      're-allocate bar1',
      'allocate resized bar1',
      'not enough bar space',
    ],
    pattern:
      /PCI I\/O region assigned to your NVIDIA device is (?:invalid|not)|NVRM: BAR[0-5] is 0M @ 0x0\b|NVRM:[^\n]{0,60}(?:no space for BAR1 mappings|Failed to map regs registers)|NVRM: (?:BAR resizing failed|Fatal Error while attempting to resize PCIe BARs|FATAL: Failed to re-allocate BAR1|No address space to allocate resized BAR1)|nvidia [0-9a-f:.]{7,16}: not enough BAR space/,
    sees: [
      'NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:',
      'NVRM: BAR1 is 0M @ 0x0 (PCI:0000:c1:00.0)',
      'NVRM: FATAL: Failed to re-allocate BAR1.',
    ],
    ignores: ['NVRM: BAR1 is 131072M @ 0x20000000000 (PCI:0000:c1:00.0)'],
  },
  {
    id: 'nvidia.gpu.removed-in-use',
    summary: 'the kernel removes a GPU while it is in use',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 3, 'host-hardware-fault': 1.2, 'container-toolkit-misconfig': 0.4 },
    source: kernelOpen,
    literals: ['non-zero usage count'],
    pattern:
      /NVRM: Attempting to remove (?:minor )?device (?:\d{1,4}|(?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d)) with non-zero usage count/i,
    sees: ['NVRM: Attempting to remove device 0000:c1:00.0 with non-zero usage count!'],
    ignores: ['module nvidia has usage count 42'],
  },
  {
    id: 'nvidia.gpu.reset-required',
    summary: 'a GPU waits for a reset after a fault',
    role: 'symptom',
    weighs: { 'gpu-ecc-uncorrectable': 1.2, 'gpu-driver-bug': 1, 'nvlink-fabric-error': 0.8, 'gpu-fell-off-bus': 0.6 },
    source: nvml,
    literals: [
      'requires reset',
      'reset_required',
      'requires a reset',
      'reset required',
      'gpu is in a bad state',
      'recovery action',
      'nvmlerror_resetrequired',
    ],
    pattern:
      /GPU (?:at )?(?:PCI:)?(?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}(?:\.\d)?)?[^\n]{0,60}requires (?:a )?reset|NVML_ERROR_RESET_REQUIRED|NVMLError_ResetRequired|Reset Required\s{0,40}: Yes|GPU is in a bad state|GPU Recovery Action\s{0,40}: (?:Reset|Reboot|Drain)|^(?![^\n]{0,200}\bXid \()[^\n]{0,200}?GPU recovery action changed from 0x\w{1,4} \(None\) to/i,
    sees: [
      'Unable to determine the state of GPU 0000:C1:00.0: GPU requires reset',
      '        Reset Required                    : Yes',
      '        GPU Recovery Action                   : Drain and Reset',
      'NVRM: GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)',
    ],
    ignores: ['        Reset Required                    : No', '        GPU Recovery Action                   : None'],
  },
  {
    id: 'nvidia.smi.err-field',
    summary: 'nvidia-smi prints ERR! where a reading should stand',
    role: 'cause',
    weighs: { 'gpu-fell-off-bus': 2.5, 'gpu-driver-bug': 2, 'host-hardware-fault': 1.2 },
    source: smi,
    literals: ['err!'],
    pattern: /\|\s{0,4}ERR!\s[^\n]{0,60}\||\bERR!\s{1,6}(?:\/|\|)|\|\s{0,4}\d{1,2}\s{1,4}ERR!/,
    sees: ['|ERR!   36C    P0    ERR! / 400W |      0MiB / 81920MiB |    ERR!      Default |'],
    ignores: ['npm ERR! missing script: build', '| 36C    P0    62W / 400W |'],
  },
  {
    id: 'nvidia.persistenced.failed',
    summary: 'the persistence daemon does not run or can not open the GPUs',
    role: 'cause',
    weighs: {
      'driver-version-mismatch': 2,
      'gpu-driver-bug': 1.2,
      'permission-misconfig': 1,
      'container-toolkit-misconfig': 0.7,
    },
    source: 'https://github.com/NVIDIA/nvidia-persistenced/blob/main/nvidia-persistenced.c',
    literals: ['nvidia-persistenced', 'nvidia persistence daemon'],
    pattern:
      /nvidia-persistenced(?:\.service)?(?:\[\d{1,8}\])?:? (?:failed to initialize|Failed to (?:query NVIDIA devices|open|lock|create|start|change)|(?:device [0-9a-f:.]{7,16} - )?failed to open\.|Unable to find any NVIDIA devices|Could not Enable UVM Persistence mode : |Failed with result|Main process exited|Control process exited)|Failed to start (?:nvidia-persistenced|NVIDIA Persistence Daemon)/i,
    sees: [
      'nvidia-persistenced failed to initialize. Check syslog for more information.',
      'node-03 nvidia-persistenced[1450]: Failed to query NVIDIA devices. Please ensure that the NVIDIA device files (/dev/nvidia*) exist',
    ],
    ignores: [
      'nvidia-persistenced[1450]: Could not Enable UVM Persistence mode because the NVLink fabric is not ready: 0x7d',
      'nvidia-persistenced[1450]: Started (1450)',
      'nvidia-persistenced: device 0000:c1:00.0 - persistence mode enabled.',
    ],
  },
  {
    id: 'nvidia.persistence.off',
    summary: 'persistence mode is off: the driver unloads the GPU between jobs',
    role: 'context',
    weighs: {},
    source: smi,
    literals: ['persistence mode for gpu', 'persistence mode is disabled', 'dcgm_fr_persistence_mode'],
    pattern:
      /Persistence mode for GPU (?<gpu>\d{1,2}) is disabled|DCGM_FR_PERSISTENCE_MODE|persistence mode is disabled on device/i,
    sees: ['Persistence mode for GPU 3 is disabled.'],
    ignores: ['Enabled persistence mode for GPU 00000000:C1:00.0.'],
  },
  {
    id: 'nvidia.mig.pending',
    summary: 'a change of MIG mode waits because the GPU is in use',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 3.2, 'container-toolkit-misconfig': 1.5 },
    source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html',
    literals: ['mig mode'],
    pattern:
      /MIG mode is in pending (?:enable|disable) state for GPU (?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d)?|Unable to (?:enable|disable) MIG mode for GPU/i,
    sees: ['Warning: MIG mode is in pending enable state for GPU 00000000:C1:00.0:In use by another client'],
    ignores: ['Enabled MIG Mode for GPU 00000000:C1:00.0', 'MIG mode: Disabled'],
  },
  {
    id: 'nvidia.mig.no-instance',
    summary: 'MIG is on, but the GPU instance that is asked for does not exist',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.5, 'launcher-rank-misconfig': 1.5 },
    source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html',
    literals: ['mig-enabled devices', 'mig devices', 'gpu instance', 'mig device', 'nvidia.com/mig.config.state'],
    pattern:
      /No MIG(?:-enabled | )devices (?:were )?found|(?:failed to|unable to) (?:create|find|get|destroy)[^\n]{0,40}(?:GPU instance|MIG device)|unknown MIG device|nvidia\.com\/mig\.config\.state=failed/i,
    sees: [
      'No MIG-enabled devices found.',
      'Unable to create a GPU instance on GPU  0 using profile 9: Insufficient Resources',
    ],
    ignores: ['Successfully created GPU instance ID  1 on GPU  0 using profile MIG 3g.40gb'],
  },
  {
    id: 'nvidia.nvml.interrupt-lost',
    summary: 'the driver does not get the interrupts of a GPU',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.5, 'gpu-fell-off-bus': 1.5, 'gpu-driver-bug': 1.5, 'acs-iommu-p2p-broken': 0.5 },
    source: nvml,
    literals: [
      'nvml_error_irq_issue',
      'interrupt request issue',
      'request_irq() failed',
      'no interrupts of any type',
      'irq for your nvidia card',
      'tried to get irq',
      'msi-x',
      'nvmlerror_irqissue',
    ],
    pattern:
      /NVML_ERROR_IRQ_ISSUE|interrupt request issue with a GPU|NVRM:[^\n]{0,80}(?:request_irq\(\) failed|No interrupts of any type are available|Can't find an IRQ for your NVIDIA card|Tried to get IRQ \d|Failed to (?:enable MSI-X|allocate MSI-X entries))|NVMLError_IrqIssue/i,
    sees: ['NVRM: GPU 0000:c1:00.0: request_irq() failed (-22)', "NVRM: Can't find an IRQ for your NVIDIA card!"],
    ignores: ['request_irq() succeeded'],
  },
  {
    id: 'nvidia.driver.assertion',
    summary: 'an assertion of the kernel driver failed',
    role: 'symptom',
    weighs: { 'gpu-driver-bug': 1, 'gpu-fell-off-bus': 0.3 },
    source:
      'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/src/libraries/nvport/util/util_compiler_switch.h',
    literals: ['nvassertfailed', 'nvassertokfailed', 'nvcheckokfailed'],
    pattern: /NVRM: (?:nvAssertFailed|nvAssertOkFailed)\w{0,12}: Assertion failed/,
    sees: [
      'NVRM: nvAssertOkFailedNoLog: Assertion failed: Call timed out [NV_ERR_TIMEOUT] (0x00000065) returned from rpcRmApiFree_GSP(...)',
    ],
    ignores: ['NVRM: nvCheckOkFailedNoLog: Check failed: Generic Error: Invalid state'],
  },
]);

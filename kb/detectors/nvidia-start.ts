import { lineDetector } from './line-patterns.ts';

const nv = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/nv-pci.c';
const gsp = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/nvidia/src/kernel/gpu/gsp/kernel_gsp.c';
const nvswitch = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/linux_nvswitch.c';
const kernelModules = 'https://github.com/torvalds/linux/blob/master/kernel/module/signing.c';

/** Why the kernel driver does not come up on a GPU or an NVSwitch: claimed by others, firmware, signatures, channels. */
export const nvidiaStart = lineDetector('nvidia-start', [
  {
    id: 'nvidia.gpu.claimed-by-other-driver',
    summary: 'another kernel driver has taken a GPU before the NVIDIA driver could',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3, 'container-toolkit-misconfig': 1 },
    source: nv,
    literals: ['nvrm:'],
    pattern:
      /NVRM: (?:request_mem_region failed for |This can occur when another driver was loaded|occur when a driver such as|obtained ownership of the NVIDIA device|Try unloading the conflicting kernel module|GPU (?<pci>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d) is already bound to (?!nouveau)\w)/i,
    sees: [
      'NVRM: request_mem_region failed for 64M @ 0xe8000000. This can',
      'NVRM: GPU 0000:81:00.0 is already bound to vfio-pci.',
      'NVRM: obtained ownership of the NVIDIA device(s).',
    ],
    ignores: ['NVRM: GPU 0000:81:00.0 is already bound to nouveau.', 'NVRM: loading NVIDIA UNIX x86_64 Kernel Module'],
  },
  {
    id: 'nvidia.driver.no-gpu-found',
    summary: 'the kernel driver was loaded and found no GPU that it could start',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 1.8,
      'driver-version-mismatch': 1.8,
      'host-hardware-fault': 1.2,
      'gpu-driver-bug': 0.4,
    },
    source: nv,
    literals: ['nvrm: no', 'failed to detect nvidia devices'],
    pattern:
      /NVRM: (?:No NVIDIA (?:GPU|PCI devices|graphics adapter)s? (?:found|probed)|No NVIDIA devices probed|None of the NVIDIA (?:GPUs|devices|graphics adapters|graphics cards) were initialized)|nvc\.c:\d{1,5}\] failed to detect NVIDIA devices/i,
    sees: [
      'NVRM: No NVIDIA GPU found.',
      'NVRM: No NVIDIA devices probed.',
      'NVRM: None of the NVIDIA devices were initialized.',
      'W0512 12:00:00.000000 4411 nvc.c:258] failed to detect NVIDIA devices',
    ],
    ignores: ['NVRM: No space left in the log'],
  },
  {
    id: 'nvidia.gpu.firmware-boot-failed',
    summary: "a GPU's own firmware did not start, or was left in a state that needs a reset",
    role: 'cause',
    weighs: { 'gpu-driver-bug': 2.4, 'host-hardware-fault': 2, 'gpu-fell-off-bus': 1, 'driver-version-mismatch': 0.6 },
    source: gsp,
    literals: ['nvrm:'],
    pattern:
      /^(?![^\n]{0,200}\bXid \()[^\n]{0,200}?NVRM:[^\n]{0,80}?(?:unexpected WPR2 already up|GPU (?:is likely|may be) in a bad state and may need to be reset|failed to execute (?:Booter|FWSEC|Scrubber)\b|failed to wait for (?:GFW boot complete|bar firewall)|did not find valid ROM signature|failed to (?:parse FWSEC|extract VBIOS|find BIT header|locate expansion ROMs)|Cannot initialize GSP firmware RM|Failed to boot GSP\b|GSP-RM proxy boot command failed|Max GSP-RM boot attempts exceeded|GSP-FMC reported an error|F(?:SP|WSEC) (?:boot cmds failed|response reported error|failed to process boot command|timed out processing)|while polling for FSP boot complete|Timi?e?out while waiting for FSP|RM cannot boot\b|PMU has halted|Timeout waiting for (?:GSP target mask release|lockdown release|SEC2-RTOS|SPDM)|SEC2 command timed out|VBIOS boot failed)/i,
    sees: [
      'NVRM: _kgspBootGspRm: unexpected WPR2 already up, cannot proceed with booting GSP',
      'NVRM: kgspPrepareForBootstrap_GH100: failed to wait for GFW boot complete: 0x65 VBIOS version 96.00.5E.00.01',
      'NVRM: kfspSendBootCommands_HAL: FSP boot cmds failed. RM cannot boot.',
      'NVRM: Max GSP-RM boot attempts exceeded: 3/3',
    ],
    ignores: [
      'NVRM: nvlogInit: Failed to load gsp_log_*.bin, no GSP-RM logs will be printed (non-fatal)',
      'NVRM: GSP-RM boot attempt #1 of 3',
    ],
  },
  {
    id: 'nvidia.nvswitch.start-failed',
    summary: 'the driver cannot start an NVSwitch, or stopped listening to it',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4, 'host-hardware-fault': 1.2, 'driver-version-mismatch': 0.6 },
    source: nvswitch,
    literals: ['nvidia-nvswitch'],
    pattern:
      /nvidia-nvswitch\d{0,2}: ?(?:Failed to (?:enable PCI device|map BAR0 region|initialize (?:device|interrupt|background tasks)|request memory regions|register device)|Failed during device post init|unrecoverable error in ISR|Interrupts disabled to avoid a storm)/,
    sees: [
      'nvidia-nvswitch0: Failed to initialize device : -5',
      'nvidia-nvswitch0:Failed during device post init : -5',
      'nvidia-nvswitch: unrecoverable error in ISR',
    ],
    ignores: ['nvidia-nvswitch0: open (major=237)', 'nvidia-nvswitch: Failed to register driver : -16'],
  },
  {
    id: 'nvidia.imex.channel-missing',
    summary: 'a channel for memory shared between nodes over NVLink is missing or cannot be made',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 2.2, 'fabricmanager-not-running': 2.2, 'driver-version-mismatch': 0.8 },
    source: 'https://github.com/NVIDIA/k8s-device-plugin/blob/main/internal/imex/channels.go',
    literals: ['imex channel', 'nv-caps-imex', 'notify imex daemon'],
    pattern:
      /failed to initialize IMEX channels|nv-caps-imex failed to (?:create|add|register)|IMEX channel \d{1,5} (?:not found at|does not exist)|error (?:getting|querying) IMEX channels|[Ff]ailed to open imex channel|Failed to notify IMEX daemon/i,
    sees: [
      'NVRM: failed to initialize IMEX channels.',
      'IMEX channel 0 not found at /dev/nvidia-caps-imex-channels/channel0: no such file or directory',
      'requested IMEX channel 0 does not exist',
    ],
    ignores: [
      'nv-caps-imex channel0 created. Make sure you are aware of the IMEX security model.',
      'Selecting IMEX channel 0',
    ],
  },
  {
    id: 'nvidia.memory.not-onlined',
    summary: "the kernel did not take up a GPU's memory as its own (coherent platforms)",
    role: 'cause',
    weighs: { 'driver-version-mismatch': 1.8, 'gpu-driver-bug': 1.4, 'host-hardware-fault': 0.6 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/os-interface.c',
    literals: [
      'auto onlining failed',
      'failing gpu memory onlining',
      'memory add failed',
      'failed to online memory',
      'numa: ',
    ],
    pattern:
      /NVRM: (?:GPU memory zone movable auto onlining failed|Failing GPU memory onlining|Memory add failed\. base)|failed to online memory|nvidia-persistenced[^\n]{0,60}NUMA: (?:Failed to (?:probe|change|get device NUMA|set)|Changing node\d{1,3} state)/,
    sees: [
      'NVRM: Failing GPU memory onlining as the onlining zone is not movable. pa: 0x420000000000 size: 0x1800000000',
      'nvidia-persistenced[1450]: device 0009:01:00.0 - failed to online memory.',
    ],
    ignores: ['nvidia-persistenced[1450]: NUMA: All device NUMA memory onlined and movable'],
  },
  {
    id: 'kernel.module.signature-refused',
    summary: 'the kernel refuses modules that are not signed by a key that it trusts (secure boot)',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.6, 'gdr-peermem-missing': 0.4, 'net-plugin-mismatch': 0.3 },
    source: kernelModules,
    literals: [
      'unsigned module',
      'unavailable key is rejected',
      'unsupported crypto is rejected',
      'not signed with a trusted key',
      'key was rejected by service',
      'required key not available',
    ],
    pattern:
      /Loading of (?:unsigned module|module with unavailable key|module with unsupported crypto) is rejected|Lockdown: \w{1,20}: unsigned module loading is restricted|PKCS#7 signature not signed with a trusted key|could not insert (?:module )?(?!'?nvidia[-_]peermem)[^\n]{1,60}: (?:Key was rejected by service|Required key not available)/,
    sees: [
      'Loading of unsigned module is rejected',
      'Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7',
      "modprobe: ERROR: could not insert 'amdgpu': Key was rejected by service",
    ],
    ignores: [
      'nvidia: module verification failed: signature and/or required key missing - tainting kernel',
      "modprobe: ERROR: could not insert 'nvidia_peermem': Key was rejected by service",
    ],
  },
  {
    id: 'nvidia.module.in-use',
    summary: 'the loaded driver could not be taken out, because something still uses it',
    role: 'context',
    weighs: { 'driver-version-mismatch': 1.2, 'foreign-gpu-process': 0.8 },
    source: 'https://github.com/NVIDIA/gpu-driver-container/blob/main/ubuntu22.04/nvidia-driver',
    literals: [
      'module nvidia',
      'driver is in use',
      'already be loaded in your kernel',
      'unload kernel module nvidia',
      'gpu pods',
    ],
    pattern:
      /Module nvidia(?:_\w{1,12})? is in use|Could not unload NVIDIA driver kernel modules, driver is in use|NVIDIA kernel module '[^'\n]{1,30}' appears to already be loaded in your kernel|Failed to unload kernel module nvidia|(?:cannot proceed until|[Cc]annot delete|failed to delete) all GPU pods/,
    sees: [
      'rmmod: ERROR: Module nvidia is in use by: nvidia_uvm nvidia_modeset gdrdrv',
      'Could not unload NVIDIA driver kernel modules, driver is in use',
      "ERROR: An NVIDIA kernel module 'nvidia-uvm' appears to already be loaded in your kernel.",
    ],
    ignores: ['modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.8.0'],
  },
  {
    id: 'nouveau.in-charge',
    summary: "the kernel's own driver (nouveau) has taken the GPUs",
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.6 },
    source: 'https://github.com/torvalds/linux/tree/master/drivers/gpu/drm/nouveau',
    literals: ['nouveau 0', 'nouveau: probe of'],
    pattern:
      /nouveau [0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d: (?:unknown chipset|DRM: |fifo: |timer: stalled|bus: MMIO|gr: |pmu: |gsp: )|nouveau: probe of [0-9a-f:.]{7,16} failed with error/,
    sees: [
      'nouveau 0000:41:00.0: unknown chipset (174000a1)',
      'nouveau 0000:41:00.0: timer: stalled at ffffffffffffffff',
      'nouveau: probe of 0000:41:00.0 failed with error -12',
    ],
    ignores: ['blacklist nouveau', 'nouveau 0000 is not loaded'],
  },
]);

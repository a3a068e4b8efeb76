import { lineDetector } from './line-patterns.ts';

const dkms = 'https://github.com/dell/dkms/blob/main/dkms.in';
const installer = 'https://github.com/NVIDIA/nvidia-installer/blob/main/kernel.c';

/** Kernel modules of the GPU driver that were not built, or were built for another kernel or another release. */
export const nvidiaModule = lineDetector('nvidia-module', [
  {
    id: 'nvidia.module.other-kernel',
    summary: 'a module of the driver was built for another kernel or another driver release',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 5, 'gpu-driver-bug': 0.3 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/module/main.c',
    literals: [
      'version magic',
      'unknown symbol',
      'disagrees about version of symbol',
      'version mismatch, kernel version',
      'version mismatch: nvidia',
    ],
    pattern:
      /\b(?:nvidia(?:[-_](?:uvm|drm|modeset|nvswitch|fs))?|amdgpu|amdttm|amdkcl|gdrdrv): (?:version magic '[^']{1,80}' should be|(?:Unknown symbol|disagrees about version of symbol) \w)|\bnvidia-nvswitch\d{0,2}: Version mismatch, kernel version|Version mismatch: nvidia[\w.-]{0,12}\.ko\(/,
    sees: [
      "nvidia: version magic '5.15.0-91-generic SMP mod_unload modversions' should be '5.15.0-100-generic SMP mod_unload modversions'",
      'nvidia_uvm: Unknown symbol nvUvmInterfaceDisableAccessCntr (err -2)',
      'nvidia-nvswitch: Version mismatch, kernel version 450.80.02 user version 450.51.06',
      '[drm:nv_drm_probe_devices [nvidia_drm]] *ERROR* [nvidia-drm] Version mismatch: nvidia-modeset.ko(535.54.03) nvidia-drm.ko(550.54.15)',
      'amdgpu: disagrees about version of symbol drm_dev_put',
    ],
    ignores: ['nvidia: loading out-of-tree module taints kernel.', 'iscsi_tcp: Unknown symbol sock_release (err 0)'],
  },
  {
    id: 'nvidia.module.not-built',
    summary: 'the kernel module of the driver could not be built or loaded for this kernel',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.6, 'gpu-driver-bug': 0.4 },
    source: installer,
    literals: [
      'kernel module',
      'dkms/nvidia',
      'kernel source tree for the currently running',
      'dkms build -m nvidia',
      'install of driver component failed',
      'module nvidia/',
      'for module(s) nvidia',
      'package nvidia-dkms',
      'kernel headers',
      'kernel header file',
      'nvidia-installer.log',
    ],
    pattern:
      /Unable to (?:build|load) the (?:NVIDIA )?(?:'?nvidia[\w.-]{0,12}'? )?kernel module\b[^\n]{0,20}|Consult \/var\/lib\/dkms\/nvidia[\w-]{0,24}\/[\d.]{3,20}\/build\/make\.log|The (?:\w{1,12} )?kernel module (?:failed to load|was not created)\b|The signed kernel module failed to load|Unable to find the kernel source tree for the currently running kernel|Failed to run `[^`\n]{0,40}dkms build -m nvidia|Failed to install the kernel module through DKMS|Install of driver component failed|Module nvidia\/[\d.]{3,20} is broken|failed for module\(s\) nvidia|error processing package nvidia-dkms|(?:Installation has failed|An error occurred while performing the step)[^\n]{0,160}nvidia-installer\.log|The kernel header file '[^'\n]{1,120}' does not exist/,
    sees: [
      'ERROR: Unable to build the NVIDIA kernel module.',
      "ERROR: Unable to load the kernel module 'nvidia.ko'.  This happens most frequently when this kernel module was built against the wrong or improperly configured kernel sources",
      'Consult /var/lib/dkms/nvidia/550.90.07/build/make.log for more information.',
      'ERROR: Failed to run `/usr/sbin/dkms build -m nvidia -v 550.54.15 -k 6.8.0-51-generic`:',
      'dkms kernel_postinst for kernel 6.8.0-51-generic (x86_64) failed for module(s) nvidia(10).',
      'ERROR: Unable to find the kernel source tree for the currently running kernel.',
    ],
    ignores: ['Building kernel modules', 'Consult /var/lib/dkms/zfs/2.1.5/build/make.log for more information.'],
  },
  {
    id: 'kernel.module.build-failed',
    summary: 'a kernel module could not be built for the kernel that runs',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 2.4, 'gdr-peermem-missing': 0.6, 'net-plugin-mismatch': 0.3 },
    source: dkms,
    literals: [
      'bad return status for module build',
      'bad exit status',
      'your kernel headers for kernel',
      'failed to install during autoinstall',
      'was skipped since the kernel headers',
    ],
    pattern:
      /Bad (?:return|exit) status for module build on kernel|Your kernel headers for kernel \S{1,60} cannot be found|modules? failed to install during autoinstall|autoinstall for kernel \S{1,60} was skipped since the kernel headers/,
    sees: [
      'Error! Bad return status for module build on kernel: 6.8.0-51-generic (x86_64)',
      'Error! Your kernel headers for kernel 6.8.0-51-generic cannot be found at /lib/modules/6.8.0-51-generic/build or /lib/modules/6.8.0-51-generic/source.',
    ],
    ignores: ['DKMS: build completed.'],
  },
  {
    // The module makes them: neither udev nor a container does. Programs' own calls (strace) are read by others.
    id: 'nvidia.helper-file.absent-on-host',
    summary: 'a container cannot be given the device file of a helper module of the driver: the host has none',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.8, 'container-toolkit-misconfig': 1.4 },
    source: 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html#device-node-verification',
    literals: ['/dev/nvidia-uvm', '/dev/nvidia-modeset'],
    pattern:
      /(?:\bl?stat[ :]|\bstat'ing file\b|\bgathering device information\b|\b(?:CDI|host|custom) device\b|\b[Mm]issing source path\b|\b[Ff]ailed to (?:mount|bind|create|inject|add)\b)[^\n]{0,160}\/dev\/nvidia-(?:uvm(?:-tools)?|modeset)\b[^\n]{0,80}(?:[Nn]o such (?:file|device)|does(?: not|n't) exist|not found)|[Nn]o such (?:file|device)[^\n]{0,60}[Ff]ailed to (?:mount|bind|create)[^\n]{0,20}\/dev\/nvidia-(?:uvm|modeset)/,
    sees: [
      'docker: Error response from daemon: error gathering device information while adding custom device "/dev/nvidia-uvm": no such file or directory.',
      'Error: failed to generate container spec: lstat /dev/nvidia-uvm-tools: no such file or directory',
      "crun: error stat'ing file `/dev/nvidia-modeset`: No such file or directory: OCI runtime attempted to invoke a command that was not found",
      'nvidia-container-cli: mount error: stat failed: /dev/nvidia-uvm: no such file or directory',
      "lxc-start: conf.c: mount_entry: 2131 No such file or directory - Failed to mount '/dev/nvidia-uvm' on '/usr/lib/lxc/rootfs/dev/nvidia-uvm'",
    ],
    ignores: [
      'stat("/dev/nvidia-uvm", 0x7ffc12345678) = -1 ENOENT (No such file or directory)',
      'error gathering device information while adding custom device "/dev/nvidia0": no such file or directory',
      'crw-rw-rw- 1 root root 510, 0 /dev/nvidia-uvm',
    ],
  },
  {
    id: 'nvidia.device-file.absent',
    summary: 'a device file of the driver is absent, as when the unified-memory module is not loaded',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 2, 'container-toolkit-misconfig': 1.8, 'cgroup-device-loss': 0.6 },
    source: 'https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/',
    literals: ['/dev/nvidia'],
    pattern:
      /No such (?:file or directory|device(?: or address)?)[^\n]{0,20}\/dev\/nvidia(?:-uvm|ctl|-modeset|\d{1,2})|\/dev\/nvidia(?:-uvm|ctl|-modeset|\d{1,2})(?:-tools)?['"]?[^\n]{0,20}(?:[Nn]o such (?:file|device)|does not exist)/,
    sees: [
      "[Errno 2] No such file or directory: '/dev/nvidia-uvm'",
      'ls: cannot access /dev/nvidia0: No such file or directory',
      'open /dev/nvidia-uvm: no such device',
    ],
    ignores: ['crw-rw-rw- 1 root root 510, 0 /dev/nvidia-uvm', '/dev/nvidia0: permission denied'],
  },
  {
    id: 'nvidia.gpu.not-supported',
    summary: 'the loaded driver, or its open flavour, does not know a GPU of the node',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.4, 'gpu-driver-bug': 0.5 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/kernel-open/nvidia/nv.c',
    literals: [
      'nvrm:',
      'kernel modules are incompatible with the gpu',
      'requires the open gpu kernel modules',
      'do not appear to have an nvidia gpu supported by',
      'legacy linux graphics driver',
    ],
    pattern:
      /kernel modules are incompatible with the GPU|requires the open GPU kernel modules|do not appear to have an NVIDIA GPU supported by|is supported through the NVIDIA \S{1,12} legacy Linux graphics driver|NVRM: ignoring the legacy GPU|NVRM: (?:installed in this system is not supported by|NVIDIA [\d.]{3,20} driver release\.|This can occur when a driver such as:|The NVIDIA probe routine was not called for \d)/,
    sees: [
      'NVRM: installed in this system is not supported by the',
      'NVRM: installed in this system is not supported by open',
      'NVRM: The NVIDIA probe routine was not called for 8 device(s).',
      "ERROR: The 'proprietary' kernel modules are incompatible with the GPU(s) detected on your system.",
    ],
    ignores: ['NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.104.05'],
  },
  {
    id: 'cuda.driver.stub',
    summary: 'the program is bound to the stub of the CUDA driver library in place of the real one',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.2, 'container-toolkit-misconfig': 1.6 },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: ['stub library', 'stublibrary', 'stub_library'],
    pattern: /CUDA driver is a stub library|cudaErrorStubLibrary|CUDA_ERROR_STUB_LIBRARY/,
    sees: ['CUDA error: CUDA driver is a stub library', 'failed call to cuInit: CUDA_ERROR_STUB_LIBRARY'],
    ignores: ['linked against the stubs at build time'],
  },
]);

import { printed, type ProbeCases } from '../probe-case.ts';

const absent = (path: string) => `cat: ${path}: No such file or directory\n`;

export const gpuDriverCases: ProbeCases = {
  faulty: [
    {
      name: 'no module loaded',
      source: 'printed by cat of coreutils 8.32',
      output: printed('', 1, absent('/proc/driver/nvidia/version')),
      means: ['modules.nvidia.missing'],
    },
  ],
  healthy: [
    {
      name: 'proprietary module',
      source: 'https://github.com/NVIDIA/nvidia-docker/issues/1648 (form), 550.54.15 with GCC of Ubuntu 22.04',
      output: printed(
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04) \n',
      ),
      means: ['gpu.driver.loaded'],
    },
    {
      name: 'open module',
      source: 'https://github.com/nix-community/nixGL/issues/186',
      output: printed(
        'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  565.57.01  Release Build  (dvs-builder@U16-A24-9-2)  Thu Oct 10 12:15:00 UTC 2024\nGCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2~24.04)\n',
      ),
      means: ['gpu.driver.loaded'],
    },
    {
      name: 'open module without a date',
      source: 'https://github.com/nix-community/nixGL/issues/121',
      output: printed(
        'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  525.60.11  Release Build  (archlinux-builder@localhost)  \nGCC version:  gcc version 12.2.0 (GCC) \n',
      ),
      means: ['gpu.driver.loaded'],
    },
    {
      name: 'a release with two known defects',
      source: 'https://github.com/awslabs/amazon-eks-ami/issues/1523',
      output: printed(
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023\nGCC version:  gcc version 7.3.1 20180712 (Red Hat 7.3.1-15) (GCC) \n',
      ),
      means: ['gpu.driver.known-defect', 'gpu.driver.known-defect', 'gpu.driver.loaded'],
    },
  ],
  garbage: [
    printed('', 1, 'cat: /proc/driver/nvidia/version: Permission denied\n'),
    printed('Welcome to node-01\n'),
    printed('NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54\n'),
    printed('NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:2'),
    printed('', null),
  ],
};

const versionOf = (module: string, release: string) => `/sys/module/${module}/version:${release}\n`;
const missing = (module: string) => `grep: /sys/module/${module}/version: No such file or directory\n`;
const all = (release: string) =>
  versionOf('nvidia', release) + versionOf('nvidia_uvm', release) + versionOf('nvidia_peermem', release);
const sysfs = 'https://github.com/openucx/ucx (reads /sys/module/nvidia_peermem/version); grep 3.7';

export const gpuModuleVersionsCases: ProbeCases = {
  faulty: [
    {
      name: 'a peermem of the release before',
      source: sysfs,
      output: printed(
        versionOf('nvidia', '550.90.07') +
          versionOf('nvidia_uvm', '550.90.07') +
          versionOf('nvidia_peermem', '550.54.15'),
      ),
      means: ['gpu.modules.releases-differ'],
    },
    {
      name: 'nothing loaded',
      source: sysfs,
      output: printed('', 2, missing('nvidia') + missing('nvidia_uvm') + missing('nvidia_peermem')),
      means: ['modules.nvidia.missing'],
    },
    {
      name: 'no unified memory',
      source: sysfs,
      output: printed(
        versionOf('nvidia', '550.90.07') + versionOf('nvidia_peermem', '550.90.07'),
        2,
        missing('nvidia_uvm'),
      ),
      means: ['modules.uvm.missing'],
    },
  ],
  healthy: [
    { name: 'all alike', source: sysfs, output: printed(all('580.126.20')), means: ['gpu.modules.alike'] },
    {
      name: 'no peermem',
      source: sysfs,
      output: printed(
        versionOf('nvidia', '550.90.07') + versionOf('nvidia_uvm', '550.90.07'),
        2,
        missing('nvidia_peermem'),
      ),
      means: ['gpu.modules.no-peermem', 'gpu.modules.alike'],
    },
  ],
  garbage: [
    printed('', 2, 'grep: /sys/module/nvidia/version: Permission denied\n'),
    printed('Welcome to node-01\n'),
    printed(versionOf('nvidia', '550.90.07')),
    printed(all('550.90.07').slice(0, -3)),
    printed('', null),
  ],
};

const guide = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

export const fabricmanagerVersionCases: ProbeCases = {
  faulty: [],
  healthy: [
    {
      name: 'R550',
      source: guide,
      output: printed('Fabric Manager version is : 550.90.07\n'),
      means: ['fabricmanager.release.installed'],
    },
    {
      name: 'between empty lines',
      source: 'https://github.com/leptonai/gpud (fabric manager, 535.161.08)',
      output: printed('\n\n\n\tFabric Manager version is : 535.161.08\n\n'),
      means: ['fabricmanager.release.installed'],
    },
    {
      name: 'R450',
      source: guide,
      output: printed('Fabric Manager version is : 450.102.04\n'),
      means: ['fabricmanager.release.installed'],
    },
  ],
  garbage: [
    printed('', 127, 'bash: line 1: nv-fabricmanager: command not found'),
    printed('Fabric Manager version is : \n'),
    printed('Fabric Manager version is : 550.90'),
    printed('Welcome to node-01\n'),
  ],
};

const fmSource = 'https://github.com/leptonai/gpud/tree/main/components/accelerator/nvidia/fabric-manager';
const fmLog = (...lines: readonly string[]) => printed(`${lines.join('\n')}\n`);
const start = [
  'Fabric Manager Log initializing at: 7/9/2024 18:10:01.123',
  '[Jul 09 2024 18:10:01] [INFO] [tid 1803] Fabric Manager version 550.90.07 is running with the following configuration options',
  '[Jul 09 2024 18:10:01] [INFO] [tid 1803] Logging level = 4',
  '[Jul 09 2024 18:10:01] [INFO] [tid 1803] Abort CUDA jobs when FM exits = 1',
] as const;
const configured =
  '[Jul 09 2024 18:10:09] [INFO] [tid 1803] Successfully configured all the available GPUs and NVSwitches to route NVLink traffic.';

export const fabricmanagerLogCases: ProbeCases = {
  faulty: [
    {
      name: 'an error of a switch that stops jobs',
      source: fmSource,
      output: fmLog(
        ...start.slice(1),
        configured,
        '[Jul 09 2024 18:14:07] [ERROR] [tid 12727] detected NVSwitch non-fatal error 12028 on fid 0 on NVSwitch pci bus id 00000000:86:00.0 physical id 3 port 61',
        '[Jul 23 2024 07:53:55] [ERROR] [tid 841] detected NVSwitch fatal error 20034 on fid 0 on NVSwitch pci bus id 00000000:86:00.0 physical id 3 port 33',
      ),
      means: ['fabricmanager.nvlink-fault'],
    },
    {
      name: 'a start that failed for its release',
      source: 'https://github.com/NVIDIA/gpu-operator/issues/544',
      output: fmLog(
        ...start.slice(1),
        "[Jul 09 2024 18:10:02] [ERROR] [tid 1803] fabric manager NVIDIA GPU driver interface version 530.30.02 don't match with driver version 530.41.03. Please update with matching NVIDIA driver package.",
      ),
      means: ['fabricmanager.version-mismatch'],
    },
    {
      name: 'switches that are not all there',
      source: fmSource,
      output: fmLog(
        "[Sep 08 2025 23:21:50] [ERROR] [tid 1803] detected number of NVSwitches don't match with any supported system topology, aborting fabric manager",
      ),
      means: ['fabricmanager.topology-mismatch'],
    },
  ],
  healthy: [
    {
      name: 'a sound start and daily work',
      source: fmSource,
      output: fmLog(
        ...start.slice(1),
        configured,
        '[Jul 24 2024 03:14:18] [INFO] [tid 855] Sending inband response message:  Message header details: magic Id:adbc request Id:2b59bdc21b9504c4 status:0 type:3 length:24',
        '[Feb 25 2025 13:59:45] [INFO] [tid 1808] multicast group 0 is freed.',
      ),
      means: ['fabricmanager.log.quiet'],
    },
    {
      name: 'a failed start that a later one has overcome',
      source: 'https://github.com/NVIDIA/gpu-operator/issues/544',
      output: fmLog(
        ...start,
        "[Jul 09 2024 18:10:02] [ERROR] [tid 1803] fabric manager NVIDIA GPU driver interface version 550.54.15 don't match with driver version 550.90.07. Please update with matching NVIDIA driver package.",
        ...start.slice(1),
        configured,
      ),
      means: ['fabricmanager.log.restarted', 'fabricmanager.log.quiet'],
    },
    {
      name: 'no log',
      source: 'printed by tail of coreutils 8.32',
      output: printed('', 1, "tail: cannot open '/var/log/fabricmanager.log' for reading: No such file or directory\n"),
      means: ['fabricmanager.log.absent'],
    },
    { name: 'an empty log', source: 'printed by tail', output: printed(''), means: ['fabricmanager.log.absent'] },
  ],
  garbage: [
    printed('', 1, "tail: cannot open '/var/log/fabricmanager.log' for reading: Permission denied\n"),
    printed('Welcome to node-01\n'),
    fmLog('[Foo 99 2024 18:10:01] [INFO] [tid 1] x'),
    printed('', null),
  ],
};

import type { ProbeCases } from '../probe-case.ts';
import { printed } from '../probe-case.ts';

export const here = 'printed on Debian 12, kernel 6.18, procps-ng 4.0.2, util-linux 2.38.1, coreutils 9.1';
export const welcome = printed('Welcome to node-01\n');
export const notInstalled = (tool: string) => printed('', 127, `bash: line 1: ${tool}: command not found`);

const edacSource = 'https://github.com/netdata/netdata/issues/1508 (files of two servers; as grep -H prints them)';
const edac = (controllers: readonly (readonly [corrected: number, uncorrected: number])[]) =>
  printed(
    controllers
      .flatMap(([corrected, uncorrected], index) => [
        `/sys/devices/system/edac/mc/mc${index}/csrow0/ue_count:0`,
        `/sys/devices/system/edac/mc/mc${index}/csrow0/ce_count:${corrected}`,
        `/sys/devices/system/edac/mc/mc${index}/ue_count:${uncorrected}`,
        `/sys/devices/system/edac/mc/mc${index}/ce_count:${corrected}`,
      ])
      .map((line) => `${line}\n`)
      .join(''),
  );

export const kernelMceCases: ProbeCases = {
  faulty: [
    {
      name: 'an uncorrectable error',
      source: edacSource,
      output: edac([
        [0, 0],
        [3, 1],
      ]),
      means: ['kernel.mce.uncorrected'],
    },
    {
      name: 'errors between two reads',
      source: edacSource,
      output: edac([
        [22, 0],
        [0, 0],
      ]),
      second: edac([
        [26, 0],
        [0, 0],
      ]),
      means: ['kernel.mce.corrected-growing'],
    },
    {
      name: 'very many since the boot',
      source: edacSource,
      output: edac([[41_234, 0]]),
      means: ['kernel.mce.corrected-many'],
    },
  ],
  healthy: [
    {
      name: 'none',
      source: edacSource,
      output: edac([
        [0, 0],
        [0, 0],
      ]),
      means: ['kernel.mce.none'],
    },
    {
      name: 'some of long ago, none since',
      source: 'https://github.com/FlorianHeigl/nagios/issues/1 (22 corrected on one of two controllers)',
      output: edac([
        [0, 0],
        [22, 0],
      ]),
      second: edac([
        [0, 0],
        [22, 0],
      ]),
      means: ['kernel.mce.none'],
    },
    {
      name: 'without rows, as kernels from 5.3 on show it',
      source: 'https://github.com/grondo/edac-utils/issues/11',
      output: printed('/sys/devices/system/edac/mc/mc0/ue_count:0\n/sys/devices/system/edac/mc/mc0/ce_count:0\n'),
      means: ['kernel.mce.none'],
    },
    {
      name: 'no driver',
      source: here,
      output: printed('', 2, 'grep: /sys/devices/system/edac/mc: No such file or directory\n'),
      means: ['kernel.mce.not-counted'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('grep'),
    printed('/sys/devices/system/edac/mc/mc0/ce_count:many\n'),
    printed('', 2, 'grep: /sys/devices/system/edac/mc: Permission denied\n'),
  ],
};

export const kernelVersionCases: ProbeCases = {
  faulty: [],
  healthy: [
    {
      name: 'Ubuntu 22.04',
      source: 'https://github.com/pytorch/rfcs/pull/59 (release), Ubuntu build text',
      output: printed('Linux 5.15.0-101-generic #111-Ubuntu SMP Tue Mar 5 20:16:58 UTC 2024 x86_64\n'),
      means: ['kernel.version.recent'],
    },
    {
      name: 'RHEL 8, too old for Accelerate',
      source: 'https://github.com/huggingface/accelerate/issues/1929',
      output: printed('Linux 4.18.0-553.el8_10.x86_64 #1 SMP Fri May 24 13:05:10 UTC 2024 x86_64\n'),
      means: ['kernel.version.old'],
    },
    {
      name: 'Ubuntu 20.04, too old',
      source: 'https://github.com/prometheus/procfs/issues/275 (format of uname -a)',
      output: printed('Linux 5.3.0-18-generic #19-Ubuntu SMP Tue Oct 8 20:14:06 UTC 2019 x86_64\n'),
      means: ['kernel.version.old'],
    },
    {
      name: 'here',
      source: here,
      output: printed('Linux 6.18.44-fc-v657 #1 SMP PREEMPT_DYNAMIC @0 x86_64\n'),
      means: ['kernel.version.recent'],
    },
  ],
  garbage: [welcome, notInstalled('uname'), printed('Linux\n'), printed('Darwin 23.4.0 Darwin Kernel arm64\n')],
};

const boot = (more: string) =>
  printed(`BOOT_IMAGE=/boot/vmlinuz-5.15.0-101-generic root=UUID=6c1f9d6e-0f5e-4a0b-9d53-0a2f9b6f2a11 ro ${more}\n`);
const bootSource =
  'https://github.com/Upinel/PVE-Intel-vGPU/issues/3, https://github.com/osism-archive/documentation/pull/365';

export const kernelCmdlineCases: ProbeCases = {
  faulty: [
    {
      name: 'an IOMMU that translates',
      source: bootSource,
      output: boot('quiet intel_iommu=on console=ttyS1,115200n8'),
      means: ['kernel.cmdline.iommu-translates'],
    },
    {
      name: 'few CPUs and little memory',
      source: 'https://docs.kernel.org/admin-guide/kernel-parameters.html',
      output: boot('maxcpus=8 mem=64G amd_iommu=on iommu=pt'),
      means: ['kernel.cmdline.limited'],
    },
  ],
  healthy: [
    {
      name: 'passed through',
      source: bootSource,
      output: boot('intel_iommu=on iommu=pt pci=realloc=off'),
      means: ['kernel.cmdline.plain'],
    },
    { name: 'off', source: bootSource, output: boot('amd_iommu=off quiet splash'), means: ['kernel.cmdline.plain'] },
    {
      name: 'a virtual machine',
      source: here,
      output: printed(
        'mitigations=auto,no_guest_host console=ttyS0 quiet reboot=k panic=1 nomodule swiotlb=noforce psi=1\n',
      ),
      means: ['kernel.cmdline.plain'],
    },
  ],
  garbage: [
    welcome,
    printed('', 1, 'cat: /proc/cmdline: Permission denied'),
    printed('root=/dev/sda1\nroot=/dev/sdb1\n'),
  ],
};

const packageSource =
  'names and versions: https://github.com/NVIDIA/apt-packaging-fabric-manager/issues/3, https://github.com/dstackai/dstack/pull/2355; format of dpkg-query 1.21 here';
const packages = (driver: string, compute: string, manager: string | null) =>
  printed(
    [
      'adduser\t3.118ubuntu5',
      `libnvidia-compute-535:amd64\t${compute}`,
      'libnccl2\t2.18.3-1+cuda12.2',
      'mlnx-ofed-kernel-dkms\t23.10.OFED.23.10.0.5.5.1-1',
      `nvidia-driver-535\t${driver}`,
      ...(manager === null ? [] : [`nvidia-fabricmanager-535\t${manager}`]),
      `nvidia-kernel-common-535\t${driver}`,
      'slurm-smd-slurmd\t23.11.4-1',
      'zlib1g:amd64\t1:1.2.11.dfsg-2ubuntu9.2',
      '',
    ].join('\n'),
  );

export const packagesVersionsCases: ProbeCases = {
  faulty: [
    {
      name: 'the fabric manager of another release',
      source: packageSource,
      output: packages('535.183.01-1', '535.183.01-1', '535.161.07-1'),
      means: ['packages.fabricmanager.unlike-driver'],
    },
    {
      name: 'half of an upgrade',
      source: packageSource,
      output: packages('535.161.07-0ubuntu0.22.04.1', '535.183.01-0ubuntu0.22.04.1', '535.183.01-1'),
      means: ['packages.driver.mixed'],
    },
  ],
  healthy: [
    {
      name: 'of one release, by different packagers',
      source: packageSource,
      output: packages('535.183.01-0ubuntu0.22.04.1', '535.183.01-0ubuntu1', '535.183.01-1'),
      means: ['packages.driver.consistent'],
    },
    {
      name: 'no NVSwitch',
      source: packageSource,
      output: packages('535.183.01-1', '535.183.01-1', null),
      means: ['packages.driver.consistent'],
    },
    {
      name: 'no driver',
      source: here,
      output: printed('adduser\t3.134\nadwaita-icon-theme\t43-1\nalsa-topology-conf\t1.2.5.1-2\n'),
      means: ['packages.driver.none'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('dpkg-query'),
    printed('', 2, 'dpkg-query: error: failed to open package info file'),
    printed('ii  zlib1g  1:1.2.11\n'),
  ],
};

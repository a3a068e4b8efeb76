import { driverState } from '../../physics/driver-state.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { complained, printed, type NodeCommand } from '../command.ts';
import { kernelRelease } from './kernel.ts';

/** `dpkg-query -W`: name and version of every package; of a node's thousand those that matter to anybody here. */
export const dpkgQuery: NodeCommand = {
  name: 'dpkg-query',
  run({ timeline, node, nowMs }, args) {
    if (args.join(' ') !== '-W' && args.join(' ') !== '--show')
      return complained('dpkg-query: error: need an action option\n', 2);
    const { library, fabricManager } = driverState(timeline.segmentAt(nowMs).settings, node.name, nowMs);
    const branch = library.split('.')[0] ?? '550';
    const driver = driverPackages.map((name) => [name.replace('550', branch), `${library}-0ubuntu1`] as const);
    const ask = (fact: 'container.docker-release' | 'container.containerd-release') =>
      factAt(timeline, { fact, place: node.name }, nowMs);
    const docker = ask('container.docker-release');
    const all = [
      ...packages,
      ['containerd.io', ask('container.containerd-release')] as const,
      ['docker-ce', docker] as const,
      ['docker-ce-cli', docker] as const,
      ...driver,
      [`nvidia-fabricmanager-${fabricManager.split('.')[0] ?? '550'}`, `${fabricManager}-1`] as const,
    ];
    return printed(
      all
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, version]) => `${name}\t${version}\n`)
        .join(''),
    );
  },
};

const driverPackages = [
  'libnvidia-cfg1-550-server:amd64',
  'libnvidia-common-550-server',
  'libnvidia-compute-550-server:amd64',
  'nvidia-compute-utils-550-server',
  'nvidia-dkms-550-server',
  'nvidia-headless-550-server',
  'nvidia-headless-no-dkms-550-server',
  'nvidia-kernel-common-550-server',
  'nvidia-kernel-source-550-server',
  'nvidia-utils-550-server',
];

/** Ubuntu 22.04, MLNX_OFED 23.10, CUDA 12.4, Slurm 23.11, container toolkit 1.14, enroot 3.4, Lustre 2.15. */
const packages: readonly (readonly [string, string])[] = [
  ['apparmor', '3.0.4-2ubuntu2.3'],
  ['apt', '2.4.12'],
  ['base-files', '12ubuntu4.6'],
  ['bash', '5.1-6ubuntu1.1'],
  ['chrony', '4.2-2ubuntu2'],
  ['coreutils', '8.32-4.1ubuntu1.2'],
  ['cuda-compat-12-4', '550.90.07-1'],
  ['cuda-toolkit-12-4-config-common', '12.4.127-1'],
  ['curl', '7.81.0-1ubuntu1.16'],
  ['datacenter-gpu-manager', '1:3.3.6'],
  ['dkms', '2.8.7-2ubuntu2.2'],
  ['enroot', '3.4.1-1'],
  ['enroot+caps', '3.4.1-1'],
  ['ethtool', '1:5.16-1ubuntu0.1'],
  ['gdrcopy', '2.4.1'],
  ['ibverbs-providers:amd64', '2307mlnx47-1.2310213'],
  ['ibverbs-utils', '2307mlnx47-1.2310213'],
  ['infiniband-diags', '2307mlnx47-1.2310213'],
  ['iproute2', '5.15.0-1ubuntu2'],
  ['ipmitool', '1.8.18-11ubuntu2.1'],
  ['iptables', '1.8.7-1ubuntu5.2'],
  ['libc6:amd64', '2.35-0ubuntu3.8'],
  ['libibumad3:amd64', '2307mlnx47-1.2310213'],
  ['libibverbs1:amd64', '2307mlnx47-1.2310213'],
  ['libnccl2', '2.22.3-1+cuda12.4'],
  ['libnccl-dev', '2.22.3-1+cuda12.4'],
  ['libnvidia-container-tools', '1.14.6-1'],
  ['libnvidia-container1:amd64', '1.14.6-1'],
  ['librdmacm1:amd64', '2307mlnx47-1.2310213'],
  ['libssl3:amd64', '3.0.2-0ubuntu1.16'],
  [`linux-headers-${kernelRelease}`, '5.15.0-113.123'],
  [`linux-image-${kernelRelease}`, '5.15.0-113.123'],
  [`linux-modules-${kernelRelease}`, '5.15.0-113.123'],
  ['lustre-client-modules-dkms', '2.15.4-1'],
  ['lustre-client-utils', '2.15.4-1'],
  ['mft', '4.26.1-3'],
  ['mlnx-ofed-kernel-dkms', '23.10.OFED.23.10.2.1.3.1-1'],
  ['mlnx-ofed-kernel-utils', '23.10.OFED.23.10.2.1.3.1-1'],
  ['mlnx-tools', '23.10.0-1.2310213'],
  ['munge', '0.5.14-6'],
  ['numactl', '2.0.14-3ubuntu2'],
  ['nvidia-container-toolkit', '1.14.6-1'],
  ['nvidia-container-toolkit-base', '1.14.6-1'],
  ['nvidia-peermem-loader', '1.3-0'],
  ['nvme-cli', '1.16-3ubuntu0.1'],
  ['nvslurm-plugin-pyxis', '0.20.0-1'],
  ['ofed-scripts', '23.10.OFED.23.10.2.1.3-1'],
  ['openssh-server', '1:8.9p1-3ubuntu0.7'],
  ['openssl', '3.0.2-0ubuntu1.16'],
  ['perftest', '23.10.0-0.29.g0705c22.2310213'],
  ['procps', '2:3.3.17-6ubuntu2.1'],
  ['python3', '3.10.6-1~22.04'],
  ['rdma-core', '2307mlnx47-1.2310213'],
  ['rsyslog', '8.2112.0-2ubuntu2.2'],
  ['slurm-smd', '23.11.8-1'],
  ['slurm-smd-client', '23.11.8-1'],
  ['slurm-smd-slurmd', '23.11.8-1'],
  ['sudo', '1.9.9-1ubuntu2.4'],
  ['systemd', '249.11-0ubuntu3.12'],
  ['tar', '1.34+dfsg-1ubuntu0.1.22.04.2'],
  ['ucx', '1.16.0-1.2310213'],
  ['unattended-upgrades', '2.8ubuntu1'],
  ['util-linux', '2.37.2-4ubuntu3.4'],
  ['xfsprogs', '5.13.0-1ubuntu2.1'],
];

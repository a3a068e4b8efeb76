import { ProbeParseError } from '../schemas/probe.ts';
import { packageProbe } from './package-probe.ts';

/** Of nodes with dpkg. */
export const packagesVersions = packageProbe({
  id: 'packages.versions',
  summary: 'versions of the installed packages of driver, fabric manager, NCCL, RDMA and scheduler',
  command: ['dpkg-query', '-W'],
  families: {
    // Names of Ubuntu, Debian, NVIDIA's repository and MLNX_OFED.
    driver:
      /^(?:nvidia-(?:driver|dkms|utils|kernel-(?:common|source|dkms)|compute-utils|headless(?:-no-dkms)?)|libnvidia-(?:compute|cfg1|common))(?:-\d+)?(?:-server|-open)*$/,
    'fabric-manager': /^(?:nvidia-fabricmanager|cuda-drivers-fabricmanager)(?:-\d+)?$/,
    nccl: /^libnccl2$/,
    ofed: /^(?:mlnx-ofed-kernel-(?:dkms|utils|modules)|mlnx-ofed-all|doca-ofed)$/,
    verbs: /^(?:libibverbs1|rdma-core)$/,
    ucx: /^(?:ucx|libucx0)$/,
    dcgm: /^datacenter-gpu-manager(?:-\d+)?$/,
    containers: /^(?:nvidia-container-toolkit|libnvidia-container1)$/,
    slurm: /^(?:slurmd|slurm-smd-slurmd)$/,
    lustre: /^lustre-client-(?:utils|modules-dkms)$/,
  },
  packageOf(text, line) {
    const match = /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?(?:\t(.*))?$/.exec(text);
    if (match === null) throw new ProbeParseError(`line ${line}: not a package and its version`);
    return { name: match[1] ?? '', version: match[2] ?? '' };
  },
});

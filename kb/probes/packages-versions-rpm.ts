import { ProbeParseError } from '../schemas/probe.ts';
import { packageProbe } from './package-probe.ts';

/** Of nodes with rpm. Its own query format has signs that no command of a probe may have, so names are taken apart here. */
export const packagesVersionsRpm = packageProbe({
  id: 'packages.versions-rpm',
  insteadOf: 'packages.versions',
  summary: 'versions of the installed packages of driver, fabric manager, NCCL, RDMA and scheduler, on nodes with rpm',
  command: ['rpm', '-qa'],
  families: {
    // Names of NVIDIA's repositories for Red Hat, Amazon and SUSE, of MLNX_OFED and of OpenHPC. A precompiled module has
    // the version of its kernel in its name, and is left out.
    driver:
      /^(?:nvidia-driver(?:-(?:libs|cuda|cuda-libs|NVML))?|nvidia-kmod-common|kmod-nvidia(?:-latest-dkms|-open-dkms)?|libnvidia-(?:ml|cfg)|nvidia-compute-(?:G0[56]|utils-G0[56]))$/,
    'fabric-manager': /^(?:nvidia-fabric-?manager|cuda-drivers-fabricmanager)(?:-\d+)?$/,
    nccl: /^libnccl$/,
    ofed: /^(?:mlnx-ofa_kernel(?:-modules)?|kmod-mlnx-ofa_kernel|mlnx-ofed-all|doca-ofed)$/,
    verbs: /^(?:libibverbs|rdma-core)$/,
    ucx: /^ucx(?:-ohpc)?$/,
    dcgm: /^datacenter-gpu-manager(?:-\d+)?(?:-core)?$/,
    containers: /^(?:nvidia-container-toolkit|libnvidia-container1)$/,
    slurm: /^slurm-slurmd(?:-ohpc)?$/,
    lustre: /^(?:lustre-client|kmod-lustre-client)$/,
  },
  packageOf(text, line) {
    // nvidia-driver-535.54.03-1.el8.x86_64: neither version nor release has a dash. Keys have no architecture.
    const match =
      /^([A-Za-z0-9][\w+.-]{0,120})-([\w.+~^]{1,60})-([\w.+~^]{1,80}?)(?:\.(?:\(none\)|[a-z][a-z0-9_]{1,20}))?$/.exec(
        text,
      );
    if (match === null) throw new ProbeParseError(`line ${line}: not a package of rpm`);
    return { name: match[1] ?? '', version: `${match[2] ?? ''}-${match[3] ?? ''}` };
  },
});

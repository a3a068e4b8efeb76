import type { LogDetector } from '../../schemas/detector.ts';
import { accessRefused } from '../access-refused.ts';
import { accountAccess } from '../account-access.ts';
import { affinityCalls } from '../affinity-calls.ts';
import { cgroupDevices } from '../cgroup-devices.ts';
import { cloudInterruption } from '../cloud-interruption.ts';
import { containerRuntime } from '../container-runtime.ts';
import { containers } from '../containers.ts';
import { cpuAffinity } from '../cpu-affinity.ts';
import { cpuBinding } from '../cpu-binding.ts';
import { deviceFilters } from '../device-filters.ts';
import { hostClock } from '../host-clock.ts';
import { hostNetwork } from '../host-network.ts';
import { hpcContainers } from '../hpc-containers.ts';
import { kubernetes } from '../kubernetes.ts';
import { launchHosts } from '../launch-hosts.ts';
import { limits } from '../limits.ts';
import { lsfPbs } from '../lsf-pbs.ts';
import { mpiLaunch } from '../mpi-launch.ts';
import { permissions } from '../permissions.ts';
import { rdmaInContainer } from '../rdma-in-container.ts';
import { roomRefusals } from '../room-refusals.ts';
import { siteSubmit } from '../site-submit.ts';
import { slurmNode } from '../slurm-node.ts';
import { slurmRequests } from '../slurm-requests.ts';
import { systemCallTraces } from '../system-call-traces.ts';
import { systemdUnits } from '../systemd-units.ts';

/** What the operating system, containers and schedulers report. */
export const hostReaders: readonly LogDetector[] = [
  hostNetwork,
  hostClock,
  cloudInterruption,
  deviceFilters,
  cgroupDevices,
  containers,
  accessRefused,
  permissions,
  systemdUnits,
  systemCallTraces,
  limits,
  rdmaInContainer,
  containerRuntime,
  hpcContainers,
  roomRefusals,
  kubernetes,
  slurmNode,
  slurmRequests,
  siteSubmit,
  affinityCalls,
  cpuBinding,
  cpuAffinity,
  mpiLaunch,
  accountAccess,
  launchHosts,
  lsfPbs,
];

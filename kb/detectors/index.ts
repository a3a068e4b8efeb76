import type { LogDetector } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { flightKinds } from '../logs/flight-recorder/kinds.ts';
import { sequenceKinds } from './sequences/index.ts';
import { blockIo } from './block-io.ts';
import { bmcEvents } from './bmc-events.ts';
import { cgroupDevices } from './cgroup-devices.ts';
import { checkpointParts } from './checkpoint-parts.ts';
import { checkpoints } from './checkpoints.ts';
import { cloudInterruption } from './cloud-interruption.ts';
import { clusterFs } from './cluster-fs.ts';
import { configErrors } from './config-errors.ts';
import { containerRuntime } from './container-runtime.ts';
import { containers } from './containers.ts';
import { cpuAffinity } from './cpu-affinity.ts';
import { cudaLibraries } from './cuda-libraries.ts';
import { dataLoading } from './data-loading.ts';
import { dataTime } from './data-time.ts';
import { dcgm } from './dcgm.ts';
import { deepspeed } from './deepspeed.ts';
import { dependencyErrors } from './dependency-errors.ts';
import { diskSpace } from './disk-space.ts';
import { fabricManager } from './fabricmanager.ts';
import { frameworkErrors } from './framework-errors.ts';
import { fuseFs } from './fuse-fs.ts';
import { gloo } from './gloo.ts';
import { gpuClocks } from './gpu-clocks.ts';
import { gpuMemoryAccount } from './gpu-memory-account.ts';
import { hostClock } from './host-clock.ts';
import { hostMemory } from './host-memory.ts';
import { hostNetwork } from './host-network.ts';
import { hpcContainers } from './hpc-containers.ts';
import { hubAccess } from './hub-access.ts';
import { jax } from './jax.ts';
import { kernelHangs } from './kernel-hangs.ts';
import { kubernetes } from './kubernetes.ts';
import { knownHarmless } from './known-harmless.ts';
import { launchHosts } from './launch-hosts.ts';
import { horovod } from './horovod.ts';
import { launchers } from './launchers.ts';
import { libfabricEfa } from './libfabric-efa.ts';
import { libraryLimits } from './library-limits.ts';
import { limits } from './limits.ts';
import { lossScale } from './loss-scale.ts';
import { lsfPbs } from './lsf-pbs.ts';
import { lustre } from './lustre.ts';
import { machineCheck } from './machine-check.ts';
import { memory } from './memory.ts';
import { mpi } from './mpi.ts';
import { mpiLaunch } from './mpi-launch.ts';
import { ncclCuda } from './nccl-cuda.ts';
import { ncclEnv } from './nccl-env.ts';
import { ncclFailures } from './nccl-failures.ts';
import { ncclGpuDirect } from './nccl-gpudirect.ts';
import { ncclInternals } from './nccl-internals.ts';
import { ncclRdma } from './nccl-rdma.ts';
import { ncclSetup } from './nccl-setup.ts';
import { ncclSockets } from './nccl-sockets.ts';
import { networkFs } from './network-fs.ts';
import { numerics } from './numerics.ts';
import { nvidiaDriverState } from './nvidia-driver-state.ts';
import { nvidiaDriver } from './nvidia-driver.ts';
import { nvidiaGsp } from './nvidia-gsp.ts';
import { nvidiaMemory } from './nvidia-memory.ts';
import { nvidiaSxid } from './nvidia-sxid.ts';
import { nvidiaXid } from './nvidia-xid.ts';
import { nvlinkFabric } from './nvlink-fabric.ts';
import { pcie } from './pcie.ts';
import { permissions } from './permissions.ts';
import { powerCooling } from './power-cooling.ts';
import { processGroups } from './process-groups.ts';
import { progress } from './progress.ts';
import { ray } from './ray.ts';
import { rdmaAdapter } from './rdma-adapter.ts';
import { rdmaCounters } from './rdma-counters.ts';
import { rdmaInContainer } from './rdma-in-container.ts';
import { rdmaLink } from './rdma-link.ts';
import { rendezvous } from './rendezvous.ts';
import { scheduling } from './scheduling.ts';
import { sharedCaches } from './shared-caches.ts';
import { slurmNode } from './slurm-node.ts';
import { slurmRequests } from './slurm-requests.ts';
import { storage } from './storage.ts';
import { torchCollectives } from './torch-collectives.ts';
import { torchCompile } from './torch-compile.ts';
import { torchElastic } from './torch-elastic.ts';
import { torchLaunch } from './torch-launch.ts';
import { torchParallel } from './torch-parallel.ts';
import { torchWatchdog } from './torch-watchdog.ts';
import { trainingProgress } from './training-progress.ts';
import { ucx } from './ucx.ts';
import { unreadTrouble } from './unread-trouble.ts';
import { userCode } from './user-code.ts';

/**
 * Those that know what they read, the more specific first: a line that two could read as a cause belongs to the first.
 * A new one: its file, a line here, and its fixture in test/kb/detectors/fixtures.
 */
export const readers: readonly LogDetector[] = [
  nvidiaXid,
  nvidiaSxid,
  fabricManager,
  nvidiaGsp,
  nvidiaDriver,
  nvidiaDriverState,
  nvidiaMemory,
  nvlinkFabric,
  gpuClocks,
  dcgm,
  pcie,
  machineCheck,
  kernelHangs,
  blockIo,
  bmcEvents,
  powerCooling,
  rdmaLink,
  rdmaAdapter,
  rdmaCounters,
  hostNetwork,
  hostClock,
  cloudInterruption,
  cgroupDevices,
  containers,
  permissions,
  limits,
  rdmaInContainer,
  containerRuntime,
  hpcContainers,
  kubernetes,
  slurmNode,
  slurmRequests,
  cpuAffinity,
  mpiLaunch,
  launchHosts,
  lsfPbs,
  libraryLimits,
  rendezvous,
  torchParallel,
  ray,
  hubAccess,
  cudaLibraries,
  deepspeed,
  torchCompile,
  frameworkErrors,
  jax,
  torchCollectives,
  torchLaunch,
  gloo,
  torchWatchdog,
  torchElastic,
  libfabricEfa,
  ucx,
  mpi,
  ncclGpuDirect,
  ncclRdma,
  ncclEnv,
  ncclSockets,
  ncclSetup,
  ncclCuda,
  ncclInternals,
  ncclFailures,
  gpuMemoryAccount,
  memory,
  hostMemory,
  storage,
  diskSpace,
  lustre,
  clusterFs,
  fuseFs,
  networkFs,
  sharedCaches,
  checkpoints,
  checkpointParts,
  dataLoading,
  dataTime,
  numerics,
  lossScale,
  scheduling,
  launchers,
  horovod,
  dependencyErrors,
  configErrors,
  userCode,
  progress,
  trainingProgress,
  processGroups,
  knownHarmless,
];

/** Every log detector; the last has its say where no other has one. */
export const detectors: readonly LogDetector[] = [...readers, unreadTrouble(readers)];

/** All kinds that a scan of logs can report, those of sequences and of flight-recorder dumps included. */
export const logFindingKinds: readonly FindingKind[] = [
  ...detectors.flatMap(({ kinds }) => kinds),
  ...sequenceKinds,
  ...flightKinds,
];

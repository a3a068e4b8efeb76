import type { LogDetector } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { flightKinds } from '../logs/flight-recorder/kinds.ts';
import { sequenceKinds } from './sequences/index.ts';
import { accessRefused } from './access-refused.ts';
import { accountAccess } from './account-access.ts';
import { affinityCalls } from './affinity-calls.ts';
import { arrayStores } from './array-stores.ts';
import { blockIo } from './block-io.ts';
import { bmcEvents } from './bmc-events.ts';
import { cgroupDevices } from './cgroup-devices.ts';
import { checkpointParts } from './checkpoint-parts.ts';
import { checkpointWrites } from './checkpoint-writes.ts';
import { checkpoints } from './checkpoints.ts';
import { cloudInterruption } from './cloud-interruption.ts';
import { clusterFs } from './cluster-fs.ts';
import { collectiveChecks } from './collective-checks.ts';
import { compilerAssertions } from './compiler-assertions.ts';
import { configErrors } from './config-errors.ts';
import { containerGpus } from './container-gpus.ts';
import { containerRuntime } from './container-runtime.ts';
import { containers } from './containers.ts';
import { coresAnnounced } from './cores-announced.ts';
import { cpuAffinity } from './cpu-affinity.ts';
import { cpuBinding } from './cpu-binding.ts';
import { cudaLibraries } from './cuda-libraries.ts';
import { cudaContextMemory } from './cuda-context-memory.ts';
import { cudaErrors } from './cuda-errors.ts';
import { dataEnds } from './data-ends.ts';
import { dataLoading } from './data-loading.ts';
import { dataShares } from './data-shares.ts';
import { dataTime } from './data-time.ts';
import { dcgm } from './dcgm.ts';
import { deepspeed } from './deepspeed.ts';
import { dependencyErrors } from './dependency-errors.ts';
import { deviceFilters } from './device-filters.ts';
import { diskSpace } from './disk-space.ts';
import { divergence } from './divergence.ts';
import { dynamicLinker } from './dynamic-linker.ts';
import { fabricManager } from './fabricmanager.ts';
import { fileLocks } from './file-locks.ts';
import { frameworkErrors } from './framework-errors.ts';
import { filtersShown } from './filters-shown.ts';
import { fuseFs } from './fuse-fs.ts';
import { gidEntries } from './gid-entries.ts';
import { gloo } from './gloo.ts';
import { gpuClocks } from './gpu-clocks.ts';
import { gpuMemoryAccount } from './gpu-memory-account.ts';
import { gpuProcessTable } from './gpu-process-table.ts';
import { hostAllocations } from './host-allocations.ts';
import { hostClock } from './host-clock.ts';
import { hostMemory } from './host-memory.ts';
import { hostNetwork } from './host-network.ts';
import { hostPower } from './host-power.ts';
import { hpcContainers } from './hpc-containers.ts';
import { hubAccess } from './hub-access.ts';
import { inputWaits } from './input-waits.ts';
import { interfaceDrift } from './interface-drift.ts';
import { interpreterPauses } from './interpreter-pauses.ts';
import { jax } from './jax.ts';
import { kernelHangs } from './kernel-hangs.ts';
import { kubernetes } from './kubernetes.ts';
import { knownHarmless } from './known-harmless.ts';
import { launchHosts } from './launch-hosts.ts';
import { horovod } from './horovod.ts';
import { launchers } from './launchers.ts';
import { libfabricEfa } from './libfabric-efa.ts';
import { libraryAllocations } from './library-allocations.ts';
import { libraryLimits } from './library-limits.ts';
import { limits } from './limits.ts';
import { localAddresses } from './local-addresses.ts';
import { loneStarts } from './lone-starts.ts';
import { loneWork } from './lone-work.ts';
import { lossScale } from './loss-scale.ts';
import { lsfPbs } from './lsf-pbs.ts';
import { lustre } from './lustre.ts';
import { machineCheck } from './machine-check.ts';
import { machinesReclaimed } from './machines-reclaimed.ts';
import { mainProcessFirst } from './main-process-first.ts';
import { memory } from './memory.ts';
import { memoryFiles } from './memory-files.ts';
import { messageTopics } from './message-topics.ts';
import { mpi } from './mpi.ts';
import { mpiLaunch } from './mpi-launch.ts';
import { nameLookup } from './name-lookup.ts';
import { ncclBuildFit } from './nccl-build-fit.ts';
import { ncclCuda } from './nccl-cuda.ts';
import { ncclDefects } from './nccl-defects.ts';
import { ncclEnv } from './nccl-env.ts';
import { ncclFailures } from './nccl-failures.ts';
import { ncclGpuDirect } from './nccl-gpudirect.ts';
import { ncclInternals } from './nccl-internals.ts';
import { ncclRdma } from './nccl-rdma.ts';
import { ncclRelease } from './nccl-release.ts';
import { ncclSettings } from './nccl-settings.ts';
import { ncclSetup } from './nccl-setup.ts';
import { ncclSockets } from './nccl-sockets.ts';
import { ncclStart } from './nccl-start.ts';
import { networkFs } from './network-fs.ts';
import { nodeParts } from './node-parts.ts';
import { numerics } from './numerics.ts';
import { openFiles } from './open-files.ts';
import { packetFilters } from './packet-filters.ts';
import { pathMtu } from './path-mtu.ts';
import { peerBandwidth } from './peer-bandwidth.ts';
import { peerCopies } from './peer-copies.ts';
import { gpuOccupied } from './gpu-occupied.ts';
import { pciListing } from './pci-listing.ts';
import { amdGpu } from './amd-gpu.ts';
import { nvidiaModule } from './nvidia-module.ts';
import { peermemModule } from './peermem-module.ts';
import { nvidiaDriverState } from './nvidia-driver-state.ts';
import { nvidiaDriver } from './nvidia-driver.ts';
import { nvidiaGsp } from './nvidia-gsp.ts';
import { nvidiaMemory } from './nvidia-memory.ts';
import { nvidiaSxid } from './nvidia-sxid.ts';
import { nvidiaXid } from './nvidia-xid.ts';
import { nvlinkFabric } from './nvlink-fabric.ts';
import { nvlinkMulticast } from './nvlink-multicast.ts';
import { pcie } from './pcie.ts';
import { permissions } from './permissions.ts';
import { powerCooling } from './power-cooling.ts';
import { processGroups } from './process-groups.ts';
import { progress } from './progress.ts';
import { rankOrder } from './rank-order.ts';
import { ray } from './ray.ts';
import { rdmaAdapter } from './rdma-adapter.ts';
import { rdmaCounters } from './rdma-counters.ts';
import { rdmaDevicePlugin } from './rdma-device-plugin.ts';
import { rdmaDriverFit } from './rdma-driver-fit.ts';
import { rdmaInContainer } from './rdma-in-container.ts';
import { rdmaLink } from './rdma-link.ts';
import { rendezvous } from './rendezvous.ts';
import { roomRefusals } from './room-refusals.ts';
import { roomSensors } from './room-sensors.ts';
import { scheduling } from './scheduling.ts';
import { sharedCaches } from './shared-caches.ts';
import { sharedSegments } from './shared-segments.ts';
import { siteSubmit } from './site-submit.ts';
import { slurmNode } from './slurm-node.ts';
import { slurmRequests } from './slurm-requests.ts';
import { storage } from './storage.ts';
import { tensorChecks } from './tensor-checks.ts';
import { torchCollectives } from './torch-collectives.ts';
import { torchCompile } from './torch-compile.ts';
import { torchElastic } from './torch-elastic.ts';
import { torchLaunch } from './torch-launch.ts';
import { torchParallel } from './torch-parallel.ts';
import { torchWatchdog } from './torch-watchdog.ts';
import { trainingProgress } from './training-progress.ts';
import { transportChoices } from './transport-choices.ts';
import { ucx } from './ucx.ts';
import { unfinishedStores } from './unfinished-stores.ts';
import { unreadTrouble } from './unread-trouble.ts';
import { userCode } from './user-code.ts';
import { verbsCalls } from './verbs-calls.ts';
import { wallLimits } from './wall-limits.ts';
import { workBars } from './work-bars.ts';
import { worldClaims } from './world-claims.ts';
import { worldLayouts } from './world-layouts.ts';

/**
 * Those that know what they read, the more specific first: a line that two could read as a cause belongs to the first.
 * A new one: its file, a line here, and its fixture in test/kb/detectors/fixtures.
 */
export const readers: readonly LogDetector[] = [
  nvidiaXid,
  nvidiaSxid,
  fabricManager,
  nvlinkMulticast,
  nvidiaGsp,
  pathMtu,
  localAddresses,
  packetFilters,
  filtersShown,
  ncclBuildFit,
  ncclSettings,
  ncclDefects,
  roomSensors,
  peerCopies,
  peerBandwidth,
  cudaContextMemory,
  gpuOccupied,
  pciListing,
  amdGpu,
  nvidiaModule,
  peermemModule,
  containerGpus,
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
  hostPower,
  rdmaLink,
  rdmaAdapter,
  rdmaCounters,
  hostNetwork,
  hostClock,
  cloudInterruption,
  deviceFilters,
  cgroupDevices,
  containers,
  accessRefused,
  permissions,
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
  libraryLimits,
  worldClaims,
  worldLayouts,
  rendezvous,
  torchParallel,
  memoryFiles,
  ray,
  hubAccess,
  libraryAllocations,
  hostAllocations,
  cudaLibraries,
  cudaErrors,
  deepspeed,
  compilerAssertions,
  torchCompile,
  interfaceDrift,
  frameworkErrors,
  jax,
  dataEnds,
  dataShares,
  rankOrder,
  mainProcessFirst,
  collectiveChecks,
  torchCollectives,
  torchLaunch,
  gloo,
  torchWatchdog,
  torchElastic,
  nameLookup,
  libfabricEfa,
  transportChoices,
  ucx,
  mpi,
  ncclGpuDirect,
  ncclRdma,
  ncclEnv,
  ncclSockets,
  ncclStart,
  ncclSetup,
  dynamicLinker,
  ncclRelease,
  ncclCuda,
  ncclInternals,
  ncclFailures,
  verbsCalls,
  gidEntries,
  rdmaDevicePlugin,
  rdmaDriverFit,
  gpuMemoryAccount,
  gpuProcessTable,
  memory,
  hostMemory,
  checkpointWrites,
  fileLocks,
  storage,
  openFiles,
  sharedSegments,
  diskSpace,
  lustre,
  clusterFs,
  fuseFs,
  networkFs,
  sharedCaches,
  arrayStores,
  unfinishedStores,
  nodeParts,
  checkpoints,
  checkpointParts,
  interpreterPauses,
  inputWaits,
  dataLoading,
  dataTime,
  tensorChecks,
  divergence,
  numerics,
  lossScale,
  machinesReclaimed,
  scheduling,
  wallLimits,
  launchers,
  horovod,
  messageTopics,
  dependencyErrors,
  configErrors,
  userCode,
  loneWork,
  workBars,
  progress,
  trainingProgress,
  processGroups,
  loneStarts,
  coresAnnounced,
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

import type { LogDetector } from '../../schemas/detector.ts';
import { containerImages } from '../container-images.ts';
import { cudaContextMemory } from '../cuda-context-memory.ts';
import { dataFormats } from '../data-formats.ts';
import { fabricManager } from '../fabricmanager.ts';
import { filtersShown } from '../filters-shown.ts';
import { gpuInitiated } from '../gpu-initiated.ts';
import { gpuOccupied } from '../gpu-occupied.ts';
import { hubTransfers } from '../hub-transfers.ts';
import { localAddresses } from '../local-addresses.ts';
import { mounts } from '../mounts.ts';
import { mpiRuntime } from '../mpi-runtime.ts';
import { ncclBuildFit } from '../nccl-build-fit.ts';
import { ncclCalls } from '../nccl-calls.ts';
import { ncclDefects } from '../nccl-defects.ts';
import { ncclNetState } from '../nccl-net-state.ts';
import { ncclSettings } from '../nccl-settings.ts';
import { nvidiaGsp } from '../nvidia-gsp.ts';
import { nvidiaSxid } from '../nvidia-sxid.ts';
import { nvidiaXid } from '../nvidia-xid.ts';
import { nvlinkMulticast } from '../nvlink-multicast.ts';
import { objectStores } from '../object-stores.ts';
import { packetFilters } from '../packet-filters.ts';
import { pathMtu } from '../path-mtu.ts';
import { peerBandwidth } from '../peer-bandwidth.ts';
import { peerCopies } from '../peer-copies.ts';
import { podStarts } from '../pod-starts.ts';
import { privilegedPorts } from '../privileged-ports.ts';
import { pyxisImages } from '../pyxis-images.ts';
import { rdmaBenchmarks } from '../rdma-benchmarks.ts';
import { roomSensors } from '../room-sensors.ts';
import { secureChannels } from '../secure-channels.ts';
import { shellAnswers } from '../shell-answers.ts';
import { slurmLaunch } from '../slurm-launch.ts';
import { slurmListings } from '../slurm-listings.ts';
import { transportCrashes } from '../transport-crashes.ts';
import { transportLibraries } from '../transport-libraries.ts';

/** Lines that others would read as something more general: codes of drivers, refusals of stores and mounts, NCCL's own settings. */
export const specificReaders: readonly LogDetector[] = [
  nvidiaXid,
  nvidiaSxid,
  fabricManager,
  nvlinkMulticast,
  objectStores,
  privilegedPorts,
  mounts,
  hubTransfers,
  pyxisImages,
  containerImages,
  podStarts,
  secureChannels,
  slurmLaunch,
  slurmListings,
  shellAnswers,
  dataFormats,
  nvidiaGsp,
  pathMtu,
  localAddresses,
  packetFilters,
  filtersShown,
  ncclBuildFit,
  ncclSettings,
  ncclDefects,
  ncclNetState,
  ncclCalls,
  rdmaBenchmarks,
  mpiRuntime,
  transportLibraries,
  transportCrashes,
  gpuInitiated,
  roomSensors,
  peerCopies,
  peerBandwidth,
  cudaContextMemory,
  gpuOccupied,
];

import type { FindingKind } from '../../schemas/finding-kind.ts';
import { accessSeen } from './access-seen.ts';
import { addressingSeen } from './addressing.ts';
import { changesSeen } from './changes.ts';
import { conclusionsSeen } from './conclusions.ts';
import { connectionsSeen } from './connections.ts';
import { containersSeen } from './containers.ts';
import { coresSeen } from './cores-seen.ts';
import { checkpointsSeen } from './checkpoints-seen.ts';
import { dataSeen } from './data-seen.ts';
import { doneYetFailed } from './done-yet-failed.ts';
import { driverReleaseSeen } from './driver-release.ts';
import { driverStackSeen } from './driver-stack.ts';
import { endsTold } from './ends-told.ts';
import { fabricSeen } from './fabric.ts';
import { filesSeen } from './files-seen.ts';
import { firstUseSeen } from './first-use.ts';
import { gpuClocksSeen } from './gpu-clocks.ts';
import { gpudirectSeen } from './gpudirect-seen.ts';
import { gpuHealthSeen } from './gpu-health.ts';
import { gpuLoadSeen } from './gpu-load.ts';
import { gpuMemorySeen } from './gpu-memory.ts';
import { gpuMemoryFreeSeen } from './gpu-memory-free.ts';
import { hostMemorySeen } from './host-memory.ts';
import { hostPartsSeen } from './host-parts.ts';
import { jobShapeSeen } from './job-shape.ts';
import { launchSeen } from './launch.ts';
import { layoutSeen } from './layout-of-job.ts';
import { launchVariablesSeen } from './launch-variables.ts';
import { limitsSeen } from './limits.ts';
import { machinesTold } from './machines.ts';
import { modelPathsSeen } from './model-paths.ts';
import { ncclAndRdmaSeen } from './nccl-and-rdma-seen.ts';
import { networkSeen } from './network-seen.ts';
import type { NoteDetector } from './note-patterns.ts';
import { otherReleases } from './other-releases.ts';
import { paceOfData } from './pace-of-data.ts';
import { powerSeen } from './power-seen.ts';
import { ranksCompared } from './ranks-compared.ts';
import { resultsSeen } from './results-and-speed.ts';
import { schedulingSeen } from './scheduling.ts';
import { storageCompared } from './storage-compared.ts';
import { storageSeen } from './storage.ts';
import { containerTrials } from './trials-of-containers.ts';
import { jobTrials } from './trials-of-jobs.ts';
import { ncclTrials } from './trials-of-nccl.ts';
import { nodeTrials } from './trials-of-nodes.ts';
import { transportsWanted } from './transports-wanted.ts';
import { imageTrials } from './trials-of-images.ts';
import { troubleSeen } from './trouble-seen.ts';
import { whereAndWhenSeen } from './where-and-when.ts';

/** Every theme of what people tell. A new one: its file and a line here; its samples stand beside its patterns. */
export const noteDetectors: readonly NoteDetector[] = [
  gpuClocksSeen,
  gpuLoadSeen,
  hostPartsSeen,
  gpuHealthSeen,
  gpuMemorySeen,
  gpuMemoryFreeSeen,
  driverStackSeen,
  driverReleaseSeen,
  fabricSeen,
  addressingSeen,
  connectionsSeen,
  networkSeen,
  ncclAndRdmaSeen,
  limitsSeen,
  containersSeen,
  hostMemorySeen,
  storageSeen,
  checkpointsSeen,
  dataSeen,
  endsTold,
  doneYetFailed,
  whereAndWhenSeen,
  jobShapeSeen,
  resultsSeen,
  launchSeen,
  launchVariablesSeen,
  modelPathsSeen,
  changesSeen,
  schedulingSeen,
  ncclTrials,
  nodeTrials,
  containerTrials,
  jobTrials,
  accessSeen,
  coresSeen,
  layoutSeen,
  otherReleases,
  paceOfData,
  powerSeen,
  ranksCompared,
  storageCompared,
  filesSeen,
  conclusionsSeen,
  transportsWanted,
  imageTrials,
  troubleSeen,
  gpudirectSeen,
  machinesTold,
  firstUseSeen,
];

/** All kinds that notes can report in their own words. */
export const noteKinds: readonly FindingKind[] = noteDetectors.flatMap(({ kinds }) => kinds);

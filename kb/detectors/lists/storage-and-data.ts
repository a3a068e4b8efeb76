import type { LogDetector } from '../../schemas/detector.ts';
import { arrayStores } from '../array-stores.ts';
import { checkpointParts } from '../checkpoint-parts.ts';
import { checkpointWrites } from '../checkpoint-writes.ts';
import { checkpoints } from '../checkpoints.ts';
import { clusterFs } from '../cluster-fs.ts';
import { configErrors } from '../config-errors.ts';
import { coresAnnounced } from '../cores-announced.ts';
import { dataLoading } from '../data-loading.ts';
import { dataTime } from '../data-time.ts';
import { dependencyErrors } from '../dependency-errors.ts';
import { diskSpace } from '../disk-space.ts';
import { divergence } from '../divergence.ts';
import { fileLocks } from '../file-locks.ts';
import { fuseFs } from '../fuse-fs.ts';
import { gpuMemoryAccount } from '../gpu-memory-account.ts';
import { graphNodes } from '../graph-nodes.ts';
import { startMemory } from '../start-memory.ts';
import { gpuMemoryTable } from '../gpu-memory-table.ts';
import { gpuProcessTable } from '../gpu-process-table.ts';
import { horovod } from '../horovod.ts';
import { hostMemory } from '../host-memory.ts';
import { inputWaits } from '../input-waits.ts';
import { interpreterPauses } from '../interpreter-pauses.ts';
import { knownHarmless } from '../known-harmless.ts';
import { launchers } from '../launchers.ts';
import { loneStarts } from '../lone-starts.ts';
import { loneWork } from '../lone-work.ts';
import { lossScale } from '../loss-scale.ts';
import { lustre } from '../lustre.ts';
import { machinesReclaimed } from '../machines-reclaimed.ts';
import { memory } from '../memory.ts';
import { messageTopics } from '../message-topics.ts';
import { networkFs } from '../network-fs.ts';
import { nodeParts } from '../node-parts.ts';
import { numerics } from '../numerics.ts';
import { openFiles } from '../open-files.ts';
import { processGroups } from '../process-groups.ts';
import { progress } from '../progress.ts';
import { scheduling } from '../scheduling.ts';
import { removalCalls } from '../removal-calls.ts';
import { removedByOthers } from '../removed-by-others.ts';
import { sharedCaches } from '../shared-caches.ts';
import { sharedSegments } from '../shared-segments.ts';
import { stackListings } from '../stack-listings.ts';
import { storage } from '../storage.ts';
import { tensorChecks } from '../tensor-checks.ts';
import { trainingProgress } from '../training-progress.ts';
import { unfinishedStores } from '../unfinished-stores.ts';
import { userCode } from '../user-code.ts';
import { wallLimits } from '../wall-limits.ts';
import { workBars } from '../work-bars.ts';

/** Memory, file systems, checkpoints, data, values, and what ends a program for no other reason. */
export const storageAndDataReaders: readonly LogDetector[] = [
  gpuMemoryAccount,
  startMemory,
  graphNodes,
  gpuProcessTable,
  gpuMemoryTable,
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
  removalCalls,
  removedByOthers,
  sharedCaches,
  arrayStores,
  unfinishedStores,
  nodeParts,
  checkpoints,
  checkpointParts,
  interpreterPauses,
  inputWaits,
  dataLoading,
  stackListings,
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

import type { KnowledgeRecord } from '../schemas/record.ts';
import { acsRedirectsPeerTraffic } from './acs-redirects-peer-traffic.ts';
import { clockLockLeftBehind } from './clock-lock-left-behind.ts';
import { diskFullSeenAsWatchdog } from './disk-full-seen-as-watchdog.ts';
import { eccBadNodeReselected } from './ecc-bad-node-reselected.ts';
import { emptyTailBatch } from './empty-tail-batch.ts';
import { fabricmanagerVersionDiffers } from './fabricmanager-version-differs.ts';
import { gidIndexUnroutable } from './gid-index-unroutable.ts';
import { ncclMissesPeermem } from './nccl-misses-peermem.ts';
import { offBusWithoutXid } from './off-bus-without-xid.ts';
import { offloadFillsHostMemory } from './offload-fills-host-memory.ts';
import { peermemNotLoaded } from './peermem-not-loaded.ts';
import { portFlapSeenAsErrorTwelve } from './port-flap-seen-as-error-twelve.ts';
import { powerBrakeAfterPowerEvent } from './power-brake-after-power-event.ts';
import { rankZeroPreprocesses } from './rank-zero-preprocesses.ts';
import { shmOfContainerTooSmall } from './shm-of-container-too-small.ts';
import { socketIfnamePicksLoopback } from './socket-ifname-picks-loopback.ts';

/** The knowledge base as it ships, one file a record; learned records are kept apart until people accept them. */
export const records: readonly KnowledgeRecord[] = [
  clockLockLeftBehind,
  powerBrakeAfterPowerEvent,
  eccBadNodeReselected,
  offBusWithoutXid,
  acsRedirectsPeerTraffic,
  gidIndexUnroutable,
  portFlapSeenAsErrorTwelve,
  fabricmanagerVersionDiffers,
  peermemNotLoaded,
  ncclMissesPeermem,
  socketIfnamePicksLoopback,
  rankZeroPreprocesses,
  shmOfContainerTooSmall,
  offloadFillsHostMemory,
  diskFullSeenAsWatchdog,
  emptyTailBatch,
];

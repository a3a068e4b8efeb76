import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { adapterWithoutDriver } from './adapter-without-driver.ts';
import { barAtTimeout } from './bar-at-timeout.ts';
import { collectivesEntered } from './collectives-entered.ts';
import { ethernetLids } from './ethernet-lids.ts';
import { firstFailed } from './first-failed.ts';
import { gpudirectByNode } from './gpudirect-by-node.ts';
import { jobAttempts } from './job-attempts.ts';
import { loneProcesses } from './lone-processes.ts';
import { missingRanks } from './missing-ranks.ts';
import { ncclNodes } from './nccl-nodes.ts';
import { ncclVersions } from './nccl-versions.ts';
import { narrowedCores } from './narrowed-cores.ts';
import { nodeAddresses } from './node-addresses.ts';
import { nodeClocks } from './node-clocks.ts';
import { oneGpuFull } from './one-gpu-full.ts';
import { peerBandwidths } from './peer-bandwidths.ts';
import { pluginDespiteOff } from './plugin-despite-off.ts';
import { privilegedPortRefused } from './privileged-port-refused.ts';
import { tripWithPowerFault } from './trip-with-power-fault.ts';
import { wrappedBehindTraining } from './wrapped-behind-training.ts';
import { noSpaceInCollective } from './no-space-in-collective.ts';
import { epochsCompared } from './epochs-compared.ts';
import { rayletEndedAtStart } from './raylet-ended-at-start.ts';
import { raisedInLibrary } from './raised-in-library.ts';
import { removedAlready } from './removed-already.ts';
import { rankClaims } from './rank-claims.ts';
import { rankProgress } from './rank-progress.ts';
import { rootCompared } from './root-compared.ts';
import { sharedCores } from './shared-cores.ts';
import { smallAtInitializer } from './small-at-initializer.ts';
import { stepTimes } from './step-times.ts';
import { waitingRanks } from './waiting-ranks.ts';
import { oneHostTest } from './one-host-test.ts';
import { driverReleasesTried } from './driver-releases-tried.ts';
import { weightsAtTimeout } from './weights-at-timeout.ts';

/** Every sequence detector. A new one: its file, a line here, and its fixture in test/kb/detectors/sequences. */
export const sequenceDetectors: readonly SequenceDetector[] = [
  waitingRanks,
  ncclVersions,
  ncclNodes,
  collectivesEntered,
  missingRanks,
  rankProgress,
  stepTimes,
  firstFailed,
  nodeClocks,
  barAtTimeout,
  rankClaims,
  peerBandwidths,
  loneProcesses,
  sharedCores,
  narrowedCores,
  rootCompared,
  raisedInLibrary,
  removedAlready,
  rayletEndedAtStart,
  epochsCompared,
  noSpaceInCollective,
  wrappedBehindTraining,
  tripWithPowerFault,
  privilegedPortRefused,
  gpudirectByNode,
  nodeAddresses,
  pluginDespiteOff,
  adapterWithoutDriver,
  weightsAtTimeout,
  oneGpuFull,
  smallAtInitializer,
  ethernetLids,
  jobAttempts,
  oneHostTest,
  driverReleasesTried,
];

export const sequenceKinds: readonly FindingKind[] = sequenceDetectors.flatMap(({ kinds }) => kinds);

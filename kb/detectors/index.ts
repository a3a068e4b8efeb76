import type { LogDetector } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { comparisonKinds } from '../logs/rank-comparison.ts';
import { checkpoints } from './checkpoints.ts';
import { containers } from './containers.ts';
import { dataLoading } from './data-loading.ts';
import { gpuClocks } from './gpu-clocks.ts';
import { hostKernel } from './host-kernel.ts';
import { memory } from './memory.ts';
import { ncclFailures } from './nccl-failures.ts';
import { ncclGpuDirect } from './nccl-gpudirect.ts';
import { ncclRdma } from './nccl-rdma.ts';
import { ncclSetup } from './nccl-setup.ts';
import { ncclSockets } from './nccl-sockets.ts';
import { numerics } from './numerics.ts';
import { nvidiaDriver } from './nvidia-driver.ts';
import { nvidiaMemory } from './nvidia-memory.ts';
import { nvidiaXid } from './nvidia-xid.ts';
import { nvlinkFabric } from './nvlink-fabric.ts';
import { progress } from './progress.ts';
import { rdmaLink } from './rdma-link.ts';
import { scheduling } from './scheduling.ts';
import { storage } from './storage.ts';
import { torchCollectives } from './torch-collectives.ts';
import { torchLaunch } from './torch-launch.ts';
import { userCode } from './user-code.ts';

/**
 * Every log detector, the more specific first: a line that two could read as a cause belongs to the first. A new one: its file, a line here, and its fixture in test/kb/detectors/fixtures.
 */
export const detectors: readonly LogDetector[] = [
  nvidiaXid,
  nvidiaDriver,
  nvidiaMemory,
  nvlinkFabric,
  gpuClocks,
  hostKernel,
  rdmaLink,
  containers,
  torchCollectives,
  torchLaunch,
  ncclGpuDirect,
  ncclRdma,
  ncclSockets,
  ncclSetup,
  ncclFailures,
  memory,
  storage,
  checkpoints,
  dataLoading,
  numerics,
  scheduling,
  userCode,
  progress,
];

/** All kinds that a scan of logs can report, those that compare ranks included. */
export const logFindingKinds: readonly FindingKind[] = [...detectors.flatMap(({ kinds }) => kinds), ...comparisonKinds];

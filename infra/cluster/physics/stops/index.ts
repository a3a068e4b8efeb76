import type { StopCause } from '../job.ts';
import { alikeHang } from './alike-hang.ts';
import { asyncSaveHang } from './async-save-hang.ts';
import { branchCollective } from './branch-collective.ts';
import { checkpointDenied } from './checkpoint-denied.ts';
import { cudaStart } from './cuda-start.ts';
import { devicesLost } from './devices-lost.ts';
import { diskFull } from './disk-full.ts';
import { fabricManagerStop } from './fabricmanager.ts';
import { dimmStop, fabricStop, gspStop, nvlinkStop, remapStop, sramStop } from './gpu-faults.ts';
import { flapTooLong } from './flap-too-long.ts';
import { gpuLost } from './gpu-lost.ts';
import { gpuOutOfMemory } from './gpu-out-of-memory.ts';
import { hostHangs } from './host-hangs.ts';
import { hostOom } from './host-oom.ts';
import { leafCutOff } from './leaf-cut-off.ts';
import { longEvaluation } from './long-evaluation.ts';
import { lossNan } from './loss-nan.ts';
import { memoryErrorStop } from './memory-error.ts';
import { largePackets } from './large-packets.ts';
import { ncclHang } from './nccl-hang.ts';
import { nodeLost } from './node-lost.ts';
import { openFiles } from './open-files.ts';
import { portClosedStop } from './port-closed.ts';
import { portDeadStop } from './port-dead.ts';
import { pause } from './pause.ts';
import { rankHang } from './rank-hang.ts';
import { schedulerEnds } from './scheduler-ends.ts';
import { shmFull } from './shm-full.ts';
import { shortData } from './short-data.ts';
import { slowCollective } from './slow-collective.ts';
import { userException } from './user-exception.ts';

/** Everything that can end a running attempt; one file each. */
export const stopCauses: readonly StopCause[] = [
  alikeHang,
  pause,
  hostOom,
  diskFull,
  memoryErrorStop,
  cudaStart,
  gpuLost,
  sramStop,
  remapStop,
  nvlinkStop,
  fabricStop,
  fabricManagerStop,
  gspStop,
  dimmStop,
  portClosedStop,
  portDeadStop,
  flapTooLong,
  leafCutOff,
  slowCollective,
  largePackets,
  nodeLost,
  rankHang,
  userException,
  gpuOutOfMemory,
  lossNan,
  ncclHang,
  asyncSaveHang,
  longEvaluation,
  branchCollective,
  shortData,
  checkpointDenied,
  devicesLost,
  hostHangs,
  openFiles,
  schedulerEnds,
  shmFull,
];

import { debugXidLines } from '../debug-xid-lines.ts';
import { oomLines } from '../kernel-oom.ts';
import { linkKernelLines } from '../link-lines.ts';
import { xidLines } from '../xid-lines.ts';
import { gspLines, lostGpuLines, memoryFaultLines } from './gpu-boards.ts';
import { nvlinkFaultLines } from './nvlink-faults.ts';
import { aerLines, memoryModuleLines, mismatchLines } from './server-hardware.ts';
import { chatterLines } from './chatter.ts';
import { hcaFirmwareLines } from './hca-firmware.ts';
import { driveTimeoutLines, lockupLines, lustreLines, swapLines } from './host.ts';
import type { KernelSource } from './kernel-source.ts';
import { routineLines } from './routine.ts';

/** Everything that the kernel of a node says after its boot; `dmesg` and the shipped kernel log both show it. */
export const kernelSources: readonly KernelSource[] = [
  routineLines,
  chatterLines,
  debugXidLines,
  lostGpuLines,
  memoryFaultLines,
  nvlinkFaultLines,
  gspLines,
  mismatchLines,
  aerLines,
  memoryModuleLines,
  linkKernelLines,
  hcaFirmwareLines,
  lustreLines,
  driveTimeoutLines,
  lockupLines,
  swapLines,
  (timeline, node, _fromMs, toMs) => xidLines(timeline, node, toMs),
  (timeline, node, _fromMs, toMs) => oomLines(timeline, node, toMs),
];

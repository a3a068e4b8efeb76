import type { Tool } from '../command.ts';
import { dcgmi } from '../dcgmi.ts';
import { driverVersionFile, fabricManagerTail, sysGrep } from '../driver-files.ts';
import { nvFabricManager } from '../nv-fabric.ts';
import { modprobe } from '../modprobe.ts';
import { nvidiaSmi } from '../nvidia-smi/index.ts';

/** Tools that ask the NVIDIA driver and DCGM. */
export const gpuTools: readonly Tool[] = [
  nvidiaSmi,
  dcgmi,
  nvFabricManager,
  driverVersionFile,
  fabricManagerTail,
  sysGrep,
  modprobe,
];

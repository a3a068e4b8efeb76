import { diskFull } from './disk-full.ts';
import type { Fault } from './fault.ts';
import { gpuClockLock } from './gpu-clock-lock.ts';
import { gpuEccRowRemap } from './gpu-ecc-row-remap.ts';
import { gpuPowerCap } from './gpu-power-cap.ts';
import { hostOom } from './host-oom.ts';
import { ibPortFlap } from './ib-port-flap.ts';
import { oldXid } from './old-xid.ts';
import { plannedMaintenance } from './planned-maintenance.ts';

/** All faults that can be injected; one file each. */
export const faults: readonly Fault[] = [
  gpuClockLock,
  gpuPowerCap,
  gpuEccRowRemap,
  ibPortFlap,
  hostOom,
  diskFull,
  oldXid,
  plannedMaintenance,
];

export function findFault(id: string): Fault | undefined {
  return faults.find((fault) => fault.id === id);
}

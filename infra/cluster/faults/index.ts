import type { Fault } from './fault.ts';
import { gpuClockLock } from './gpu-clock-lock.ts';
import { gpuPowerCap } from './gpu-power-cap.ts';

/** All faults that can be injected; one file each. */
export const faults: readonly Fault[] = [gpuClockLock, gpuPowerCap];

export function findFault(id: string): Fault | undefined {
  return faults.find((fault) => fault.id === id);
}

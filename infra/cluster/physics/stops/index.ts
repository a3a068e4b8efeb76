import type { StopCause } from '../job.ts';
import { diskFull } from './disk-full.ts';
import { hostOom } from './host-oom.ts';
import { memoryErrorStop } from './memory-error.ts';
import { portClosedStop } from './port-closed.ts';

/** Everything that can end a running attempt; one file each. */
export const stopCauses: readonly StopCause[] = [hostOom, diskFull, memoryErrorStop, portClosedStop];

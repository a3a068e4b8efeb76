import type { Clock } from './ports.ts';

/**
 * Milliseconds since 1970 as they were when this process began, counted on evenly: steps of the machine's clock do not
 * move it, so that differences are durations. Not for times that others compare with theirs.
 */
export const steadyClock: Clock = { nowMs: () => Math.round(performance.timeOrigin + performance.now()) };

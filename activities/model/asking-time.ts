import type { Info } from '@temporalio/activity';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';

/** What a server says about one attempt of an activity. */
export type AttemptTimes = Partial<
  Pick<
    Info,
    'scheduledTimestampMs' | 'currentAttemptScheduledTimestampMs' | 'startToCloseTimeoutMs' | 'scheduleToCloseTimeoutMs'
  >
>;

/** To store the exchange and to tell the server; two small objects take some 50 ms, a store under load seconds. */
const reportMsMax = 5_000;
/** Where little time is left: most of it is for the model. */
const reportShare = 0.2;

/**
 * Milliseconds from `startedAtMs`, this worker's clock at the start of the attempt, for which a model may be waited for:
 * what it says has to be stored and told before the server gives the activity up. `Infinity` where nothing bounds it.
 */
export function askingMs(times: AttemptTimes, startedAtMs: number): number {
  const ofAttempt = bound(times.startToCloseTimeoutMs);
  const { scheduledTimestampMs: first = 0, currentAttemptScheduledTimestampMs: latest = first } = times;
  const ofAll = bound(times.scheduleToCloseTimeoutMs) - (latest - first) - waitedMs(startedAtMs - latest);
  const left = Math.max(0, Math.min(ofAttempt, ofAll));
  return left === Infinity ? left : Math.floor(left - Math.min(reportMsMax, left * reportShare));
}

/** 0 and nothing are how servers say that there is no bound. */
function bound(timeoutMs: number | undefined): number {
  return timeoutMs === undefined || timeoutMs <= 0 ? Infinity : timeoutMs;
}

/** In the task queue. No attempt waits longer than it may: then it is the clocks of server and worker that differ. */
function waitedMs(seemsMs: number): number {
  return seemsMs < 0 || seemsMs > timeoutClasses.model.scheduleToStartMs ? 0 : seemsMs;
}

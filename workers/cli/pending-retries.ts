import type { WorkflowExecutionDescription } from '@temporalio/client';

/** An activity that has failed and is tried again: why an incident stays in its phase. */
export interface PendingRetry {
  readonly activity: string;
  /** The attempt that runs or comes next; the first is 1. */
  readonly attempt: number;
  /** Of the latest failure, with its type: our own words, bounded. */
  readonly why: string;
  /** When the next attempt begins; `null` while one runs. */
  readonly nextAtMs: number | null;
  /** When the engine gives up; `null` where it never does. */
  readonly untilMs: number | null;
}

const retriesShownMax = 10;
const whyCharsMax = 300;

/** What the server says of a run's pending activities; those that have not failed yet are left out. */
export function pendingRetries({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): readonly PendingRetry[] {
  return (raw.pendingActivities ?? [])
    .flatMap(({ activityType, attempt, lastFailure, nextAttemptScheduleTime, expirationTime }) => {
      const message = lastFailure?.message ?? '';
      if (message === '' || (attempt ?? 0) < 2) return [];
      const type = lastFailure?.applicationFailureInfo?.type ?? '';
      const why = `${type === '' ? '' : `${type}: `}${message}`.slice(0, whyCharsMax);
      const times = { nextAtMs: msOf(nextAttemptScheduleTime), untilMs: msOf(expirationTime) };
      return [{ activity: activityType?.name ?? 'an activity', attempt: attempt ?? 0, why, ...times }];
    })
    .slice(0, retriesShownMax);
}

interface Timestamp {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}

/** The server leaves a time out, or sends zero, when there is none. */
function msOf(time: Timestamp | null | undefined): number | null {
  const seconds = Number(time?.seconds ?? 0);
  return seconds === 0 ? null : seconds * 1000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}

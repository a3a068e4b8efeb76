import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import { noopMetricMeter, type Logger } from '@temporalio/common';

/** Runs an activity's function as a worker would, without a server: it may ask for its signal, its attempt, and beat. */
export function inActivity<T>(
  recorded: { readonly type: string; readonly attempt: number; readonly scheduledAtMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const never = new Promise<never>(() => {});
  // As much of the information as our activities ask for; they are all in this repository.
  const info = {
    activityType: recorded.type,
    attempt: recorded.attempt,
    scheduledTimestampMs: recorded.scheduledAtMs,
    currentAttemptScheduledTimestampMs: recorded.scheduledAtMs,
  } as Info;
  const signal = new AbortController().signal;
  const context = new Context(info, never, signal, () => {}, undefined, silent, noopMetricMeter, {});
  return asyncLocalStorage.run(context, work);
}

const silent: Logger = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

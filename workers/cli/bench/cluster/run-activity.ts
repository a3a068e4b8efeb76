import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import { ActivityCancellationDetails, noopMetricMeter, type Logger } from '@temporalio/common';

/** Runs an activity as a worker does at its first attempt, in this process: nothing is retried, nothing cancelled. */
export function runActivity<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> {
  const never = new Promise<never>(() => {});
  const context = new Context(info, never, new AbortController().signal, () => {}, undefined, silent, noopMetricMeter, {
    details: new ActivityCancellationDetails(),
  });
  return asyncLocalStorage.run(context, () => activity(input));
}

const info: Info = {
  taskToken: new Uint8Array(),
  base64TaskToken: '',
  activityId: 'bench',
  activityType: 'bench',
  activityNamespace: 'bench',
  namespace: 'bench',
  taskQueue: 'bench',
  attempt: 1,
  isLocal: true,
  inWorkflow: false,
  scheduledTimestampMs: 0,
  currentAttemptScheduledTimestampMs: 0,
  scheduleToCloseTimeoutMs: 0,
  startToCloseTimeoutMs: 0,
  heartbeatDetails: undefined,
};

const silent: Logger = {
  log: () => {},
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

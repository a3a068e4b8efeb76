import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** Longer than any test takes. */
const timeoutMs = 120_000;

/** Runs an activity as a worker would, at a given attempt and within the time that the server gives it. */
export async function runActivity<I, O>(
  activity: (input: I) => Promise<O>,
  input: I,
  attempt = 1,
  more: { readonly startToCloseTimeoutMs?: number; readonly heartbeatDetails?: unknown } = {},
): Promise<O> {
  const info = { attempt, startToCloseTimeoutMs: timeoutMs, scheduleToCloseTimeoutMs: timeoutMs, ...more };
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  return environment.run(activity, input);
}

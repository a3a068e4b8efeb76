import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** Runs an activity as a worker would, at a given attempt. */
export async function runActivity<I, O>(activity: (input: I) => Promise<O>, input: I, attempt = 1): Promise<O> {
  const environment = new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });
  return environment.run(activity, input);
}

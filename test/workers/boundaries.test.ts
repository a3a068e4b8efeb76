import { afterEach, expect, it, vi } from 'vitest';
import { holdAtBoundaries } from '../../workers/boundaries.ts';
import { keepBoundaries, type BoundaryKeeper, type Held } from '../../workers/cli/bench/boundary-keeper.ts';

let keeper: BoundaryKeeper | undefined;
afterEach(() => keeper?.close());

/** One activity in the interceptor, as a worker runs it, with all that happened in order. */
async function start(work: () => Promise<unknown>) {
  const held: Held[] = [];
  keeper = await keepBoundaries((one) => held.push(one));
  const calls: string[] = [];
  const context = {
    info: {
      activityType: 'gatherLogs',
      attempt: 2,
      workflowType: 'incident',
      workflowExecution: { workflowId: 'incident/site-a/0', runId: 'r' },
      taskQueue: 'logs',
    },
  };
  // The interceptor reads `info` alone.
  const { inbound } = holdAtBoundaries(keeper.socketPath)(context as never);
  const result = inbound?.execute?.({ args: [], headers: {} }, async () => {
    calls.push('called');
    const value = await work();
    calls.push('returned');
    return value;
  });
  result?.catch(() => {}); // looked at below
  const atBoundary = async (count: number): Promise<Held> => {
    await vi.waitUntil(() => held.length >= count);
    const latest = held[count - 1];
    if (latest === undefined) throw new Error('nothing is held');
    return latest;
  };
  return { calls, result, atBoundary };
}

it('an activity waits before it runs, while its effect is under way, and before it reports', async () => {
  const effect = Promise.withResolvers<string>();
  const { calls, result, atBoundary } = await start(() => effect.promise);

  const scheduled = await atBoundary(1);
  expect(scheduled).toMatchObject({
    boundary: 'scheduled',
    activity: 'gatherLogs',
    attempt: 2,
    workflowType: 'incident',
    workflowId: 'incident/site-a/0',
    taskQueue: 'logs',
    pid: process.pid,
  });
  expect(calls).toEqual([]);

  scheduled.release();
  const begun = await atBoundary(2);
  expect(begun.boundary).toBe('begun');
  expect(calls).toEqual(['called']);

  effect.resolve('logs');
  begun.release();
  const done = await atBoundary(3);
  expect(done.boundary).toBe('done');
  expect(calls).toEqual(['called', 'returned']);
  expect(keeper?.waiting()).toHaveLength(1);

  done.release();
  expect(await result).toBe('logs');
  await vi.waitUntil(() => done.over.aborted && keeper?.waiting().length === 0);
});

it('a failure of the activity is held like a result, and reported after it', async () => {
  const { result, atBoundary } = await start(() => Promise.reject(new Error('unreachable')));
  for (let count = 1; count <= 3; count += 1) (await atBoundary(count)).release();
  await expect(result).rejects.toThrow('unreachable');
});

it('where nobody listens the activity runs as if nothing were there', async () => {
  const { inbound } = holdAtBoundaries('/nonexistent/boundaries.sock')({ info: { activityType: 'notify' } } as never);
  expect(await inbound?.execute?.({ args: [], headers: {} }, () => Promise.resolve('sent'))).toBe('sent');
});

import { expect, it } from 'vitest';
import { openLoop } from '../../../../workers/cli/bench/open-loop.ts';

it('sends all without waiting for answers, and counts what they were', async () => {
  const gate = Promise.withResolvers<void>();
  let sent = 0;
  const result = openLoop(5, 10_000, async (index) => {
    sent += 1;
    if (sent === 5) gate.resolve();
    await gate.promise;
    if (index === 0) throw new Error('reset');
    return index === 1 ? '503' : '202';
  });
  expect(await result).toMatchObject({ requests: 5, answers: { '202': 3, '503': 1, 'no answer': 1 } });
  expect(await openLoop(2, 10_000, () => Promise.resolve('503'))).toMatchObject({ p50Ms: null, p99Ms: null });
});

it('a request that had to wait for its turn has waited since it was due', async () => {
  const { maxMs } = await openLoop(3, 1_000, (index) => {
    if (index === 0) for (const untilMs = performance.now() + 50; performance.now() < untilMs;);
    return Promise.resolve('202');
  });
  // The second was due 1 ms after the start, and the first kept the sender busy for 50 ms.
  expect(maxMs).toBeGreaterThanOrEqual(49);
});

import { describe, expect, it } from 'vitest';
import { createModelQueue, type Turn } from '../../../activities/model/queue.ts';

/** Turns that wait while one is under way, in the order in which they got theirs. */
async function orderOf(
  turns: readonly (Turn & { readonly name: string; readonly atMs?: number })[],
): Promise<string[]> {
  let now = 0;
  const run = createModelQueue(1, () => now);
  const { signal } = new AbortController();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [run({ severity: 'info', tokens: 1 }, signal, () => first.promise)];
  for (const { name, atMs = 0, ...turn } of turns) {
    now = atMs;
    all.push(
      run(turn, signal, async () => {
        order.push(name);
      }),
    );
  }
  first.resolve();
  await Promise.all(all);
  return order;
}

describe('the queue at the model', () => {
  it('takes severe incidents first, and among these the short questions', async () => {
    const order = await orderOf([
      { name: 'long warning', severity: 'warning', tokens: 9_000 },
      { name: 'short warning', severity: 'warning', tokens: 100 },
      { name: 'long critical', severity: 'critical', tokens: 9_000 },
      { name: 'short critical', severity: 'critical', tokens: 100 },
      { name: 'unknown', severity: 'unknown', tokens: 1 },
    ]);
    expect(order).toEqual(['short critical', 'long critical', 'short warning', 'long warning', 'unknown']);
  });

  it('lets nobody starve', async () => {
    const order = await orderOf([
      { name: 'waited', severity: 'info', tokens: 9_000, atMs: 0 },
      { name: 'critical', severity: 'critical', tokens: 100, atMs: 61_000 },
    ]);
    expect(order).toEqual(['waited', 'critical']);
  });

  it('forgets who gave up, and goes on after a failure', async () => {
    const run = createModelQueue(1, () => 0);
    const gone = new AbortController();
    const { signal } = new AbortController();
    const first = Promise.withResolvers<void>();
    const busy = run({ severity: 'info', tokens: 1 }, signal, () => first.promise);
    const left = run({ severity: 'critical', tokens: 1 }, gone.signal, async () => 'never');
    const stays = run({ severity: 'info', tokens: 1 }, signal, async () => 'came');
    gone.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    first.reject(new Error('down'));
    await expect(busy).rejects.toThrow('down');
    await expect(stays).resolves.toBe('came');
  });

  it('runs so many at once and no more', async () => {
    const run = createModelQueue(2, () => 0);
    const { signal } = new AbortController();
    let now = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        run({ severity: 'info', tokens: 1 }, signal, async () => {
          now += 1;
          most = Math.max(most, now);
          await Promise.resolve();
          now -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
  });

  it('is left by who has no time any more, and keeps the others', async () => {
    const run = createModelQueue(1, Date.now);
    const { signal } = new AbortController();
    const first = Promise.withResolvers<void>();
    const under = run({ severity: 'info', tokens: 1 }, signal, () => first.promise);
    const other = run({ severity: 'info', tokens: 1, waitMsMax: 60_000 }, signal, async () => 'served');
    const late = run({ severity: 'critical', tokens: 1, waitMsMax: 10 }, signal, async () => 'too late');
    await expect(late).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'the model was busy with other incidents for 10 ms',
    });
    first.resolve();
    await under;
    expect(await other).toBe('served');
  });
});

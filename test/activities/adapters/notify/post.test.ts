import { describe, expect, it } from 'vitest';
import { post, retryAfterMs } from '../../../../activities/adapters/notify/post.ts';
import { startReceiver } from './receiver.ts';

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0);
  it.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 12:00:10 GMT', 10_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['999999999', 24 * 60 * 60_000],
    ['soon', null],
    ['', null],
    [null, null],
  ])('%s means %s ms', (header, waitMs) => {
    expect(retryAfterMs(header, nowMs)).toBe(waitMs);
  });
});

describe('a post', () => {
  it('that is cancelled is no delivery and no trouble of the receiver', async () => {
    const receiver = await startReceiver();
    const controller = new AbortController();
    const sending = post({ url: `${receiver.url}/hang`, body: '{}' }, controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(sending).rejects.toThrow('cancelled');
    await receiver.stop();
  });
});

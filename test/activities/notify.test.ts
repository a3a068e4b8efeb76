import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createNotify, nextTry, type Delivery, type NotifyChannel } from '../../activities/notify.ts';
import type { Message } from '../../activities/notify-message.ts';
import type { NotifyResult } from '../../workflows/domain/closing-data.ts';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';

const taken: Delivery = { kind: 'taken' };
const down: Delivery = { kind: 'not-taken', reason: 'pager.example: HTTP 503', temporary: true };
const busy: Delivery = { kind: 'not-taken', reason: 'chat.example: HTTP 429', temporary: true, waitMs: 20_000 };
const gone: Delivery = { kind: 'not-taken', reason: 'hook.example: HTTP 410', temporary: false };

const input = {
  key: { cluster: 'site-a', workflowId: 'incident/site-a/0011223344556677', runId: 'run-1' },
  notification: { kind: 'proposal-waits', sequence: 1, urgency: 'normal', title: 'Waits', lines: [] },
} as const;
const { attemptsMax, scheduleToCloseMs } = timeoutClasses.notify;

/** Runs the activity as the workflow schedules it; each delivery is what one channel answers. */
async function notify(deliveries: readonly Delivery[], attempt = 1, agoMs = 0) {
  const messages: Message[] = [];
  const channels = deliveries.map((delivery, at): NotifyChannel => ({
    name: `target ${at}`,
    wants: () => true,
    send: async (message) => {
      messages.push(message);
      return delivery;
    },
  }));
  const scheduledTimestampMs = Date.now() - agoMs;
  const environment = new MockActivityEnvironment(
    {
      attempt,
      scheduledTimestampMs,
      scheduleToCloseTimeoutMs: scheduleToCloseMs,
      retryPolicy: { maximumAttempts: attemptsMax },
    },
    { logger: new DefaultLogger('ERROR') },
  );
  const webUi = { uiUrl: null, namespace: 'default' };
  const result: Promise<NotifyResult> = environment.run(createNotify({ channels, webUi }), input);
  return { result, messages, scheduledTimestampMs };
}

describe('notify', () => {
  it('tells nobody when nobody is configured', async () => {
    expect(await (await notify([])).result).toEqual({ sent: [], failed: [] });
  });

  it('leaves out those who do not want to hear of it', async () => {
    const deaf: NotifyChannel = { name: 'deaf', wants: () => false, send: async () => taken };
    const activity = createNotify({ channels: [deaf], webUi: { uiUrl: null, namespace: 'default' } });
    expect(await new MockActivityEnvironment().run(activity, input)).toEqual({ sent: [], failed: [] });
  });

  it('says who took it and who did not, and is content when one did', async () => {
    expect(await (await notify([taken, down, gone])).result).toEqual({
      sent: ['target 0'],
      failed: [
        { target: 'target 1', reason: 'pager.example: HTTP 503' },
        { target: 'target 2', reason: 'hook.example: HTTP 410' },
      ],
    });
  });

  it('is tried again when nobody took it and a repeat may help, after the wait that was asked for', async () => {
    await expect((await notify([down, gone])).result).rejects.toMatchObject({
      name: 'ApplicationFailure',
      type: 'Unreachable',
      nonRetryable: false,
      nextRetryDelay: undefined,
      message: expect.stringContaining('target 0: pager.example: HTTP 503') as unknown,
    });
    await expect((await notify([busy, down])).result).rejects.toMatchObject({ nextRetryDelay: 20_000 });
  });

  it('is not tried again when a repeat can not help', async () => {
    expect((await (await notify([gone])).result).failed).toHaveLength(1);
  });

  it('tells the workflow instead of failing when there will be no further attempt', async () => {
    expect((await (await notify([down], attemptsMax)).result).failed).toHaveLength(1);
    expect((await (await notify([busy], 2, scheduleToCloseMs - 10_000)).result).failed).toHaveLength(1);
  });

  it('says exactly the same at every attempt', async () => {
    const first = await notify([taken], 1, 5_000);
    await first.result;
    expect(first.messages.map((message) => [message.id, message.atMs])).toEqual([
      ['run-1/1', first.scheduledTimestampMs],
    ]);
  });
});

describe('the next try', () => {
  const left = { attempts: 3, timeMs: 60_000 };
  const trouble = (temporary: boolean, waitMs?: number) => ({
    kind: 'not-taken' as const,
    reason: '',
    temporary,
    ...(waitMs === undefined ? {} : { waitMs }),
  });
  it.each([
    ['nothing went wrong', [], 'none'],
    ['nothing of it is temporary', [trouble(false)], 'none'],
    ['nobody asked for a wait', [trouble(true), trouble(false)], { delayMs: null }],
    ['two asked: the longer wait', [trouble(true, 5_000), trouble(true, 9_000)], { delayMs: 9_000 }],
    ['one asks for more time than there is', [trouble(true, 5_000), trouble(true, 90_000)], { delayMs: 5_000 }],
    ['all ask for more time than there is', [trouble(true, 90_000)], 'none'],
  ] as const)('when %s', (_, troubles, expected) => {
    expect(nextTry(troubles, left)).toEqual(expected);
  });

  it('is none without attempts or time', () => {
    expect(nextTry([trouble(true)], { attempts: 0, timeMs: 60_000 })).toBe('none');
    expect(nextTry([trouble(true)], { attempts: 1, timeMs: -1 })).toBe('none');
    expect(nextTry([trouble(true)], { attempts: Infinity, timeMs: Infinity })).toEqual({ delayMs: null });
  });
});

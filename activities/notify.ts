import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Notification } from '../workflows/domain/notification.ts';
import type { NotifyInput, NotifyResult } from '../workflows/domain/closing-data.ts';
import { messageOf, type Message, type WebUi } from './notify-message.ts';

/** One configured receiver. */
export interface NotifyChannel {
  readonly name: string;
  readonly wants: (notification: Pick<Notification, 'kind' | 'urgency'>) => boolean;
  /** Resolves with what became of it; rejects only when `signal` is aborted. */
  readonly send: (message: Message, signal?: AbortSignal) => Promise<Delivery>;
}

export type Delivery = { readonly kind: 'taken' } | NotTaken;

export interface NotTaken {
  readonly kind: 'not-taken';
  /** Names the host; never a secret, and a path or a query may be one. */
  readonly reason: string;
  /** Another try may help. */
  readonly temporary: boolean;
  /** How long the receiver asked to be left alone. */
  readonly waitMs?: number;
}

/**
 * Tells every receiver that wants to know, all at once. Fails, to be tried again by its retry policy, only when
 * nobody took it, a repeat may help and there is time for one; everything else is in the result. A repeat sends to
 * everybody again, under the same id.
 */
export function createNotify(options: { readonly channels: readonly NotifyChannel[]; readonly webUi: WebUi }) {
  return async function notify({ key, notification }: NotifyInput): Promise<NotifyResult> {
    const wanted = options.channels.filter((channel) => channel.wants(notification));
    // The first schedule, not now: a repeat says exactly the same.
    const message = messageOf(key, notification, options.webUi, activityInfo().scheduledTimestampMs);
    const signal = cancellationSignal();
    const results = await Promise.all(
      wanted.map(async ({ name, send }) => ({ target: name, delivery: await send(message, signal) })),
    );
    const sent = results.flatMap(({ target, delivery }) => (delivery.kind === 'taken' ? [target] : []));
    const troubles = results.flatMap(({ target, delivery }) =>
      delivery.kind === 'taken' ? [] : [{ target, delivery }],
    );
    const next =
      sent.length > 0
        ? 'none'
        : nextTry(
            troubles.map(({ delivery }) => delivery),
            triesLeft(),
          );
    const failed = troubles.map(({ target, delivery }) => ({ target, reason: delivery.reason }));
    if (next === 'none') return { sent, failed };
    throw ApplicationFailure.create({
      type: 'Unreachable',
      message: `no receiver took the notification: ${failed.map(({ target, reason }) => `${target}: ${reason}`).join('; ')}`,
      ...(next.delayMs === null ? {} : { nextRetryDelay: next.delayMs }),
    });
  };
}

export interface TriesLeft {
  readonly attempts: number;
  /** Until the last moment at which the server would start another attempt. */
  readonly timeMs: number;
}

/** Whether to try again, and after which wait; `delayMs` is `null` when the retry policy shall choose it. */
export function nextTry(troubles: readonly NotTaken[], left: TriesLeft): 'none' | { readonly delayMs: number | null } {
  const retriable = troubles.filter(({ temporary, waitMs }) => temporary && (waitMs ?? 0) < left.timeMs);
  if (retriable.length === 0 || left.attempts <= 0 || left.timeMs <= 0) return 'none';
  const waits = retriable.flatMap(({ waitMs }) => waitMs ?? []);
  return { delayMs: waits.length === 0 ? null : Math.max(...waits) };
}

/** As the server counts. Without a bound of its own a number counts as without end. */
function triesLeft(): TriesLeft {
  const { attempt, retryPolicy, scheduledTimestampMs, scheduleToCloseTimeoutMs } = activityInfo();
  const attemptsMax = retryPolicy?.maximumAttempts ?? 0;
  return {
    attempts: attemptsMax > 0 ? attemptsMax - attempt : Infinity,
    timeMs: scheduleToCloseTimeoutMs > 0 ? scheduledTimestampMs + scheduleToCloseTimeoutMs - Date.now() : Infinity,
  };
}

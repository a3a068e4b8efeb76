import { alertBody, type AlertNames } from '../../../kb/logs/watch/alert-body.ts';
import type { AlertTable, Delivery } from '../../../kb/logs/watch/alert-table.ts';
import type { Sent, SendAlerts } from './alert-sender.ts';

export interface DeliveryEars {
  onAccepted(delivery: Delivery, incidents: Extract<Sent, { kind: 'accepted' }>['incidents']): void;
  onRefused(delivery: Delivery, why: string): void;
  /** The API can not take anything for now; told at the first time. */
  onWaiting(why: string): void;
}

export interface Deliveries {
  /** Sends what is due, unless something is on its way or the API has to be waited for. */
  kick(signal: AbortSignal): void;
  /** Until what is on its way has arrived or failed. */
  settled(): Promise<void>;
  /** Why nothing will ever be taken; `null` while there is hope. */
  stopped(): Extract<Sent, { kind: 'stop' }> | null;
  refusals(): number;
}

const backOffFirstMs = 1_000;
const backOffMsMax = 60_000;

/** Brings groups to the API one after the other; what it does not take now stays in the table and is due again. */
export function deliveries(
  table: AlertTable,
  names: AlertNames,
  send: SendAlerts,
  nowMs: () => number,
  ears: DeliveryEars,
): Deliveries {
  let flight: Promise<void> | null = null;
  /** A bug: whoever asks next hears of it. */
  let crash: { readonly error: unknown } | null = null;
  let notBeforeMs = 0;
  let backOffMs = backOffFirstMs;
  let stopped: Extract<Sent, { kind: 'stop' }> | null = null;
  let isWaiting = false;
  let refusals = 0;

  /** Answers whether the next one may be tried. */
  const take = (delivery: Delivery, sent: Sent): boolean => {
    switch (sent.kind) {
      case 'accepted':
        table.told(delivery, nowMs());
        ears.onAccepted(delivery, sent.incidents);
        break;
      case 'refused':
        table.told(delivery, nowMs());
        refusals += 1;
        ears.onRefused(delivery, sent.why);
        break;
      case 'later':
        if (!isWaiting) ears.onWaiting(sent.why);
        isWaiting = true;
        notBeforeMs = nowMs() + Math.max(backOffMs, sent.afterMs ?? 0);
        backOffMs = Math.min(backOffMsMax, backOffMs * 2);
        return false;
      case 'stop':
        stopped = sent;
        return false;
    }
    isWaiting = false;
    backOffMs = backOffFirstMs;
    return true;
  };

  const fly = async (due: readonly Delivery[], signal: AbortSignal): Promise<void> => {
    for (const delivery of due) {
      const sent = await send(alertBody(delivery, names), signal);
      if (!take(delivery, sent)) return;
    }
  };

  return {
    kick(signal) {
      if (crash !== null) throw crash.error;
      if (flight !== null || stopped !== null || nowMs() < notBeforeMs || signal.aborted) return;
      const due = table.due(nowMs());
      if (due.length === 0) return;
      flight = fly(due, signal)
        .catch((error: unknown) => {
          if (!signal.aborted) crash = { error };
        })
        .finally(() => {
          flight = null;
        });
    },
    async settled() {
      await flight;
      if (crash !== null) throw crash.error;
    },
    stopped: () => stopped,
    refusals: () => refusals,
  };
}

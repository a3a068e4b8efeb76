import type { ClusterConfig } from '../config.ts';
import type { Delivery } from './state.ts';

export type AlertTarget = ClusterConfig['alertTargets'][number];

const timeoutMs = 10_000;

/** One attempt; throws unless the target took it. */
export async function deliver(target: AlertTarget, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const response = await fetch(target.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${target.bearerToken}`,
      'user-agent': 'Alertmanager/0.27.0',
    },
    body: delivery.body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${target.url} answered ${response.status}`);
}

/** At most this many wait for a target that does not answer; the newest states of groups replace older ones anyway. */
export const outboxMax = 100;

/** A newer notification with the same status about the same group makes a waiting one superfluous. */
export function enqueue(outbox: readonly Delivery[], delivery: Delivery): Delivery[] {
  const last = outbox.at(-1);
  const superseded = last !== undefined && last.groupKey === delivery.groupKey && last.status === delivery.status;
  return [...(superseded ? outbox.slice(0, -1) : outbox), delivery].slice(-outboxMax);
}

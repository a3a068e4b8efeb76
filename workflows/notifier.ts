import { ActivityFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { notification } from './activity-proxies.ts';
import { degrade } from './domain/incident-view.ts';
import { notificationLinesMax, type Notification } from './domain/notification.ts';
import type { IncidentKey } from './domain/phase-data.ts';
import { rootMessage } from './failure-message.ts';
import type { IncidentChart } from './incident-chart.ts';

/** Tells people. Never waited for while the incident goes on, never a reason for it to fail. */
export interface Notifier {
  readonly tell: (what: Pick<Notification, 'kind' | 'urgency' | 'title' | 'lines' | 'proposal'>) => void;
  /** Takes back what is still open at the receivers; waits for the delivery within its time-outs. */
  readonly settled: (title: string) => Promise<void>;
  /** What is open at the receivers stays so, for the run that follows to take back. */
  readonly leaveOpen: () => void;
}

/** @param toldAs The run that left something open for this one; absent where none did. */
export function createNotifier(
  chart: IncidentChart,
  key: IncidentKey,
  { enabled, toldAs }: { readonly enabled: boolean; readonly toldAs?: string | undefined },
): Notifier {
  const scope = new CancellationScope();
  let sequence = 0;

  const send = async (what: Omit<Notification, 'sequence'>): Promise<void> => {
    sequence += 1;
    const lines = what.lines.slice(0, notificationLinesMax);
    try {
      const thread = toldAs === undefined ? {} : { toldAs };
      const { sent, failed } = await notification.notify({
        key,
        notification: { ...what, ...thread, lines, sequence },
      });
      const atMs = Date.now();
      chart.note((view) => ({
        ...view,
        notified: [...view.notified, { kind: what.kind, atMs, sent, failed: failed.length }],
      }));
      for (const { target, reason } of failed)
        chart.note((view) => degrade(view, `${target} could not be notified: ${reason}`));
    } catch (error) {
      if (isCancellation(error)) return;
      if (!(error instanceof ActivityFailure)) throw error;
      chart.note((view) => degrade(view, `people could not be notified: ${rootMessage(error)}`));
    }
  };

  return {
    tell(what) {
      if (enabled) void scope.run(() => send(what));
    },
    async settled(title) {
      if (sequence === 0 && !(enabled && toldAs !== undefined)) return;
      scope.cancel();
      await send({ kind: 'settled', urgency: 'normal', title, lines: [] });
    },
    leaveOpen: () => scope.cancel(),
  };
}

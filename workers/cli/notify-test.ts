import { randomUUID } from 'node:crypto';
import { openChannels } from '../../activities/adapters/notify/open-channels.ts';
import { hostOf, type NotifyTarget } from '../../activities/adapters/notify/target.ts';
import { testMessage, type Message, type WebUi } from '../../activities/notify-message.ts';
import type { Delivery, NotifyChannel } from '../../activities/notify.ts';
import { exitCodes, renderJson, renderTable, type Cell, type ExitCode, type Terminal } from './output.ts';

/** Sends a test message to every target at once, prints what became of it, and answers the exit code. */
export async function tryTargets(
  terminal: Terminal,
  targets: readonly NotifyTarget[],
  webUi: WebUi,
  { json, nowMs }: { readonly json: boolean; readonly nowMs: () => number },
): Promise<ExitCode> {
  const message = testMessage(randomUUID(), webUi, nowMs());
  const channels = openChannels(targets, { nowMs });
  const tries = await Promise.all(
    targets.map(async (target, at) => {
      const channel = channels[at];
      if (channel === undefined) throw new Error(`target ${target.name} has no channel`);
      return { target, ...(await tryOne(channel, target, message)) };
    }),
  );
  const rows = tries.map(({ target, delivery, ms }) => ({
    name: target.name,
    kind: target.kind,
    host: hostOf(target),
    taken: delivery.kind === 'taken',
    ms,
    ...(delivery.kind === 'taken' ? {} : { reason: delivery.reason }),
  }));
  if (json) terminal.out(renderJson({ targets: rows }));
  else
    terminal.out(
      await renderTable(
        terminal,
        ['NAME', 'KIND', 'HOST', 'TOOK IT', 'TIME', 'REASON'],
        rows.map(({ name, kind, host, taken, ms, reason }): Cell[] => [
          name,
          kind,
          host,
          taken ? { text: 'yes', style: 'green' } : { text: 'no', style: 'red' },
          `${ms} ms`,
          reason ?? '',
        ]),
      ),
    );
  const taken = rows.filter((row) => row.taken).length;
  return taken === rows.length ? exitCodes.done : taken === 0 ? exitCodes.failed : exitCodes.notProven;
}

/** An alert that was opened for the test is resolved again, so that it stays in nobody's list. */
async function tryOne(
  { send }: NotifyChannel,
  { kind }: NotifyTarget,
  message: Message,
): Promise<{ readonly delivery: Delivery; readonly ms: number }> {
  const startedAt = performance.now();
  const first = await send(message);
  const delivery = first.kind === 'taken' && kind === 'pagerduty' ? await send({ ...message, kind: 'settled' }) : first;
  return { delivery, ms: Math.round(performance.now() - startedAt) };
}

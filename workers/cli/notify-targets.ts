import { hostOf, type NotifyTarget } from '../../activities/adapters/notify/target.ts';
import type { Config } from '../config.ts';
import { loadNotifyTargets } from '../notify-targets.ts';
import { CommandFailure, renderJson, renderTable, type Terminal } from './output.ts';

/** The configured receivers; having none is what these commands can do nothing with. */
export function readTargets({ notifyFile }: Pick<Config, 'notifyFile'>): readonly NotifyTarget[] {
  const targets = loadNotifyTargets(notifyFile);
  if (targets.length > 0) return targets;
  throw new CommandFailure(
    notifyFile === null ? 'no receivers are configured' : `${notifyFile} lists no receivers`,
    'set WARDROUND_NOTIFY_FILE to a file as docs/operations.md, section "Notifications", shows it',
  );
}

/** What may be shown of each: a path may be a secret, so there is only the host. */
export async function listTargets(terminal: Terminal, targets: readonly NotifyTarget[], json: boolean): Promise<void> {
  const rows = targets.map((target) => ({
    name: target.name,
    kind: target.kind,
    host: hostOf(target),
    told: toldOf(target),
  }));
  if (json) terminal.out(renderJson({ targets: rows }));
  else
    terminal.out(
      await renderTable(
        terminal,
        ['NAME', 'KIND', 'HOST', 'IS TOLD'],
        rows.map(({ name, kind, host, told }) => [name, kind, host, told]),
      ),
    );
}

function toldOf({ kinds, minUrgency, escalationOnly }: NotifyTarget): string {
  const what = escalationOnly === true ? 'escalations' : kinds === undefined ? 'everything' : kinds.join(', ');
  return minUrgency === 'high' ? `${what}, if urgent` : what;
}

import type { LogTurn } from '../../../activities/follow/followed-log.ts';
import { alertName } from '../../../kb/logs/watch/alert-body.ts';
import type { WatchAlert } from '../../../kb/logs/watch/alert-table.ts';
import { jsonLine, paint, plain, type Terminal } from '../output.ts';

/** What happens in a watch, one after the other. */
export type WatchEvent =
  | {
      readonly event: 'watching';
      readonly places: readonly string[];
      readonly logs: number;
      readonly cluster: string | null;
      readonly state: string | null;
    }
  | {
      readonly event: 'raised' | 'resolved';
      readonly alert: WatchAlert;
      readonly incident: string | null;
      readonly outcome: string | null;
    }
  | { readonly event: 'refused'; readonly alerts: number; readonly why: string }
  | { readonly event: 'waiting'; readonly why: string }
  | { readonly event: 'problem'; readonly name: string; readonly problem: string }
  | { readonly event: 'log'; readonly name: string; readonly turn: LogTurn; readonly detail: string }
  | { readonly event: 'stopped'; readonly raised: number; readonly waiting: number };

export type TellWatch = (event: WatchEvent) => void;

export interface WatchRate {
  readonly logs: number;
  readonly bytesPerSecond: number;
  readonly raised: number;
  /** Alerts that the API has not taken yet. */
  readonly waiting: number;
}

/** One JSON object a line. */
export function tellAsJson(terminal: Pick<Terminal, 'out'>, nowMs: () => number): TellWatch {
  return (event) => {
    const { event: name, ...rest } = event;
    const told = 'alert' in rest ? { ...rest, alert: alertJson(rest.alert) } : rest;
    terminal.out(jsonLine({ event: name, at: new Date(nowMs()).toISOString(), ...told }));
  };
}

function alertJson(one: WatchAlert) {
  const { told: _told, stage: _stage, startsAtMs, lastAtMs, firstSeenMs: _first, lastSeenMs: _last, ...rest } = one;
  return {
    alertname: alertName(one),
    severity: one.telling ? 'critical' : 'warning',
    startsAt: new Date(startsAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
    ...rest,
  };
}

/** For people: alerts on stdout, what concerns the watch itself on stderr. */
export function tellPeople(terminal: Terminal, nowMs: () => number): TellWatch {
  const note = (text: string) => terminal.err(`${paint(terminal, 'yellow', 'Note:')} ${plain(text)}`);
  return (event) => {
    switch (event.event) {
      case 'watching':
        return terminal.err(paint(terminal, 'dim', watchingText(event)));
      case 'raised':
      case 'resolved':
        for (const line of alertLines(event, terminal, nowMs())) terminal.out(line);
        return;
      case 'refused':
        return terminal.err(
          `${paint(terminal, 'red', 'Error:')} ${event.alerts} alerts were refused for good: ${plain(event.why)}`,
        );
      case 'waiting':
        return note(`${event.why}; alerts are kept and sent again`);
      case 'problem':
        // Errors of ports begin with the name themselves.
        return note(event.problem.includes(event.name) ? event.problem : `${event.name}: ${event.problem}`);
      case 'log':
        if (event.turn !== 'gone' && event.turn !== 'renamed') note(`${event.name}: ${event.detail}`);
        return;
      case 'stopped':
        return terminal.err(paint(terminal, 'dim', stoppedText(event)));
    }
  };
}

function watchingText({ places, logs, cluster, state }: Extract<WatchEvent, { event: 'watching' }>): string {
  const where = cluster === null ? '' : ` for cluster ${cluster}`;
  return `Watching ${logs} logs under ${plain(places.join(', '))}${where}${state === null ? '' : `; state in ${plain(state)}`}`;
}

function stoppedText({ raised, waiting }: Extract<WatchEvent, { event: 'stopped' }>): string {
  return `${raised} alerts raised${waiting === 0 ? '' : `; ${waiting} more are kept in the state and sent at the next start`}`;
}

function alertLines(
  { event, alert, incident, outcome }: Extract<WatchEvent, { event: 'raised' | 'resolved' }>,
  terminal: Pick<Terminal, 'colour'>,
  nowMs: number,
): readonly string[] {
  const time = new Date(nowMs).toISOString().slice(11, 19);
  const where = [alert.job, alert.node, alert.rank === undefined ? undefined : `rank ${alert.rank}`, alert.device];
  const place = where.filter((part) => part !== undefined).join(', ');
  const what = alert.role === 'cause' ? alert.category : 'symptom';
  const colour = event === 'resolved' ? 'green' : alert.telling ? 'red' : 'yellow';
  const times = alert.count > 1 ? ` ×${alert.count.toLocaleString('en-US')}` : '';
  const head = `${time}  ${paint(terminal, colour, event === 'resolved' ? 'over ' : 'ALERT')}  ${what}${place === '' ? '' : ` (${plain(place)})`}: ${plain(alert.summary)}${times}`;
  const source = `${plain(alert.file)}${alert.line === undefined ? ` at byte ${alert.byte}` : `:${alert.line}`}`;
  const told = incident === null ? '' : `  → incident ${plain(incident)} (${outcome ?? ''})`;
  if (event === 'resolved') return [head];
  return [head, `          ${plain(alert.excerpt)}`, `          ${paint(terminal, 'dim', `${source}${told}`)}`];
}

/** The line that a watching person sees while nothing happens. */
export function rateText({ logs, bytesPerSecond, raised, waiting }: WatchRate): string {
  const kept = waiting === 0 ? '' : `, ${waiting} waiting for the API`;
  return `  … ${logs.toLocaleString('en-US')} logs, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s, ${raised} alerts raised${kept}`;
}

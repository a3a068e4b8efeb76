import { setTimeout as pause } from 'node:timers/promises';
import type { LogPlace } from '../../../activities/follow/place.ts';
import { openFollower, type FollowerEars, type Polled } from '../../../activities/follow/follower.ts';
import { lineScans } from '../../../activities/follow/line-scan.ts';
import { alertTable, watchPolicy, type Delivery, type WatchPolicy } from '../../../kb/logs/watch/alert-table.ts';
import { placing } from '../../../kb/logs/watch/placing.ts';
import { sightingOf, type Placement } from '../../../kb/logs/watch/sighting.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { toClusterMs, type Inventory } from '../../../kb/schemas/inventory.ts';
import { CommandFailure, exitCodes, paint, type ExitCode, type Terminal } from '../output.ts';
import type { SendAlerts } from './alert-sender.ts';
import { deliveries } from './deliveries.ts';
import { openStateFile } from './state-file.ts';
import { rateMeter } from './rate-meter.ts';
import { rateText, tellAsJson, tellPeople, type WatchEvent } from './tell.ts';

export interface WatchOptions {
  readonly places: readonly LogPlace[];
  /** Empty where no inventory is known. */
  readonly cluster: string;
  readonly inventory: Inventory | null;
  /** Where lines that do not tell come from. */
  readonly given: Placement;
  readonly labels: Readonly<Record<string, string>>;
  readonly fromStart: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly intervalMs: number;
  /** `null`: a dry run, which keeps nothing. */
  readonly stateFile: string | null;
  /** `null`: a dry run, which prints what would be raised. */
  readonly send: SendAlerts | null;
  readonly policy?: WatchPolicy;
}

export interface WatchContext {
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  /** Aborted when the watch is to end. */
  readonly until: AbortSignal;
}

/**
 * Reads what is new, decides, writes both down, then tells the API: whenever it is killed, what it had decided is
 * in the state and what it had not is still in the logs behind the position that stands there.
 */
export async function runWatch(options: WatchOptions, { terminal, nowMs, until }: WatchContext): Promise<ExitCode> {
  const { cluster, inventory, stateFile } = options;
  const kept = stateFile === null ? null : openStateFile(stateFile);
  const restored = kept?.restored ?? null;
  const tell = options.json ? tellAsJson(terminal, nowMs) : tellPeople(terminal, nowMs);
  const table = alertTable(cluster, options.policy ?? watchPolicy, restored?.alerts ?? []);
  const place = placing(inventory, options.given);
  const clusterNowMs = () => (inventory === null ? nowMs() : toClusterMs(inventory.clock, nowMs()));
  let raised = 0;

  const ears: FollowerEars = {
    onMatch({ line, match }, number, byte) {
      const kind = knowledge.kinds.get(match.kind);
      const seen = kind === undefined ? null : sightingOf(line, match, kind, place, clusterNowMs());
      if (seen === null) return;
      table.note({ ...seen, file: line.source, ...(number === null ? {} : { line: number }), byte }, nowMs());
    },
    onTurn: (name, turn, detail) => tell({ event: 'log', name, turn, detail }),
    onProblem: (name, problem) => tell({ event: 'problem', name, problem }),
  };
  const follower = openFollower({
    places: options.places,
    openScan: lineScans({ nowMs }),
    ears,
    nowMs,
    fromStart: options.fromStart,
    restored: restored?.followed ?? null,
  });
  const onAccepted = (delivery: Delivery, incidents: readonly { incidentId: string; outcome: string }[]): void => {
    const [incident] = incidents;
    for (const alert of delivery.alerts) {
      const event = alert.stage === 'resolved' ? 'resolved' : 'raised';
      if (event === 'raised' && alert.told !== null) continue;
      if (event === 'raised') raised += 1;
      tell({ event, alert, incident: incident?.incidentId ?? null, outcome: incident?.outcome ?? null });
    }
  };
  const outgoing = deliveries(table, { cluster, labels: options.labels }, options.send ?? dryRun, nowMs, {
    onAccepted,
    onRefused: ({ alerts }, why) => tell({ event: 'refused', alerts: alerts.length, why }),
    onWaiting: (why) => tell({ event: 'waiting', why }),
  });
  const waiting = () =>
    table.alerts().filter(({ stage, told }) => stage !== 'settling' && told?.stage !== stage).length;
  const save = () => kept?.write({ alerts: [...table.alerts()], followed: follower.state() });

  const farewell = abortedAfter(until, farewellMs);
  const rate = rateMeter(nowMs);
  let isFirst = true;
  try {
    while (!until.aborted) {
      const polled = await follower.poll(until);
      const isLast = options.once && !polled.more;
      table.tick(nowMs());
      if (isLast) table.settleAll();
      save();
      // Only now does a kill lose nothing: where the reading began is written down.
      if (isFirst) tell(watchingEvent(options, polled));
      isFirst = false;
      // One that set out earlier does not take what has been found since.
      if (isLast) await outgoing.settled();
      outgoing.kick(farewell);
      if (isLast) break;
      const stop = outgoing.stopped();
      if (stop !== null) throw new CommandFailure(stop.why, stop.advice);
      rate.add(polled.bytes);
      terminal.transient?.(
        paint(
          terminal,
          'dim',
          rateText({ logs: polled.logs, bytesPerSecond: rate.perSecond(), raised, waiting: waiting() }),
        ),
      );
      if (!polled.more) await pause(options.intervalMs, undefined, { signal: until });
    }
  } catch (error) {
    if (!until.aborted) throw error;
  } finally {
    terminal.transient?.('');
    await outgoing.settled();
    save();
    await follower.close();
  }
  const stop = outgoing.stopped();
  if (stop !== null) throw new CommandFailure(stop.why, stop.advice);
  tell({ event: 'stopped', raised, waiting: waiting() });
  return outgoing.refusals() > 0 || (options.once && waiting() > 0) ? exitCodes.failed : exitCodes.done;
}

function watchingEvent({ places, cluster, stateFile }: WatchOptions, { logs }: Polled): WatchEvent {
  return {
    event: 'watching',
    places: places.map(({ name }) => name),
    logs,
    cluster: cluster === '' ? null : cluster,
    state: stateFile,
  };
}

/** What is on its way when the watch ends may still arrive; else it is sent once more at the next start. */
const farewellMs = 500;

function abortedAfter(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener('abort', () => void setTimeout(() => controller.abort(), ms).unref(), { once: true });
  return controller.signal;
}

const dryRun: SendAlerts = async () => ({ kind: 'accepted', incidents: [] });

import { z } from 'zod';
import { activitiesOf, type RecordedHistory } from '../../../activities/audit/history.ts';
import { taskQueues } from '../../../workflows/domain/ids.ts';
import type { IncidentView, Phase } from '../../../workflows/domain/incident-view.ts';
import { coveredMs, type Interval } from './intervals.ts';

/** Where the time of one stretch of an incident went, wall milliseconds. */
export interface Share {
  readonly totalMs: number;
  /** Probes on nodes, from being scheduled to their answer. */
  readonly probesMs: number;
  readonly modelMs: number;
  /** Timers that fired: the shipping lag of the logs, the settle time of a repair. */
  readonly waitsMs: number;
  /** All that is none of these. */
  readonly ownMs: number;
}

export interface IncidentTimes {
  readonly phases: readonly (Share & { readonly phase: Phase })[];
  /** From the first delivery of the alert to the proposal that waits for a person; `null` when there was none. */
  readonly alertToProposal: Share | null;
  /** From being scheduled to the answer, retries and queueing included; the longest first. */
  readonly slowest: readonly { readonly activity: string; readonly ms: number }[];
  readonly historyEvents: number;
}

/** Reads the times out of the histories of an incident and its repairs. */
export function incidentTimes(
  view: Pick<IncidentView, 'phaseTimes' | 'alert'>,
  histories: readonly RecordedHistory[],
): IncidentTimes {
  const spent = {
    probes: histories.flatMap((history) => activityIntervals(history, (type) => type === 'runProbeBatch')),
    model: histories.flatMap((history) => activityIntervals(history, (_, queue) => queue === taskQueues.model)),
    waits: histories.flatMap(firedTimers),
  };
  const { phaseTimes, alert } = view;
  const proposed = phaseTimes.find(({ phase }) => phase === 'awaiting-approval');
  return {
    phases: phaseTimes.slice(0, -1).map(({ phase, atMs }, index) => ({
      phase,
      ...shareOf({ fromMs: atMs, toMs: phaseTimes[index + 1]?.atMs ?? atMs }, spent),
    })),
    alertToProposal:
      alert === null || proposed === undefined
        ? null
        : shareOf({ fromMs: alert.receivedAtMs, toMs: proposed.atMs }, spent),
    slowest: slowest(histories),
    historyEvents: histories[0]?.events.length ?? 0,
  };
}

const slowestShown = 6;

function slowest(histories: readonly RecordedHistory[]): IncidentTimes['slowest'] {
  return histories
    .flatMap(activitiesOf)
    .flatMap(({ type, scheduledAtMs, outcome }) =>
      outcome.kind === 'completed' ? [{ activity: type, ms: outcome.atMs - scheduledAtMs }] : [],
    )
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, slowestShown);
}

interface Spent {
  readonly probes: readonly Interval[];
  readonly model: readonly Interval[];
  readonly waits: readonly Interval[];
}

function shareOf(within: Interval, { probes, model, waits }: Spent): Share {
  const totalMs = within.toMs - within.fromMs;
  return {
    totalMs,
    probesMs: coveredMs(probes, within),
    modelMs: coveredMs(model, within),
    waitsMs: coveredMs(waits, within),
    ownMs: totalMs - coveredMs([...probes, ...model, ...waits], within),
  };
}

const scheduledSchema = z.object({
  activityTaskScheduledEventAttributes: z.object({ taskQueue: z.object({ name: z.string() }) }),
});

function activityIntervals(
  history: RecordedHistory,
  wanted: (type: string, queue: string) => boolean,
): readonly Interval[] {
  const queues = new Map(
    history.events.map((event) => {
      const read = scheduledSchema.safeParse(event);
      return [event.eventId, read.success ? read.data.activityTaskScheduledEventAttributes.taskQueue.name : ''];
    }),
  );
  return activitiesOf(history).flatMap(({ type, scheduledEventId, scheduledAtMs, outcome }) =>
    outcome.kind === 'completed' && wanted(type, queues.get(String(scheduledEventId)) ?? '')
      ? [{ fromMs: scheduledAtMs, toMs: outcome.atMs }]
      : [],
  );
}

const firedSchema = z.object({ timerFiredEventAttributes: z.object({ startedEventId: z.string() }) });

/** A time-out that did not come about is cancelled, so a timer that fired is a wait that was meant. */
function firedTimers({ events }: RecordedHistory): readonly Interval[] {
  const times = new Map(events.map(({ eventId, eventTime }) => [eventId, Date.parse(eventTime ?? '')]));
  return events.flatMap((event) => {
    const fired = firedSchema.safeParse(event);
    if (!fired.success) return [];
    const fromMs = times.get(fired.data.timerFiredEventAttributes.startedEventId);
    const toMs = times.get(event.eventId);
    return fromMs === undefined || toMs === undefined ? [] : [{ fromMs, toMs }];
  });
}

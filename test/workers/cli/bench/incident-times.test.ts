import { expect, it } from 'vitest';
import { incidentTimes } from '../../../../workers/cli/bench/incident-times.ts';
import { coveredMs } from '../../../../workers/cli/bench/intervals.ts';

const at = (ms: number) => new Date(1_000_000 + ms).toISOString();

function scheduled(eventId: string, name: string, queue: string, ms: number) {
  return {
    eventId,
    eventTime: at(ms),
    eventType: 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
    activityTaskScheduledEventAttributes: {
      activityId: eventId,
      activityType: { name },
      taskQueue: { name: queue },
      input: null,
    },
  };
}

function completed(eventId: string, scheduledEventId: string, ms: number) {
  return {
    eventId,
    eventTime: at(ms),
    eventType: 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED',
    activityTaskCompletedEventAttributes: { scheduledEventId, result: null },
  };
}

const timer = [
  { eventId: '1', eventTime: at(100), eventType: 'EVENT_TYPE_TIMER_STARTED' },
  {
    eventId: '2',
    eventTime: at(600),
    eventType: 'EVENT_TYPE_TIMER_FIRED',
    timerFiredEventAttributes: { timerId: '1', startedEventId: '1' },
  },
];

it('takes probes, models and waits out of the time from alert to proposal, and counts what overlaps once', () => {
  const history = {
    events: [
      ...timer,
      scheduled('3', 'scanEvidence', 'logs', 600),
      completed('4', '3', 800),
      scheduled('5', 'runProbeBatch', 'probes.site-a', 500),
      completed('6', '5', 900),
      scheduled('7', 'argue', 'model', 1_000),
      completed('8', '7', 1_300),
    ],
  };
  const view = {
    alert: { receivedAtMs: 1_000_000 } as never, // the moment alone is read
    phaseTimes: [
      { phase: 'intake', atMs: 1_000_000 },
      { phase: 'gathering', atMs: 1_000_050 },
      { phase: 'awaiting-approval', atMs: 1_002_000 },
      { phase: 'closed', atMs: 1_009_000 },
    ],
  } as const;
  const { alertToProposal, phases } = incidentTimes(view, [history]);
  expect(alertToProposal).toEqual({ totalMs: 2_000, probesMs: 400, modelMs: 300, waitsMs: 500, ownMs: 900 });
  expect(phases.map(({ phase, totalMs, ownMs }) => [phase, totalMs, ownMs])).toEqual([
    ['intake', 50, 50],
    ['gathering', 1_950, 850],
    ['awaiting-approval', 7_000, 7_000],
  ]);
});

it('an incident without a proposal has no such time', () => {
  const { alertToProposal } = incidentTimes({ alert: null, phaseTimes: [{ phase: 'intake', atMs: 0 }] }, []);
  expect(alertToProposal).toBeNull();
});

it('covers no more than the stretch that is looked at', () => {
  const intervals = [
    { fromMs: 5, toMs: 20 },
    { fromMs: 0, toMs: 8 },
    { fromMs: 90, toMs: 200 },
    { fromMs: 95, toMs: 96 },
  ];
  expect(coveredMs(intervals, { fromMs: 2, toMs: 100 })).toBe(28);
  expect(coveredMs([], { fromMs: 2, toMs: 100 })).toBe(0);
});

import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { budgets } from '../../workflows/domain/budgets.ts';
import { incidentView } from '../../workflows/messages.ts';
import { openWorld, type IncidentWorld } from '../support/incident-world.ts';
import { scriptedActivities } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

it('an alert of an impossible time is in the chart as one, and its windows are waited for within the bound', async () => {
  const doubts = ['an alert says that it began 5 h after it arrived'];
  const { activities } = scriptedActivities({ plan: () => ({ doubts, readyInMs: 5 * 60 * 60_000 }) });
  stopWorkers = await world.startWorkers(activities);
  const handle = await world.startIncident();
  const waited = await vi.waitUntil(async () => {
    const { events } = await handle.fetchHistory();
    const timers = (events ?? []).map((event) => event.timerStartedEventAttributes?.startToFireTimeout?.seconds);
    return timers.find((seconds) => Number(seconds ?? 0) * 1000 === budgets.shippingWaitMsMax);
  });
  expect(waited).toBeDefined();
  const { degraded, phase } = await handle.query(incidentView);
  expect(phase).toBe('gathering');
  expect(degraded).toEqual([
    ...doubts,
    'the last log window is due in 300 min; it was waited for 10 min and no longer',
  ]);
  await handle.terminate();
});

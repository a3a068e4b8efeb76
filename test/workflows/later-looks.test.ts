import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Verdict } from '../../workflows/domain/finding.ts';
import type { IncidentSettings } from '../../workflows/domain/incident-input.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { PlanGatheringInput, RoundInput } from '../../workflows/domain/phase-data.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { cause, scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
const hour = 60 * 60_000;
let calls: readonly string[] = [];

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

const stillWaiting: Verdict = {
  kind: 'not-proven',
  candidates: [{ ...cause, category: 'long-rank0-work-timeout', probability: 0.6 }],
  reason: 'rank 0 evaluates, and all others wait for it',
  timeMayTell: true,
};

/** An incident whose verdict stays open, for people to wait on. */
async function openIncident(script: Script, settings: Partial<IncidentSettings> = {}): Promise<IncidentHandle> {
  const { activities, calls: made } = scriptedActivities(script);
  calls = made;
  stopWorkers = await world.startWorkers(activities);
  return world.startIncident({ humanActionMs: hour, ...settings });
}

const inMs = (...ms: readonly number[]) => ms.map((one) => Date.now() + one);
const peopleAreAwaited = ({ phase, handOver }: IncidentView) => phase === 'awaiting-people' && handOver !== null;
const latestRun = ({ workflowId }: IncidentHandle) => world.client.workflow.getHandle(workflowId) as IncidentHandle;

describe('what time may tell', () => {
  it('is looked at again by another run, with what the first one saw of live ranks', async () => {
    const planned: PlanGatheringInput[] = [];
    const rounds: RoundInput[] = [];
    const startedMs = Date.now();
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), input.untilMs === undefined ? { looksAgainAtMs: inMs(1_500, hour) } : {}),
      round: (input) => void rounds.push(input),
    });
    const waiting = await until(first, peopleAreAwaited);
    expect(waiting.looksAgainAtMs).toBeGreaterThanOrEqual(startedMs + 1_500);
    const second = await until(
      latestRun(first),
      (view) => view.recurrenceOf !== null && view.phase === 'awaiting-people',
    );
    const [before, after] = planned;
    expect(before?.untilMs).toBeUndefined();
    expect(after?.untilMs).toBeGreaterThanOrEqual(waiting.looksAgainAtMs ?? Infinity);
    expect(rounds[0]?.earlier).toBeUndefined();
    expect(rounds.at(-1)?.earlier).toEqual(rounds.filter(({ earlier }) => earlier === undefined).at(-1)?.findings);
    // Its plan names no further time.
    expect(second.looksAgainAtMs).toBeUndefined();
    await latestRun(first).cancel();
  });

  it('stays open at whom people were told by, until the last look has ended', async () => {
    const first = await openIncident(
      { verdict: stillWaiting, plan: ({ untilMs }) => (untilMs === undefined ? { looksAgainAtMs: inMs(2_500) } : {}) },
      { notify: true },
    );
    await until(latestRun(first), (view) => view.recurrenceOf !== null && peopleAreAwaited(view));
    await latestRun(first).cancel();
    await latestRun(first).result();
    expect(calls.filter((call) => call.startsWith('notify'))).toEqual([
      'notify human-action-waits',
      'notify human-action-waits',
      'notify settled',
    ]);
  });

  it('is not looked at again once the alert has ended', async () => {
    const planned: PlanGatheringInput[] = [];
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), { looksAgainAtMs: inMs(1_500) }),
      recovered: () => false,
    });
    await until(first, peopleAreAwaited);
    await first.signal('alertObserved', { ...anAlert(), status: 'resolved' as const });
    const view = await until(first, ({ recoveries }) => recoveries.length > 0);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, (view.looksAgainAtMs ?? 0) + 500 - Date.now())));
    expect((await until(first, () => true)).phase).toBe('awaiting-people');
    expect(planned).toHaveLength(1);
    await first.cancel();
  });

  it('waits for a word of people that came before it', async () => {
    const planned: PlanGatheringInput[] = [];
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), { looksAgainAtMs: inMs(4_000) }),
      propose: () => ({ kind: 'none', reason: 'people repair it' }),
    });
    await until(first, peopleAreAwaited);
    await first.signal('correctVerdict', {
      correctionId: 'c-1',
      category: 'user-code-error',
      by: 'Ada',
      reason: 'it never ends',
    });
    const corrected = await until(first, (view) => view.verdict?.kind === 'attributed' && peopleAreAwaited(view));
    expect(corrected.looksAgainAtMs).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(planned).toHaveLength(1);
    await first.cancel();
  });

  it('takes up what people said while the run before was closed', async () => {
    const closing = Promise.withResolvers<void>();
    const first = await openIncident({
      verdict: stillWaiting,
      plan: ({ untilMs }) => (untilMs === undefined ? { looksAgainAtMs: inMs(1_000) } : {}),
      propose: () => ({ kind: 'none', reason: 'people repair it' }),
      charting: () => closing.promise,
    });
    await until(first, ({ phase }) => phase === 'closed');
    await first.signal('addNote', { by: 'Ada', text: 'the evaluation was made longer yesterday' });
    await first.signal('correctVerdict', {
      correctionId: 'c-1',
      category: 'user-code-error',
      by: 'Ada',
      reason: 'it never ends',
    });
    closing.resolve();
    const second = await until(latestRun(first), (view) => view.recurrenceOf !== null && peopleAreAwaited(view));
    expect(second.notes.map(({ text }) => text)).toEqual(['the evaluation was made longer yesterday']);
    expect(second.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'user-code-error' }] });
    expect(second.looksAgainAtMs).toBeUndefined();
    await latestRun(first).cancel();
  });

  it('is looked at when the alert fires on after a pause, though nothing else happened', async () => {
    const planned: PlanGatheringInput[] = [];
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), input.untilMs === undefined ? { looksAgainAtMs: inMs(2_000) } : {}),
      recovered: () => false,
    });
    await until(first, peopleAreAwaited);
    await first.signal('alertObserved', { ...anAlert(), status: 'resolved' as const });
    await until(first, ({ recoveries }) => recoveries.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(planned).toHaveLength(1);
    await first.signal('alertObserved', anAlert());
    await until(latestRun(first), (view) => view.recurrenceOf !== null && peopleAreAwaited(view));
    expect(planned).toHaveLength(2);
    await latestRun(first).cancel();
  });

  it('is not waited for where nothing waits', async () => {
    const { timeMayTell: _told, ...decided } = stillWaiting;
    const first = await openIncident({ verdict: decided, plan: () => ({ looksAgainAtMs: inMs(1_500) }) });
    expect((await until(first, peopleAreAwaited)).looksAgainAtMs).toBeUndefined();
    await first.cancel();
  });

  it('ends after three more looks, whatever the plans say', async () => {
    const planned: PlanGatheringInput[] = [];
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), { looksAgainAtMs: inMs(700) }),
    });
    await vi.waitFor(() => expect(planned).toHaveLength(4), { timeout: 25_000 });
    await until(latestRun(first), peopleAreAwaited);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(planned).toHaveLength(4);
    await latestRun(first).cancel();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../workflows/domain/finding.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { PlanGatheringInput, RoundInput } from '../../workflows/domain/phase-data.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { cause, scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
const hour = 60 * 60_000;

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
async function openIncident(script: Script): Promise<IncidentHandle> {
  const { activities } = scriptedActivities(script);
  stopWorkers = await world.startWorkers(activities);
  return world.startIncident({ humanActionMs: hour });
}

const peopleAreAwaited = ({ phase, handOver }: IncidentView) => phase === 'awaiting-people' && handOver !== null;
const latestRun = ({ workflowId }: IncidentHandle) => world.client.workflow.getHandle(workflowId) as IncidentHandle;

describe('what time may tell', () => {
  it('is looked at again by another run, with what the first one saw of live ranks', async () => {
    const planned: PlanGatheringInput[] = [];
    const rounds: RoundInput[] = [];
    const startedMs = Date.now();
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), input.untilMs === undefined ? { looksAgainInMs: [1_500, hour] } : {}),
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

  it('is not looked at again once the alert has ended', async () => {
    const planned: PlanGatheringInput[] = [];
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), { looksAgainInMs: [1_500] }),
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

  it('is not waited for where nothing waits', async () => {
    const { timeMayTell: _told, ...decided } = stillWaiting;
    const first = await openIncident({ verdict: decided, plan: () => ({ looksAgainInMs: [1_500] }) });
    expect((await until(first, peopleAreAwaited)).looksAgainAtMs).toBeUndefined();
    await first.cancel();
  });

  it('ends after three more looks, whatever the plans say', async () => {
    const planned: PlanGatheringInput[] = [];
    const first = await openIncident({
      verdict: stillWaiting,
      plan: (input) => (planned.push(input), { looksAgainInMs: [700] }),
    });
    await until(latestRun(first), (view) => peopleAreAwaited(view) && view.looksAgainAtMs === undefined);
    expect(planned).toHaveLength(4);
    await latestRun(first).cancel();
  });
});

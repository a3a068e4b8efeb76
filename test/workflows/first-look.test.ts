import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { budgets } from '../../workflows/domain/budgets.ts';
import { timeoutClasses } from '../../workflows/domain/timeouts.ts';
import type { GatherPlan, ProbeBatchInput, ProbeBatchResult, RoundInput } from '../../workflows/domain/phase-data.ts';
import { incidentView } from '../../workflows/messages.ts';
import { openWorld, until, type IncidentHandle, type IncidentWorld } from '../support/incident-world.ts';
import { scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

const msMax = 120_000;
const look: Partial<GatherPlan> = {
  firstLook: [{ probes: ['gpu.clocks', 'bmc.power'], nodes: ['node-07'] }],
  firstLookMsMax: msMax,
};

type Looks = (input: ProbeBatchInput, usual: () => Promise<ProbeBatchResult>) => Promise<ProbeBatchResult>;

/** Plays an incident whose plan has a first look, which goes as `looks` says. */
async function play(script: Script, looks: Looks): Promise<{ calls: string[]; asked: ProbeBatchInput[] }> {
  const { activities, calls } = scriptedActivities({ plan: () => look, ...script });
  const asked: ProbeBatchInput[] = [];
  stopWorkers = await world.startWorkers({
    ...activities,
    runProbeBatch: (input: ProbeBatchInput) => {
      asked.push(input);
      const usual = () => activities.runProbeBatch(input);
      return input.batch === 'first-look' ? looks(input, usual) : usual();
    },
  });
  return { calls, asked };
}

const eventsOf = async (handle: IncidentHandle) => (await handle.fetchHistory()).events ?? [];

describe('the first look', () => {
  it('is bounded as its plan says, and what it left out is told', async () => {
    const { asked } = await play({}, async (_input, usual) => ({ ...(await usual()), unread: 9, overdue: 7 }));
    const handle = await world.startIncident();
    const { degraded } = await until(handle, (view) => view.approval.status.kind === 'waiting');
    expect(asked[0]).toMatchObject({ batch: 'first-look', msMax });
    expect(degraded).toContain(
      'the first look was ended after 120 s: 9 probe reading(s) of it are missing, 7 for want of time',
    );
    const scheduled = (await eventsOf(handle)).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    const first = scheduled.find(({ activityType }) => activityType?.name === 'runProbeBatch');
    expect(Number(first?.scheduleToStartTimeout?.seconds) * 1_000).toBe(timeoutClasses.firstLook.scheduleToStartMs);
    await handle.terminate();
  });

  it('is unbounded where the plan has no bound, as in older histories', async () => {
    const { asked } = await play({ plan: () => ({ firstLook: look.firstLook ?? [] }) }, (_input, usual) => usual());
    const handle = await world.startIncident();
    await until(handle, (view) => view.approval.status.kind === 'waiting');
    expect(asked[0]).not.toHaveProperty('msMax');
    await handle.terminate();
  });

  it('tells a node of which several readings failed for one reason, and not tools that a site has not got', async () => {
    const fail = (reasons: readonly string[]): ProbeBatchResult['failures'] =>
      reasons.map((reason, at) => ({ probeId: `probe.${at}`, node: 'node-07', reason }));
    const missing = ['sacct is not installed', 'kubectl is not installed', 'nv-fabricmanager is not installed'];
    const down = Array.from({ length: 3 }, () => 'node-07: connection refused');
    for (const [failures, told] of [
      [fail(missing), []],
      [
        fail(down),
        ['3 probe reading(s) of the first look are missing: probe.0 on node-07: node-07: connection refused'],
      ],
    ] as const) {
      await play({}, async (_input, usual) => ({ ...(await usual()), failures, unread: 3 }));
      const handle = await world.startIncident();
      const { degraded } = await until(handle, (view) => view.approval.status.kind === 'waiting');
      expect(degraded.filter((text) => text.includes('first look'))).toEqual(told);
      await handle.terminate();
      await stopWorkers();
    }
    stopWorkers = async () => {};
  });

  it('and every batch after it give the rounds what came of their readings', async () => {
    const rounds: RoundInput[] = [];
    await play({ round: (input) => void rounds.push(input) }, (_input, usual) => usual());
    const handle = await world.startIncident();
    const { probeBatches } = await until(handle, (view) => view.approval.status.kind === 'waiting');
    expect(rounds[0]?.batches).toEqual([probeBatches[0]?.result.results]);
    expect(rounds.at(-1)?.batches).toEqual(probeBatches.map(({ result }) => result.results));
    expect(probeBatches.length).toBeGreaterThan(1);
    await handle.terminate();
  });
});

describe('a first look beside a gathering that fails for good', () => {
  const broken = ApplicationFailure.create({ message: 'evidence is no manifest', type: 'Malformed' });
  const fail = { scanEvidence: broken };
  const wasCalledOff = async (handle: IncidentHandle): Promise<boolean> =>
    (await eventsOf(handle)).some((event) => event.activityTaskCancelRequestedEventAttributes);

  it('is called off, and its end is waited for before the failure is told', async () => {
    const { promise: mayBeat, resolve: beat } = Promise.withResolvers<void>();
    let ended = false;
    await play({ fail }, async () => {
      await mayBeat;
      // A heartbeat is what brings the cancel.
      Context.current().heartbeat();
      await Context.current().cancelled.finally(() => {
        ended = true;
      });
      throw new Error('not reached');
    });
    const handle = await world.startIncident();
    await vi.waitUntil(() => wasCalledOff(handle), { timeout: 20_000 });
    const before = (await handle.query(incidentView)).closing;
    beat();
    expect(before).toBeNull();
    const { closing } = await handle.result();
    expect(closing).toMatchObject({ kind: 'handed-over', reason: 'phase-failed' });
    expect(ended).toBe(true);
    const timers = (await eventsOf(handle)).flatMap(
      (event) => event.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? [],
    );
    expect(timers.map((seconds) => Number(seconds) * 1_000)).toContain(budgets.lookEndMsMax);
  });

  it('that has ended by then holds nothing up', async () => {
    const { promise: looked, resolve: hasLooked } = Promise.withResolvers<void>();
    const { activities } = scriptedActivities({ plan: () => look });
    stopWorkers = await world.startWorkers({
      ...activities,
      async runProbeBatch(input: ProbeBatchInput) {
        const result = await activities.runProbeBatch(input);
        hasLooked();
        return result;
      },
      async scanEvidence() {
        await looked;
        await vi.waitFor(async () => expect((await handle.query(incidentView)).probeBatches).toHaveLength(1));
        throw broken;
      },
    });
    const handle = await world.startIncident();
    const { closing } = await handle.result();
    expect(closing).toMatchObject({ kind: 'handed-over', reason: 'phase-failed' });
    expect(await wasCalledOff(handle)).toBe(false);
  });
});

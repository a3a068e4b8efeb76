import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { AskModelInput, AskModelResult, ModelBudget } from '../../workflows/domain/model-data.ts';
import type { RoundInput } from '../../workflows/domain/phase-data.ts';
import type { AlertObservation } from '../../workflows/domain/alert.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { aRef, scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
let asked: AskModelInput[] = [];
let rounds: RoundInput[] = [];
let released = Promise.withResolvers<void>();

beforeAll(async () => {
  world = await openWorld();
});
afterEach(async () => {
  // Workers end when their activities have.
  released.resolve();
  await stopWorkers();
});
afterAll(() => world.close());

const budget: ModelBudget = { tokensMax: 50_000, secondsMax: 20, costMax: null, answers: 1 };
const answered: AskModelResult = {
  exchange: aRef('model-exchange'),
  model: 'scripted',
  hypotheses: 1,
  standing: 1,
  struck: 0,
  probes: ['gpu.clocks'],
  leading: { category: 'gpu-clock-throttle', node: 'node-07' },
  agree: { answers: 1, of: 1 },
  spent: { tokens: 1_000, seconds: 4, cost: 0.01 },
  degraded: null,
};

type Answer = (input: AskModelInput) => Promise<AskModelResult>;

/** `null`: no worker serves the queue of the model. */
async function play(answer: Answer | null, script: Script = {}): Promise<void> {
  asked = [];
  rounds = [];
  released = Promise.withResolvers<void>();
  const { activities } = scriptedActivities({ round: (input) => void rounds.push(input), ...script });
  const askModel = async (input: AskModelInput) => {
    asked.push(input);
    return answer?.(input);
  };
  stopWorkers = await world.startWorkers(answer === null ? activities : { ...activities, askModel });
}

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';
const opinions = () => rounds.map(({ round, opinion }) => [round, opinion === undefined ? null : opinion.mayAsk]);

describe('an incident that may ask a model', () => {
  it('asks after round 1, and again when probes have found something', async () => {
    await play(async () => answered);
    const view = await until(await world.startIncident({ model: budget }), waits);
    expect(asked.map(({ round }) => round)).toEqual([1, 2]);
    expect(asked[1]).toMatchObject({
      spent: { tokens: 1_000, seconds: 4, cost: 0.01 },
      probesRun: [{ probeId: 'gpu.clocks' }],
      budget,
    });
    expect(asked[1]?.probeResults.length).toBeGreaterThan(asked[0]?.probeResults.length ?? 0);
    expect(opinions()).toEqual([
      [1, null],
      [2, true],
      [2, true],
      [3, true],
    ]);
    expect(view.opinions).toMatchObject([
      { round: 1, standing: 1 },
      { round: 2, standing: 1 },
    ]);
    expect(view.degraded).toEqual([]);
  });

  it('asks nothing where its input does not say so', async () => {
    await play(async () => answered);
    await until(await world.startIncident(), waits);
    expect(asked).toEqual([]);
    expect(opinions().every(([, opinion]) => opinion === null)).toBe(true);
  });

  it.each([
    ['fails', async () => Promise.reject(ApplicationFailure.nonRetryable('HTTP 401', 'Denied'))],
    ['does not answer', () => released.promise.then(() => answered)],
  ] satisfies [string, Answer][])(
    'goes on without one that %s, says so, and does not wait for it again',
    async (_name, answer) => {
      await play(answer);
      const view = await until(await world.startIncident({ model: { ...budget, secondsMax: 2 } }), waits);
      expect(asked.length).toBe(1);
      expect(view.degraded).toEqual([expect.stringMatching(/^went on without the model: /)]);
      expect(view.verdict).toMatchObject({ kind: 'attributed', disputed: false });
    },
  );

  it('goes on without a worker for it within its time', async () => {
    await play(null);
    const view = await until(await world.startIncident({ model: { ...budget, secondsMax: 1 } }), waits);
    expect(view.degraded).toEqual([expect.stringMatching(/^went on without the model: /)]);
    expect(view.verdict?.kind).toBe('attributed');
  });

  it('says why nothing of an answer could be used', async () => {
    await play(async () => ({ ...answered, exchange: aRef('model-exchange'), degraded: 'no JSON object' }));
    const view = await until(await world.startIncident({ model: budget }), waits);
    expect(view.degraded).toContain('went on without the model: no JSON object');
    expect(opinions().every(([, opinion]) => opinion === null)).toBe(true);
  });

  it('asks no more when its time is spent', async () => {
    await play(async () => ({ ...answered, spent: { ...answered.spent, seconds: 20 } }));
    await until(await world.startIncident({ model: budget }), waits);
    expect(asked).toHaveLength(1);
  });
});

describe('what an incident has spent on a model', () => {
  const denied = ApplicationFailure.nonRetryable('the store refused the keys', 'Denied');
  const hour = 60 * 60_000;
  const isHandedOver = (view: IncidentView) => view.phase === 'awaiting-people';
  const twice = { tokens: 2_000, seconds: 8, cost: 0.02 };

  /** Asked twice, and then something around it failed. */
  async function handedOver(): Promise<IncidentHandle> {
    await play(async () => answered, { fail: { proposePlan: denied } });
    const handle = await world.startIncident({ model: budget, humanActionMs: hour });
    const view = await until(handle, isHandedOver);
    expect(view.modelSpent).toEqual(twice);
    return handle;
  }

  it('is spent when people have mended what failed, and the rounds begin anew', async () => {
    const handle = await handedOver();
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Ada', what: 'gave the worker its keys' });
    const view = await until(handle, ({ opinions: said = [] }) => said.length === 4);
    expect(asked.map(({ spent }) => spent.tokens)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(view.modelSpent).toEqual({ tokens: 4_000, seconds: 16, cost: 0.04 });
    await handle.cancel();
  });

  it('is spent when the alert begins anew, in another run', async () => {
    const handle = await handedOver();
    await handle.signal('alertObserved', of('resolved'));
    await handle.signal('alertObserved', of('firing'));
    const latest = world.client.workflow.getHandle(handle.workflowId) as IncidentHandle;
    await until(latest, (view) => view.recurrenceOf !== null && (view.opinions ?? []).length > 0);
    expect(asked[2]?.spent).toEqual(twice);
    await latest.cancel();
  });

  it('is what was asked in vain, as the last attempt says', async () => {
    const spent = { tokens: 700, seconds: 0, cost: 0.01 };
    await play(async () =>
      Promise.reject(ApplicationFailure.create({ message: 'no answer', nonRetryable: true, details: [spent] })),
    );
    const view = await until(await world.startIncident({ model: budget }), waits);
    expect(view.modelSpent).toMatchObject({ tokens: 700, cost: 0.01 });
  });

  it('is what was asked in vain, as the heartbeats of a lost worker said', async () => {
    await play(() => {
      Context.current().heartbeat({ tokens: 500, seconds: 0, cost: 0 });
      return released.promise.then(() => answered);
    });
    const view = await until(await world.startIncident({ model: { ...budget, secondsMax: 2 } }), waits);
    expect(view.modelSpent).toMatchObject({ tokens: 500 });
  });

  it('is the time that it was waited for where nothing came', async () => {
    await play(() => released.promise.then(() => answered));
    const view = await until(await world.startIncident({ model: { ...budget, secondsMax: 2 } }), waits);
    expect(view.modelSpent).toMatchObject({ tokens: 0, cost: 0 });
    expect(view.modelSpent?.seconds).toBeGreaterThanOrEqual(1.9);
  });

  /** An hour later, resolved or begun anew. */
  function of(status: AlertObservation['status']): AlertObservation {
    const alert = anAlert();
    const startsAtMs = (ms: number) => (status === 'firing' ? ms + hour : ms);
    return {
      ...alert,
      status,
      alerts: alert.alerts.map((one) => ({ ...one, status, startsAtMs: startsAtMs(one.startsAtMs) })),
    };
  }
});

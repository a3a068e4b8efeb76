import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { orderRemediation } from '../../workers/cli/remediation-order.ts';
import { withTemporalDesk } from '../../workers/cli/temporal-desk.ts';
import { recoverWorkflowId, taskQueues } from '../../workflows/domain/ids.ts';
import { defaultIncidentSettings } from '../../workflows/domain/incident-input.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { Answer } from '../../workflows/domain/cluster-rules.ts';
import { incidentView } from '../../workflows/messages.ts';
import type { RecoveryReport } from '../../workflows/recover.ts';
import { gatedCluster, type Moments } from '../support/gated-cluster.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { resetIncident } from '../support/reset-incident.ts';
import { cause, type Script } from '../support/scripted-activities.ts';

/** Lease and approval rules against concurrency: real workflows, server, histories and gate; only the cluster is scripted. */
let world: IncidentWorld;
let stop = async () => {};

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stop());
afterAll(() => world.close());

type Gated = ReturnType<typeof gatedCluster>;

async function play(moments: (gated: () => Gated) => Moments = () => ({}), script: Script = {}): Promise<Gated> {
  const gated: Gated = gatedCluster(
    world,
    moments(() => gated),
    script,
  );
  stop = await gated.start();
  return gated;
}

const waits = ({ approval }: IncidentView) => approval.status.kind === 'waiting';

async function decision(handle: IncidentHandle, decisionId = 'd-1') {
  const { approval } = await until(handle, waits);
  const { number = 0, digest = '' } = approval.proposal ?? {};
  return { decisionId, proposal: number, digest, approver: 'Ada', comment: 'go on', reason: 'no' };
}

const stopByPerson = () =>
  withTemporalDesk(
    { address: inject('temporalAddress'), namespace: world.namespace },
    defaultIncidentSettings,
    (desk) =>
      orderRemediation(
        { out: () => {}, err: () => {}, ask: async () => '', colour: false, interactive: false },
        desk,
        { order: 'stop', cluster: world.clusterName(), by: 'Bea', reason: 'cooling works', json: false },
        (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      ),
  );

const ordersOf = ({ orders }: Gated) => orders.map(({ node, stepId, outcome }) => `${node} ${stepId} ${outcome}`);
const bothSteps = ['node-07 gpu-clocks-reset done', 'node-08 gpu-power-limit done'];

it('two incidents that want the same node at the same moment: one repairs, then the other, which looks again first', async () => {
  // Far enough apart not to be one incident.
  let alertAtMs = 1_790_000_000_000;
  const gated = await play(() => ({}), { plan: () => ({ alertAtMs: (alertAtMs += 3_600_000) }) });
  const handles = [await world.startIncident(), await world.startIncident()];
  const decisions = await Promise.all(handles.map((handle) => decision(handle)));
  await Promise.all(handles.map((handle, at) => handle.signal('approveProposal', decisions[at])));
  const views = await Promise.all(handles.map((handle) => handle.result()));
  expect(views.map(({ closing }) => closing?.kind)).toEqual(['repaired', 'repaired']);
  expect(ordersOf(gated)).toEqual([...bothSteps, ...bothSteps]);
  const [first, , second] = gated.orders.map(({ fence }) => Number(fence.split('.')[1]));
  expect(second).toBeGreaterThan(first ?? NaN);
  const one = ['measureSeverity before', 'applyStep forward 1', 'applyStep forward 2', 'measureSeverity after'];
  expect(gated.calls.filter((call) => /^(measureSeverity|applyStep)/.test(call))).toEqual([...one, ...one]);
}, 90_000);

describe('a person and the program', () => {
  it('a stop between two steps: the second never begins, the first is undone', async () => {
    const gated = await play(() => ({
      stepDone: async ({ direction }) => {
        if (direction === 'forward') await stopByPerson();
      },
    }));
    const handle = await world.startIncident();
    await handle.signal('approveProposal', await decision(handle));
    expect((await handle.result()).closing).toMatchObject({ kind: 'undone', why: 'step-failed' });
    expect(ordersOf(gated)).toEqual([bothSteps[0], 'node-07 gpu-clocks-lock done']);
  });

  it('an approval and a stop at once: whatever was begun is finished and verified, or undone', async () => {
    const gated = await play();
    const handle = await world.startIncident();
    const yes = await decision(handle);
    await Promise.all([handle.signal('approveProposal', yes), stopByPerson()]);
    const { closing } = await handle.result();
    const done = ordersOf(gated);
    const undos = ['node-08 gpu-power-limit done', 'node-07 gpu-clocks-lock done'];
    // Before the first step, between the two, after both.
    const allowed = [
      ['handed-over', []],
      ['undone', [bothSteps[0], undos[1]]],
      ['repaired', bothSteps],
    ];
    expect(allowed).toContainEqual([closing?.kind, done]);
    const { leases, unsettled } = await gated.state();
    expect([...leases, ...unsettled]).toEqual([]);
  });

  it('an approval and a rejection at once: the first that arrives counts, the other is refused and shown', async () => {
    const gated = await play();
    const handle = await world.startIncident();
    const yes = await decision(handle);
    await Promise.all([
      handle.signal('approveProposal', yes),
      handle.signal('rejectProposal', { ...yes, decisionId: 'd-2' }),
    ]);
    const { closing, approval } = await handle.result();
    expect(approval.refused).toBe(1);
    expect(['repaired', 'rejected']).toContain(closing?.kind);
    expect(gated.orders).toHaveLength(closing?.kind === 'repaired' ? 2 : 0);
  });
});

describe('a reset of the incident', () => {
  it('to before the approval applies the old approval again, adopts the repair and repeats nothing', async () => {
    const gated = await play();
    const handle = await world.startIncident();
    const yes = await decision(handle);
    // A message of its own between the proposal and the approval, so that the reset leaves the proposal open.
    await handle.signal('approveProposal', { ...yes, digest: 'nonsense' });
    await until(handle, ({ approval }) => approval.refused === 1);
    const { runId } = await handle.query(incidentView);
    await handle.signal('approveProposal', yes);
    expect((await handle.result()).closing?.kind).toBe('repaired');
    const again = await resetIncident(world, handle, 'before the approval');
    const view = await again.result();
    expect(view.closing?.kind).toBe('repaired');
    expect(view.runId).not.toBe(runId);
    expect(view.approval.status.kind).toBe('approved');
    expect(ordersOf(gated)).toEqual(bothSteps);
  });

  it('gives no leave to act: a repair on behalf of the new run is refused before the gate hears of it', async () => {
    const gated = await play();
    const handle = await world.startIncident();
    const { approval } = await until(handle, waits);
    const yes = await decision(handle);
    await handle.signal('approveProposal', { ...yes, digest: 'nonsense' });
    await until(handle, ({ approval: state }) => state.refused === 1);
    await handle.signal('approveProposal', yes);
    await handle.result();
    const again = await resetIncident(world, handle, 'before the approval');
    const { runId } = await again.result();
    const key = { cluster: world.clusterName(), workflowId: handle.workflowId, runId };
    const settings = { ...defaultIncidentSettings, inconclusiveWaitsMax: 0 };
    const report = await world.client.workflow.execute('repair', {
      workflowId: `repair/${runId}/1`,
      taskQueue: taskQueues.incidents,
      args: [{ key, plan: {}, proposal: approval.proposal, settings }],
    });
    expect(report).toMatchObject({ outcome: { kind: 'stopped', reason: 'step-refused' } });
    expect(ordersOf(gated)).toEqual(bothSteps);
  });

  it('to before the proposal makes another one, for which the old approval does not count', async () => {
    const gated = await play();
    const handle = await world.startIncident();
    const old = await decision(handle);
    await handle.signal('approveProposal', old);
    await handle.result();
    const again = await resetIncident(world, handle, 'before the proposal');
    const view = await until(again, (now) => waits(now) && now.approval.refused > 0);
    expect(view.approval.proposal?.digest).not.toBe(old.digest);
    await again.signal('approveProposal', await decision(again, 'd-2'));
    expect((await again.result()).closing?.kind).toBe('repaired');
    expect(ordersOf(gated)).toEqual(bothSteps);
  });
});

describe('the entity', () => {
  it('that continued as new meanwhile recovers a lease that an earlier run granted', async () => {
    const gated = await play((of) => ({
      stepDone: async ({ key, direction }) => {
        if (direction === 'undo') return;
        await continuedAsNew(of());
        await of().repairOf(key.runId).terminate('killed');
      },
    }));
    const handle = await world.startIncident();
    await handle.signal('approveProposal', await decision(handle));
    expect(await recoveryOf(gated, 1)).toMatchObject({ left: [], undone: [{ index: 1 }] });
    expect(ordersOf(gated)).toEqual([bothSteps[0], 'node-07 gpu-clocks-lock done']);
  }, 60_000);

  it('that has forgotten the lease recovers it when the incident tells that its repair vanished', async () => {
    const gated = await play((of) => ({
      stepDone: async ({ key, direction }) => {
        if (direction === 'undo') return;
        await of().repairOf(key.runId).terminate('killed');
        await of().restartEntity();
      },
    }));
    const handle = await world.startIncident();
    await handle.signal('approveProposal', await decision(handle));
    const { runId } = await until(handle, ({ phase }) => phase === 'repairing' || phase === 'closed');
    await handle.result();
    const from = { workflowId: handle.workflowId, runId };
    const nodes = ['node-07', 'node-08'];
    const question = { kind: 'vanished', repair: gated.repairOf(runId).workflowId, nodes };
    await expect
      .poll(() =>
        gated.state().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await gated.entity().signal('ask', { requestId: 'told', from, question });
    expect(await recoveryOf(gated, 1)).toMatchObject({ left: [], undone: [{ index: 1 }] });
    expect(ordersOf(gated)).toEqual([bothSteps[0], 'node-07 gpu-clocks-lock done']);
  }, 60_000);
});

async function continuedAsNew(gated: Gated): Promise<void> {
  const before = (await gated.entity().describe()).runId;
  const word = { by: 'Ada', reason: 'go on' };
  for (let batch = 0; batch < 21; batch += 1)
    await Promise.all(Array.from({ length: 50 }, () => gated.entity().signal('resumeRemediation', word)));
  await expect.poll(async () => (await gated.entity().describe()).runId !== before, { timeout: 20_000 }).toBe(true);
}

async function recoveryOf(gated: Gated, counter: number): Promise<RecoveryReport> {
  const { epochMs } = await gated.state();
  const handle = world.client.workflow.getHandle(recoverWorkflowId(world.clusterName(), { epochMs, counter }));
  const started = () =>
    handle.describe().then(
      () => true,
      () => false,
    );
  await expect.poll(started, { timeout: 20_000 }).toBe(true);
  return (await handle.result()) as RecoveryReport; // of workflow `recover`
}

it('a job alert and a node alert seconds apart become one incident, which knows of the other', async () => {
  const verdict = { kind: 'attributed', causes: [cause], disputed: false } as const;
  const gated = await play(() => ({}), { verdict });
  const ofJob = anAlert();
  const ofNode = {
    ...ofJob,
    alerts: ofJob.alerts.map((one) => ({ ...one, labels: { ...one.labels, node: 'node-07' } })),
  };
  const [job, node] = await Promise.all([ofJob, ofNode].map((alert) => world.startIncident({}, alert)));
  if (job === undefined || node === undefined) throw new Error('two were started');
  const ends = await Promise.all(
    [job, node].map((handle) => until(handle, (now) => waits(now) || now.closing !== null)),
  );
  const merged = ends.find(({ closing }) => closing?.kind === 'merged');
  const goesOn = ends.find(({ closing }) => closing === null);
  expect(merged?.closing).toEqual({ kind: 'merged', into: goesOn?.workflowId });
  const { answered } = await gated.state();
  expect(answered.filter(({ answer }: { answer: Answer }) => answer.kind === 'merge')).toHaveLength(1);
  const events = await world.client.workflow.getHandle(goesOn?.workflowId ?? '').fetchHistory();
  const told = (events.events ?? []).filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'incidentMerged',
  );
  expect(told).toHaveLength(1);
  await world.client.workflow.getHandle(goesOn?.workflowId ?? '').cancel();
});

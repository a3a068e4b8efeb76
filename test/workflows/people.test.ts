import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AlertObservation } from '../../workflows/domain/alert.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { NotifyInput } from '../../workflows/domain/closing-data.ts';
import type { RecoveryInput } from '../../workflows/domain/phase-data.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { aProposal, proposing } from '../support/proposals.ts';
import { cause, healthySeverity, scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
let calls: string[] = [];
const hour = 60 * 60_000;
const approval = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: 'go on' };
const notProven = { kind: 'not-proven', candidates: [cause], reason: 'two causes fit' } as const;

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

async function play(script: Script = {}, more: Record<string, (input: never) => Promise<unknown>> = {}) {
  const scripted = scriptedActivities(script);
  calls = scripted.calls;
  stopWorkers = await world.startWorkers({ ...scripted.activities, ...more });
}

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';
const isHandedOver = (view: IncidentView) => view.phase === 'awaiting-people';
const forwardSteps = () => calls.filter((call) => call.startsWith('applyStep forward'));

function resolved(): AlertObservation {
  const alert = anAlert();
  return {
    ...alert,
    status: 'resolved',
    alerts: alert.alerts.map((one) => ({ ...one, status: 'resolved', endsAtMs: one.startsAtMs + 60_000 })),
  };
}

function firingAgain(): AlertObservation {
  const alert = anAlert();
  return { ...alert, alerts: alert.alerts.map((one) => ({ ...one, startsAtMs: one.startsAtMs + hour })) };
}

describe('an alert that resolves by itself', () => {
  it('is measured anew, and what has recovered is not repaired', async () => {
    await play({ recovered: () => true });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('alertObserved', resolved());
    const view = await handle.result();
    expect(view.closing).toEqual({ kind: 'recovered', explanation: 'steps as before' });
    expect(view.approval.status).toMatchObject({ kind: 'withdrawn', reason: 'the fault is gone' });
    expect(forwardSteps()).toEqual([]);
  });

  it('while the fault is still measured leaves the proposal open, and it can be approved', async () => {
    await play({ recovered: () => false });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('alertObserved', resolved());
    const view = await until(handle, ({ recoveries }) => recoveries.length > 0);
    expect(view.approval.status.kind).toBe('waiting');
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });

  it('asks probes that look for the fault, not those that look for the effect of the plan', async () => {
    const asked: RecoveryInput[] = [];
    const verifyProbes = [
      { probeId: 'gpu.clocks', nodes: ['node-07'] },
      { probeId: 'scheduler.node', nodes: ['node-07'], expects: ['scheduler.node.taken-out'] },
    ];
    await play({ propose: proposing({ verifyProbes }), recovered: (input) => asked.push(input) > 0 });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('alertObserved', resolved());
    await handle.result();
    expect(asked.map((input) => input.verifyProbes)).toEqual([[verifyProbes[0]]]);
  });

  it('between the approval and the first step stops the repair', async () => {
    await play({ recovered: () => true });
    const handle = await world.startIncident();
    await until(handle, waits);
    // Both in one batch: when the workflow looks, it is approved and resolved at once.
    await stopWorkers();
    await handle.signal('alertObserved', resolved());
    await handle.signal('approveProposal', approval);
    const cluster = world.clusterName();
    const scripted = scriptedActivities({ recovered: () => true });
    stopWorkers = await world.startWorkers(scripted.activities, cluster);
    expect((await handle.result()).closing?.kind).toBe('recovered');
    expect(scripted.calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
  });
});

describe('people', () => {
  it('who correct the verdict get another proposal under a new number, and the old one can not be approved', async () => {
    const verdicts: unknown[] = [];
    await play({
      propose: (input) => {
        verdicts.push(input.verdict);
        return proposing()(input);
      },
    });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('correctVerdict', {
      correctionId: 'c1',
      by: 'Ada',
      category: 'rdma-link-fault',
      node: 'node-04',
      reason: 'the port flaps since noon',
    });
    await until(handle, (view) => view.approval.proposal?.number === 2 && waits(view));
    await handle.signal('approveProposal', approval);
    const view = await until(handle, ({ approval: state }) => state.refused === 1);
    expect(view.approval.refusals[0]?.reason).toContain('the open one is number 2');
    expect(verdicts[1]).toMatchObject({
      kind: 'attributed',
      disputed: true,
      causes: [{ category: 'rdma-link-fault', node: 'node-04' }],
    });
    await handle.signal('approveProposal', { ...approval, proposal: 2 });
    expect((await handle.result()).closing).toMatchObject({ kind: 'repaired', proposal: 2 });
  });

  it('add notes, and what is none is refused visibly', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('addNote', { by: 'Ada', text: 'fans were changed yesterday' });
    await handle.signal('addNote', { by: '<your name>', text: 'x' });
    await handle.signal('correctVerdict', { by: 'Ada', correctionId: 'c', category: 'gremlins', reason: 'r' });
    await handle.signal('humanActionDone', 'done');
    const view = await until(handle, ({ approval: state }) => state.refused === 3);
    expect(view.notes).toMatchObject([{ by: 'Ada', text: 'fans were changed yesterday' }]);
    expect(view.approval.refusals.map(({ what }) => what)).toEqual(['addNote', 'correctVerdict', 'humanActionDone']);
    await handle.cancel();
    await handle.result();
  });

  it('are waited for when nothing is proven; what they did is measured before it counts', async () => {
    let fixed = false;
    await play({ verdict: notProven, recovered: () => fixed });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, isHandedOver);
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Ada', what: 'rebooted the switch' });
    const view = await until(handle, ({ recoveries }) => recoveries.length === 1);
    expect(view.closing).toBeNull();
    fixed = true;
    await handle.signal('humanActionDone', { actionId: 'a2', by: 'Ada', what: 'replaced the cable' });
    expect((await handle.result()).closing).toEqual({
      kind: 'repaired-by-people',
      by: 'Ada',
      what: 'replaced the cable',
      problemkey: null,
    });
  });

  it('who never come are waited for within the bound', async () => {
    await play({ verdict: notProven });
    const handle = await world.startIncident({ humanActionMs: 500 });
    expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'not-proven' });
  });

  it('correct a verdict that was not proven, and the plan for theirs is proposed', async () => {
    await play({ verdict: notProven });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, isHandedOver);
    const { node, device } = cause;
    await handle.signal('correctVerdict', {
      correctionId: 'c1',
      by: 'Ada',
      category: cause.category,
      node,
      gpu: device?.index,
      reason: 'seen on the console',
    });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });
});

describe('a phase that fails for good', () => {
  it('is tried again when people say that its cause is mended', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    let denied = true;
    const scripted = scriptedActivities();
    stopWorkers = await world.startWorkers({
      ...scripted.activities,
      scanEvidence: async () => {
        if (denied) throw ApplicationFailure.nonRetryable('S3 refused the keys', 'Denied');
        return scripted.activities.scanEvidence();
      },
    });
    const handle = await world.startIncident({ humanActionMs: hour });
    const failed = await until(handle, isHandedOver);
    expect(failed.handOver).toMatchObject({ reason: 'phase-failed', detail: expect.stringContaining('S3 refused') });
    denied = false;
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Ada', what: 'gave the log worker its keys' });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });
});

describe('a fault that the plan only contains', () => {
  const containing = proposing({
    takesOut: { nodes: ['node-07'], gpus: 8 },
    handOver: { task: 'replace GPU 3 of node-07', verifyProbes: [{ probeId: 'gpu.ecc', nodes: ['node-07'] }] },
  });

  it('is handed over for its part, and ends there when nobody is waited for', async () => {
    await play({ propose: containing });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    const view = await handle.result();
    expect(view.closing).toEqual({ kind: 'handed-over', reason: 'hardware', detail: 'replace GPU 3 of node-07' });
    expect(calls).not.toContain('learnFromRepair');
  });

  it('goes back into service when the part was replaced and measured, and that teaches', async () => {
    await play({
      propose: containing,
      recovered: () => true,
      severities: { after: healthySeverity, 'given-back': healthySeverity },
    });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    await until(handle, isHandedOver);
    // The job runs elsewhere, so the alert is quiet; the part is broken all the same.
    await handle.signal('alertObserved', resolved());
    const waiting = await until(handle, ({ recoveries }) => recoveries.length === 1);
    expect(waiting.closing).toBeNull();
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Bo', what: 'replaced GPU 3' });
    const view = await handle.result();
    expect(view.closing).toMatchObject({ kind: 'repaired-by-people', by: 'Bo', problemkey: expect.any(String) });
    expect(view.givenBack?.steps.map(({ direction, stepId }) => [direction, stepId])).toEqual([
      ['undo', 'gpu-clocks-lock'],
    ]);
    expect(forwardSteps()).toHaveLength(1);
  });

  it('makes room for a new incident when the alert begins anew', async () => {
    await play({ propose: containing });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    const first = await until(handle, isHandedOver);
    await handle.signal('alertObserved', resolved());
    await handle.signal('alertObserved', firingAgain());
    const latest = world.client.workflow.getHandle(handle.workflowId);
    const second = await until(latest as IncidentHandle, (view) => view.recurrenceOf !== null && waits(view));
    expect(second.recurrenceOf).toBe(first.runId);
    // Numbers go on, so that the child of the first proposal is never taken for the second's.
    expect(second.approval.proposal?.number).toBe(2);
    expect(second.alert?.alerts[0]?.startsAtMs).toBe(firingAgain().alerts[0]?.startsAtMs);
    await latest.cancel();
  });
});

describe('notifications', () => {
  it('tell when a proposal waits, and settle at the end', async () => {
    const told: NotifyInput[] = [];
    await play({}, {
      notify: async (input: NotifyInput) => {
        told.push(input);
        return { sent: ['hook'], failed: [] };
      },
    } as never);
    const handle = await world.startIncident({ notify: true, approvalMs: 60_000 });
    await until(handle, ({ notified }) => notified.length === 1);
    expect(told[0]?.notification).toMatchObject({
      kind: 'proposal-waits',
      sequence: 1,
      urgency: 'normal',
      proposal: { number: 1, digest: aProposal().digest },
    });
    await handle.signal('approveProposal', approval);
    const view = await handle.result();
    expect(view.closing?.kind).toBe('repaired');
    expect(told.map(({ notification }) => notification.kind)).toEqual(['proposal-waits', 'settled']);
  });

  it('remind, and escalate before the proposal expires', async () => {
    await play();
    const handle = await world.startIncident({ notify: true, approvalMs: 1_500 });
    expect((await handle.result()).closing?.kind).toBe('expired');
    expect(calls.filter((call) => call.startsWith('notify'))).toEqual([
      'notify proposal-waits',
      'notify proposal-reminder',
      'notify proposal-escalation',
      'notify settled',
    ]);
  });

  it('that can not be delivered are said so, and hold nothing up', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const failure = ApplicationFailure.nonRetryable('hooks.example.net answered 403', 'Denied');
    await play({ fail: { 'notify proposal-waits': failure, 'notify settled': failure } });
    const handle = await world.startIncident({ notify: true });
    const view = await until(handle, (now) => waits(now) && now.degraded.length === 1);
    expect(view.degraded[0]).toContain('people could not be notified: Denied: hooks.example.net answered 403');
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });
});

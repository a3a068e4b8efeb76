import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clusterWorkflowId } from '../../workflows/domain/ids.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { incidentView, clusterState } from '../../workflows/messages.ts';
import { anAlert, openWorld, type IncidentWorld, until } from '../support/incident-world.ts';
import { aProposal, digestOf } from '../support/proposals.ts';
import {
  brokenSeverity,
  cause,
  healthySeverity,
  scriptedActivities,
  type Script,
} from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
let calls: string[] = [];
const approval = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: 'go on' };

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

async function play(script: Script = {}): Promise<void> {
  const scripted = scriptedActivities(script);
  calls = scripted.calls;
  stopWorkers = await world.startWorkers(scripted.activities);
}

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';

describe('an incident', () => {
  it('goes from the alert to a repair that is verified and teaches, once it is approved', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    expect(calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
    await handle.signal('approveProposal', approval);
    const view = await handle.result();
    expect(view.closing).toEqual({ kind: 'repaired', proposal: 1, problemkey: 'slow-steps-locked-gpu-clock' });
    expect(calls.indexOf('recordUndo')).toBeLessThan(calls.indexOf('applyStep forward gpu-clocks-reset'));
    expect(view.phaseTimes.map(({ phase }) => phase)).toEqual([
      'intake',
      'gathering',
      'reasoning',
      'planning',
      'awaiting-approval',
      'repairing',
      'learning',
      'closed',
    ]);
    const entity = world.client.workflow.getHandle(clusterWorkflowId(world.clusterName()));
    const state = await entity.query(clusterState);
    expect(state.leases).toEqual([]);
    expect(state.open.map((open) => open.asker.workflowId)).not.toContain(handle.workflowId);
  });

  it('shows refused messages, unknown signals among them, and does nothing for them', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', { ...approval, digest: digestOf('a') });
    await handle.signal('approveProposal');
    await handle.signal('aproveProposal', approval);
    const view = await until(handle, ({ approval: state }) => state.refused === 3);
    expect(view.approval.status.kind).toBe('waiting');
    expect(view.approval.refusals.map(({ what }) => what)).toEqual([
      'approveProposal',
      'approveProposal',
      'aproveProposal',
    ]);
    await handle.signal('rejectProposal', { ...approval, reason: 'we drain it instead' });
    expect((await handle.result()).closing).toMatchObject({
      kind: 'rejected',
      by: 'Ada',
      reason: 'we drain it instead',
    });
    expect(calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
  });

  it('survives messages of its own names that hold nonsense, and signals in an encoding that nobody knows', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    const before = (await handle.query(incidentView)).approval.refused;
    const delivery = { receivedAtMs: 1, status: 'firing', groupLabels: {}, truncated: 0 };
    await handle.signal('alertObserved', { ...delivery, alerts: [{ ...anAlert().alerts[0], labels: null }] } as never);
    await handle.signal('alertObserved', { ...delivery, alerts: [] } as never);
    await handle.signal('clusterReply', null as never);
    await handle.signal('clusterReply', { requestId: 'r', answer: null } as never);
    await world.client.workflowService.signalWorkflowExecution({
      namespace: world.namespace,
      workflowExecution: { workflowId: handle.workflowId },
      signalName: 'approveProposal',
      input: {
        payloads: [
          { metadata: { encoding: new TextEncoder().encode('binary/unheard-of') }, data: new Uint8Array([1]) },
        ],
      },
    });
    await until(handle, ({ approval: state }) => state.refused === before + 3);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });

  it('survives a signal that no converter can read', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    const data = new TextEncoder().encode('{broken');
    for (const encoding of ['json/protobuf', 'json/plain'])
      await world.client.workflowService.signalWorkflowExecution({
        namespace: world.namespace,
        workflowExecution: { workflowId: handle.workflowId },
        signalName: 'approveProposal',
        input: { payloads: [{ metadata: { encoding: new TextEncoder().encode(encoding) }, data }] },
      });
    await until(handle, ({ approval: state }) => state.refused === 2);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });

  it('answers an update at once, and refuses a wrong one without a trace in the history', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    const wrong = handle.executeUpdate('approveProposal', { args: [{ ...approval, digest: digestOf('b') }] });
    await expect(wrong).rejects.toMatchObject({ cause: { message: expect.stringContaining('is not the digest') } });
    await expect(handle.executeUpdate('approveProposal', { args: [approval] })).resolves.toBe('approved');
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });

  it('expires when nobody decides, and nothing was changed', async () => {
    await play();
    const handle = await world.startIncident({ approvalMs: 300 });
    expect((await handle.result()).closing).toEqual({ kind: 'expired', proposal: 1 });
    expect(calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
  });

  it('undoes what made it worse', async () => {
    await play({ severities: { after: { ...brokenSeverity, faults: 2 } } });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    const view = await handle.result();
    expect(view.closing).toEqual({ kind: 'undone', proposal: 1, verified: true, why: 'worse' });
    expect(calls).toContain('applyStep undo gpu-clocks-lock');
    expect(calls).not.toContain('learnFromRepair');
  });

  it('hands over, and does not undo, what changed nothing', async () => {
    await play({ severities: { after: brokenSeverity } });
    const handle = await world.startIncident({ inconclusiveWaitsMax: 1 });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'repair-had-no-effect' });
    expect(calls.filter((call) => call.startsWith('applyStep undo'))).toEqual([]);
  });

  it('hands over when a step is refused on the node', async () => {
    await play({ applyStep: () => ({ kind: 'refused', reason: 'a lower fence than seen before' }) });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'step-refused' });
  });

  it('judges an unknown outcome by what the node shows, without repeating the step', async () => {
    await play({ applyStep: () => ({ kind: 'unknown', reason: 'begun, its end is not recorded' }) });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
    expect(calls.filter((call) => call.startsWith('applyStep'))).toHaveLength(1);
  });

  it('that cannot be proven is handed over with the candidates', async () => {
    const verdict = { kind: 'not-proven', candidates: [cause], reason: 'two causes fit' } as const;
    await play({ verdict });
    const handle = await world.startIncident();
    const view = await handle.result();
    expect(view.closing).toMatchObject({ kind: 'handed-over', reason: 'not-proven' });
    expect(view.verdict).toEqual(verdict);
  });

  it('in observe-only mode proposes nothing for execution', async () => {
    await play();
    const handle = await world.startIncident({ observeOnly: true });
    expect((await handle.result()).closing).toMatchObject({ kind: 'observed' });
    expect(calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
  });

  it('goes on without logs and recall, and says so', async () => {
    const gone = (what: string) => ApplicationFailure.nonRetryable(`${what} refused the credentials`, 'Denied');
    await play({ fail: { gatherLogs: gone('S3'), recallIncidents: gone('Chroma') } });
    const handle = await world.startIncident({ observeOnly: true });
    const view = await handle.result();
    expect(view.closing?.kind).toBe('observed');
    expect(view.degraded).toEqual([
      'went on without logs: Denied: S3 refused the credentials',
      'went on without recall: Denied: Chroma refused the credentials',
    ]);
  });

  it('hands over when a phase fails for good', async () => {
    await play({
      fail: { planGathering: ApplicationFailure.nonRetryable('no inventory for cluster site-a', 'NotFound') },
    });
    const handle = await world.startIncident();
    expect((await handle.result()).closing).toEqual({
      kind: 'handed-over',
      reason: 'phase-failed',
      detail: 'intake: NotFound: no inventory for cluster site-a',
    });
  });

  it('cancelled while it waits ends as cancelled, with its chart', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.cancel();
    const view = await handle.result();
    expect(view.closing).toEqual({ kind: 'cancelled', during: 'awaiting-approval' });
    expect(view.chart).not.toBeNull();
  });

  it('cancelled in the middle of a repair is undone first', async () => {
    let acting = () => {};
    const acted = new Promise<void>((resolve) => (acting = resolve));
    await play({
      propose: (input) => ({
        kind: 'proposal',
        proposal: aProposal({
          settleMs: 2_000,
          createdAtMs: input.createdAtMs,
          expiresAtMs: input.createdAtMs + 60_000,
        }),
      }),
      applyStep: async (input) => {
        if (input.direction === 'forward') acting();
        return {
          kind: 'done',
          exitCode: 0,
          replayed: false,
          output: (await import('../support/scripted-activities.ts')).aRef('probe-results'),
        };
      },
      severities: { 'after-undo': brokenSeverity, after: healthySeverity },
    });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    await acted;
    await handle.cancel();
    const view = await handle.result();
    expect(calls).toContain('applyStep undo gpu-clocks-lock');
    expect(view.repair?.outcome).toEqual({ kind: 'undone', verified: true, why: 'cancelled' });
  });

  it('cancelled before its first step changes nothing, undo included, and gives its lease back', async () => {
    let measuring = () => {};
    const measured = new Promise<void>((resolve) => (measuring = resolve));
    const scripted = scriptedActivities();
    calls = scripted.calls;
    stopWorkers = await world.startWorkers({
      ...scripted.activities,
      recordUndo: async () => {
        measuring();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return scripted.activities.recordUndo();
      },
    });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    await measured;
    await handle.cancel();
    const view = await handle.result();
    expect(view.closing).toMatchObject({ kind: 'handed-over', reason: 'repair-not-started' });
    expect(calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
    const entity = world.client.workflow.getHandle(clusterWorkflowId(world.clusterName()));
    expect((await entity.query(clusterState)).leases).toEqual([]);
  });

  it('whose undo finds that nothing was begun says so instead of a failed undo', async () => {
    await play({
      applyStep: ({ direction }) => {
        if (direction === 'forward') throw ApplicationFailure.nonRetryable('node-07 refused the key', 'Denied');
        return { kind: 'refused', reason: 'no step of this plan was begun on node-07', nothingBegun: true };
      },
    });
    const handle = await world.startIncident();
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'repair-not-started' });
  });

  it('is not repaired while remediation of the cluster is stopped', async () => {
    await play();
    const handle = await world.startIncident();
    await until(handle, waits);
    const entity = world.client.workflow.getHandle(clusterWorkflowId(world.clusterName()));
    await entity.signal('stopRemediation', { by: 'Ada', reason: 'cooling works' });
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'remediation-stopped' });
    expect(calls.filter((call) => call.startsWith('applyStep'))).toEqual([]);
    await entity.signal('resumeRemediation', { by: 'Ada', reason: 'done' });
  });
});

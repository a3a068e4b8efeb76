import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { temporalGateway } from '../../../workers/api/temporal-gateway.ts';
import { createIntake } from '../../../workers/api/intake.ts';
import type { IncidentDesk } from '../../../workers/cli/incident-desk.ts';
import { CommandFailure } from '../../../workers/cli/output.ts';
import { withTemporalDesk } from '../../../workers/cli/temporal-desk.ts';
import { groupHash, type IncidentSighting } from '../../../workers/incident-start.ts';
import { defaultIncidentSettings } from '../../../workflows/domain/incident-input.ts';
import type { IncidentView } from '../../../workflows/domain/incident-view.ts';
import { anAlert, openWorld, type IncidentWorld } from '../../support/incident-world.ts';
import { aProposal, digestOf } from '../../support/proposals.ts';
import { scriptedActivities } from '../../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};

beforeAll(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await stopWorkers();
  stopWorkers = async () => {};
});
afterAll(() => world.close());

/** Hand-overs close at once, so that there are closed incidents to read. */
const settings = { ...defaultIncidentSettings, humanActionMs: 0, notify: false, archive: false };

const atDesk = <T>(work: (desk: IncidentDesk) => Promise<T>) =>
  withTemporalDesk({ address: inject('temporalAddress'), namespace: world.namespace }, settings, work);

function aSighting(startsAtMs = 1_790_000_000_000): IncidentSighting {
  const alert = anAlert();
  const alerts = alert.alerts.map((each) => ({ ...each, startsAtMs }));
  return { cluster: world.clusterName(), groupHash: groupHash(randomUUID()), observation: { ...alert, alerts } };
}

async function until(
  desk: IncidentDesk,
  workflowId: string,
  wanted: (view: IncidentView) => boolean,
): Promise<IncidentView> {
  for (;;) {
    const view = (await desk.read(workflowId))?.view;
    if (view !== undefined && view !== null && wanted(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the desk on a Temporal server', () => {
  it('starts an incident, decides on it by update and reads its chart when it is closed', async () => {
    stopWorkers = await world.startWorkers(scriptedActivities().activities);
    await atDesk(async (desk) => {
      const { workflowId, created } = await desk.start(aSighting());
      expect(created).toBe(true);
      await until(desk, workflowId, (view) => view.approval.status.kind === 'waiting');

      const decision = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: '' };
      const refused = await desk.decide(workflowId, 'approve', { ...decision, digest: digestOf('a') });
      expect(refused).toMatchObject({ kind: 'refused', reason: expect.stringContaining('digest') as unknown });
      expect(await desk.decide(workflowId, 'approve', decision)).toEqual({ kind: 'counted', status: 'approved' });

      const closed = await until(desk, workflowId, (view) => view.closing !== null);
      expect(closed.closing).toMatchObject({ kind: 'repaired' });
      expect(closed.approval.approvals).toMatchObject([{ approver: 'Ada' }]);
    });
  });

  it('keeps the chart of a closed incident when no worker runs, and knows a repeat of it by its memo', async () => {
    const verdict = { kind: 'not-proven', candidates: [], reason: 'nothing stands out' } as const;
    stopWorkers = await world.startWorkers(scriptedActivities({ verdict }).activities);
    const sighting = aSighting();
    const intake = () => createIntake(temporalGateway(world.client), settings);
    const { workflowId, runId } = await intake().observe(sighting);
    await world.client.workflow.getHandle(workflowId).result();
    await stopWorkers();
    stopWorkers = async () => {};

    const found = await atDesk((desk) => desk.read(workflowId));
    expect(found?.row).toMatchObject({
      status: 'COMPLETED',
      phase: 'closed',
      verdict: 'not-proven',
      severity: 'critical',
    });
    expect(found?.view?.closing).toMatchObject({ kind: 'handed-over', reason: 'not-proven' });

    expect(await intake().observe(sighting)).toMatchObject({ runId, created: false, outcome: 'repeat' });
    const later = { ...aSighting(1_790_000_500_000), groupHash: sighting.groupHash };
    const recurrence = await intake().observe(later);
    expect(recurrence).toMatchObject({ created: true, outcome: 'started' });
    expect(recurrence.runId).not.toBe(runId);
    await world.client.workflow.getHandle(workflowId).terminate();
  });

  it('stops the remediation of a cluster whose entity does not run yet, and says who did', async () => {
    stopWorkers = await world.startWorkers(scriptedActivities().activities);
    await atDesk(async (desk) => {
      await desk.orderRemediation(world.clusterName(), 'stop', 'Ada', 'power work');
      expect((await desk.clusterState(world.clusterName()))?.stopped).toMatchObject({
        by: 'Ada',
        reason: 'power work',
      });
    });
  });

  it('lists an incident with what it is about, and cancels it', async () => {
    stopWorkers = await world.startWorkers(scriptedActivities().activities);
    await atDesk(async (desk) => {
      const { workflowId } = await desk.start(aSighting());
      await until(desk, workflowId, (view) => view.approval.status.kind === 'waiting');
      const listed = async () =>
        (await desk.list({ cluster: world.clusterName(), open: true, needsHuman: true }, 10)).rows;
      // Lists follow what happens with a delay of their own.
      while ((await listed()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await listed()).toMatchObject([
        {
          workflowId,
          phase: 'awaiting-approval',
          verdict: 'attributed',
          categories: ['gpu-clock-throttle'],
          nodes: ['node-07'],
        },
      ]);
      await desk.cancel(workflowId);
      await world.client.workflow.getHandle(workflowId).result();
      expect((await desk.read(workflowId))?.view?.closing).toEqual({ kind: 'cancelled', during: 'awaiting-approval' });
      await expect(desk.cancel(workflowId)).rejects.toThrow(CommandFailure);
    });
  });

  it('tells an incident what people say even while no worker runs, and says when it is not open', async () => {
    await atDesk(async (desk) => {
      const { workflowId } = await desk.start(aSighting());
      const payload = { by: 'Ada', actionId: 'done-1', what: 'replaced GPU 3' };
      await desk.tell(workflowId, 'humanActionDone', payload);
      const handle = world.client.workflow.getHandle(workflowId);
      const { events } = await handle.fetchHistory();
      const signals = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
      const told = signals.find(({ signalName }) => signalName === 'humanActionDone')?.input?.payloads?.[0]?.data;
      expect(JSON.parse(Buffer.from(told ?? []).toString('utf8'))).toEqual(payload);
      await handle.terminate();
      await expect(desk.tell(workflowId, 'addNote', { by: 'Ada', text: 'late' })).rejects.toMatchObject({
        name: 'CommandFailure',
        message: `${workflowId} is not open`,
      });
    });
  });

  it('knows no incident that was never started', async () => {
    expect(await atDesk((desk) => desk.read('incident/site-a/ffffffffffffffff'))).toBeNull();
  });

  it('says what to do when Temporal does not answer', async () => {
    const target = { address: '127.0.0.1:1', namespace: 'default' };
    const failing = withTemporalDesk(target, defaultIncidentSettings, (desk) => desk.list({}, 1));
    await expect(failing).rejects.toMatchObject({
      name: 'CommandFailure',
      message: expect.stringContaining('127.0.0.1:1') as unknown,
      advice: expect.stringContaining('wardround up') as unknown,
    });
  });
});

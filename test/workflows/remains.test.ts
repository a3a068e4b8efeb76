import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MendedCause } from '../../workflows/domain/cluster-mended.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { PlanGatheringInput, ProposeInput } from '../../workflows/domain/phase-data.ts';
import { takenUpMax } from '../../workflows/domain/later-alerts.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { aProposal, proposing } from '../support/proposals.ts';
import { scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
const hour = 60 * 60_000;
const approval = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: 'go on' };
const resolved = { ...anAlert(), status: 'resolved' as const };

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';
const wasMeasured = ({ recoveries }: IncidentView) => recoveries.length > 0;

/** An incident that is repaired with success, while its alert goes on firing. */
async function repairedWhileFiring(script: Script, laterAlertEndMs: number): Promise<IncidentHandle> {
  const { activities } = scriptedActivities(script);
  stopWorkers = await world.startWorkers(activities);
  const handle = await world.startIncident({ takeUpRemains: true, laterAlertEndMs });
  await until(handle, waits);
  await handle.signal('approveProposal', approval);
  return handle;
}

describe('trouble that outlasts a verified repair', () => {
  it('is looked into by another run, from the repair on, and the same repair is not proposed again', async () => {
    const planned: PlanGatheringInput[] = [];
    const asked: ProposeInput[] = [];
    const script: Script = {
      recovered: () => false,
      plan: (input) => (planned.push(input), {}),
      propose: (input) => (asked.push(input), proposing()(input)),
    };
    const first = await repairedWhileFiring(script, 300);
    const latest = world.client.workflow.getHandle(first.workflowId) as IncidentHandle;
    const second = await until(latest, (view) => view.recurrenceOf !== null && waits(view));
    expect(second.takenUp).toBe(1);
    const [before, after] = planned;
    expect(before?.remains).toBeUndefined();
    const { sinceMs = 0, atMs = 0 } = after?.remains ?? {};
    expect(sinceMs).toBeGreaterThan(second.openedAtMs - 60_000);
    expect(atMs).toBeGreaterThanOrEqual(sinceMs);
    const helped = expect.objectContaining({
      remediationId: 'gpu.clocks.unlock',
      node: 'node-07',
      helped: { category: 'gpu-clock-throttle' },
    });
    expect(asked.map(({ tried }) => tried)).toEqual([undefined, [helped]]);
    await latest.cancel();
  });

  it('is looked into with the word of the cluster entity on what was mended, as any incident that opens then', async () => {
    const told: (readonly MendedCause[] | undefined)[] = [];
    const script: Script = { recovered: () => false, round: ({ plan }) => told.push(plan.mended) };
    const first = await repairedWhileFiring(script, 300);
    const latest = world.client.workflow.getHandle(first.workflowId) as IncidentHandle;
    const second = await until(latest, (view) => view.recurrenceOf !== null && waits(view));
    const mended = { node: 'node-07', category: 'gpu-clock-throttle', device: 'gpu 3', atMs: expect.any(Number) };
    expect([told[0], told.at(-1)]).toEqual([undefined, [mended]]);
    const [mendedFirst] = told.at(-1) ?? [];
    expect(mendedFirst?.atMs).toBeGreaterThan(second.openedAtMs - 60_000);
    await latest.cancel();
  });

  it('is looked into together with an alert that came later, both from the repair on', async () => {
    const planned: PlanGatheringInput[] = [];
    const script: Script = { recovered: () => false, plan: (input) => (planned.push(input), {}) };
    const first = await repairedWhileFiring(script, 1_500);
    await until(first, wasMeasured);
    const [known] = anAlert().alerts;
    if (known === undefined) throw new Error('the first delivery has an alert');
    const later = { ...known, fingerprint: 'later', startsAtMs: known.startsAtMs + 900_000 };
    await first.signal('alertObserved', { ...anAlert(), alerts: [later] });
    const latest = world.client.workflow.getHandle(first.workflowId) as IncidentHandle;
    const second = await until(latest, (view) => view.recurrenceOf !== null && waits(view));
    expect(second.alert?.alerts.map(({ fingerprint }) => fingerprint)).toContain('later');
    expect(planned.at(-1)?.remains).toBeDefined();
    await latest.cancel();
  });

  it('is handed to people where as many runs in a row as may be have been about it', async () => {
    const { activities } = scriptedActivities({ recovered: () => false, propose: proposing() });
    stopWorkers = await world.startWorkers(activities);
    const settings = { takeUpRemains: true, laterAlertEndMs: 100 };
    const handle = await world.startIncident(settings, null, { alert: anAlert(), proposals: 0, takenUp: takenUpMax });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    const { closing } = await handle.result();
    expect(closing).toMatchObject({ kind: 'handed-over', reason: 'not-proven' });
    expect(closing).toHaveProperty('detail', expect.stringContaining('something remains: '));
  });

  it('is handed to people where another run does not find what it is', async () => {
    const verdict = { kind: 'no-fault', explanation: { text: 'all is well', findingIds: [], ranges: [] } } as const;
    const { activities } = scriptedActivities({ verdict });
    stopWorkers = await world.startWorkers(activities);
    const remains = { sinceMs: Date.now() - 60_000, atMs: Date.now() };
    const continued = { alert: anAlert(), proposals: 1, takenUp: 1, remains };
    const { closing } = await (await world.startIncident({ takeUpRemains: true }, null, continued)).result();
    expect(closing).toMatchObject({ kind: 'handed-over', reason: 'not-proven' });
  });

  it('is none where nothing is measured any more, however long the alert goes on firing', async () => {
    const handle = await repairedWhileFiring({ recovered: () => true }, hour);
    const { closing, recoveries } = await handle.result();
    expect(closing).toMatchObject({ kind: 'repaired', proposal: 1 });
    expect(closing).not.toHaveProperty('remains');
    expect(recoveries).toHaveLength(1);
  });

  it('is none where the alert ends in time', async () => {
    const handle = await repairedWhileFiring({ recovered: () => false }, hour);
    await until(handle, wasMeasured);
    await handle.signal('alertObserved', resolved);
    const { closing, recurrenceOf } = await handle.result();
    expect(closing).toEqual({ kind: 'repaired', proposal: 1, problemkey: 'slow-steps-locked-gpu-clock' });
    expect(recurrenceOf).toBeNull();
  });

  it('is not waited for after a cancel, which does not undo what is repaired', async () => {
    const handle = await repairedWhileFiring({ recovered: () => false }, hour);
    await until(handle, wasMeasured);
    await handle.cancel();
    const { closing } = await handle.result();
    expect(closing).toEqual({ kind: 'repaired', proposal: 1, problemkey: 'slow-steps-locked-gpu-clock' });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AlertObservation, ObservedAlert } from '../../workflows/domain/alert.ts';
import { renderDetails } from '../../workflows/domain/current-details.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { ProposeInput } from '../../workflows/domain/phase-data.ts';
import { takenUpMax } from '../../workflows/domain/later-alerts.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { aProposal, proposing } from '../support/proposals.ts';
import {
  brokenSeverity,
  cause,
  healthySeverity,
  scriptedActivities,
  type Script,
} from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
const hour = 60 * 60_000;
const laterAlertEndMs = 1_500;
const approval = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: 'go on' };
const notProven = { kind: 'not-proven', candidates: [cause], reason: 'two causes fit' } as const;
const containing = proposing({
  handOver: { task: 'replace GPU 3 of node-07', verifyProbes: [] },
});

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

async function play(script: Script = {}) {
  stopWorkers = await world.startWorkers(scriptedActivities(script).activities);
}

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';
const isHandedOver = (view: IncidentView) => view.phase === 'awaiting-people';
const isSecond = (view: IncidentView) => view.recurrenceOf !== null && view.verdict !== null;

function later(node: string, status: ObservedAlert['status'] = 'firing'): ObservedAlert {
  return {
    fingerprint: `later-${node}`,
    status,
    startsAtMs: 1_790_000_900_000,
    labels: { alertname: 'NodeUnreachable', cluster: 'site-a', node },
    summary: 'no answer for two minutes',
  };
}

/** The group as Alertmanager sends it again: what was known, and what has come since. */
function delivery(...added: readonly ObservedAlert[]): AlertObservation {
  const first = anAlert();
  return { ...first, alerts: [...first.alerts, ...added] };
}

function latestOf({ workflowId }: IncidentHandle): IncidentHandle {
  return world.client.workflow.getHandle(workflowId) as IncidentHandle;
}

describe('an alert of the group that comes after the verdict', () => {
  it('ends a wait for people, and the next run is about it', async () => {
    await play({ verdict: notProven });
    const handle = await world.startIncident({ humanActionMs: hour, laterAlertEndMs });
    const first = await until(handle, isHandedOver);
    await handle.signal('alertObserved', delivery(later('node-11')));
    const second = await until(latestOf(handle), isSecond);
    expect(second.recurrenceOf).toBe(first.runId);
    expect(second.alert?.alerts.map(({ fingerprint }) => fingerprint)).toEqual(['later-node-11']);
    expect(second.heardAlerts).toEqual({ heard: ['00aa11bb22cc33dd', 'later-node-11'], later: [] });
    expect(second.alertStartsAtMs).toEqual([1_790_000_000_000, 1_790_000_900_000]);
    expect(second.takenUp).toBe(1);
    // Known by now, whichever of them flaps.
    await latestOf(handle).signal('alertObserved', delivery(later('node-11', 'resolved')));
    await latestOf(handle).signal('alertObserved', delivery(later('node-11')));
    const third = await until(latestOf(handle), ({ observations }) => observations === 3);
    expect(third.runId).toBe(second.runId);
    expect(third.closing).toBeNull();
    await latestOf(handle).cancel();
  });

  it('leaves an open proposal to be decided, is shown beside it, and is taken up when it was rejected', async () => {
    await play();
    const handle = await world.startIncident({ laterAlertEndMs });
    await until(handle, waits);
    await handle.signal('alertObserved', delivery(later('node-11')));
    const view = await until(handle, ({ observations }) => observations === 2);
    expect(waits(view)).toBe(true);
    expect(renderDetails(view)).toContain(
      'is not what this is about:** NodeUnreachable on node-11. It is taken up next.',
    );
    // Somebody who asks after the end would take it for a repeat.
    expect(view.alertStartsAtMs).toEqual([1_790_000_000_000]);
    await handle.signal('rejectProposal', { ...approval, reason: 'not this node' });
    const second = await until(latestOf(handle), isSecond);
    expect(second.alert?.alerts[0]?.fingerprint).toBe('later-node-11');
    expect(second.alertStartsAtMs).toEqual([1_790_000_000_000, 1_790_000_900_000]);
    await latestOf(handle).cancel();
  });

  it('that ends with the repair needs no other run', async () => {
    await play({ severities: { after: healthySeverity } });
    const handle = await world.startIncident({ laterAlertEndMs: hour });
    await until(handle, waits);
    await handle.signal('alertObserved', delivery(later('node-11')));
    await handle.signal('approveProposal', approval);
    await until(handle, ({ repair }) => repair !== null);
    await handle.signal('alertObserved', delivery(later('node-11', 'resolved')));
    const view = await handle.result();
    expect(view.closing?.kind).toBe('repaired');
    expect(view.recurrenceOf).toBeNull();
  });

  it('that outlasts a verified repair is taken up', async () => {
    await play({ severities: { after: healthySeverity } });
    const handle = await world.startIncident({ laterAlertEndMs });
    const first = await until(handle, waits);
    await handle.signal('alertObserved', delivery(later('node-11')));
    await handle.signal('approveProposal', approval);
    const second = await until(latestOf(handle), isSecond);
    expect(second.recurrenceOf).toBe(first.runId);
    expect(second.alert?.alerts[0]?.fingerprint).toBe('later-node-11');
    await latestOf(handle).cancel();
  });

  it('does not end the wait for a part, which has to be taken back into service', async () => {
    await play({ propose: containing, recovered: () => true, severities: { after: healthySeverity } });
    const handle = await world.startIncident({ humanActionMs: hour, laterAlertEndMs });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    const first = await until(handle, isHandedOver);
    await handle.signal('alertObserved', delivery(later('node-23')));
    const waiting = await until(handle, ({ observations }) => observations === 2);
    expect(waiting.closing).toBeNull();
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Bo', what: 'replaced GPU 3' });
    const second = await until(latestOf(handle), isSecond);
    expect(second.recurrenceOf).toBe(first.runId);
    expect(second.alert?.alerts[0]?.fingerprint).toBe('later-node-23');
    await latestOf(handle).cancel();
  });

  it('is taken up as well when it comes before there is a verdict', async () => {
    await play({ verdict: notProven });
    const handle = await world.startIncident({ humanActionMs: hour, laterAlertEndMs });
    await handle.signal('alertObserved', delivery(later('node-11')));
    const second = await until(latestOf(handle), isSecond);
    expect(second.alert?.alerts[0]?.fingerprint).toBe('later-node-11');
    await latestOf(handle).cancel();
  });

  it('ends no wait any more after several runs in a row', async () => {
    await play({ verdict: notProven });
    const handle = await world.startIncident({ humanActionMs: hour, laterAlertEndMs });
    await until(handle, isHandedOver);
    for (let run = 1; run <= takenUpMax; run += 1) {
      await latestOf(handle).signal('alertObserved', delivery(later(`node-2${run}`)));
      await until(latestOf(handle), (view) => view.takenUp === run && isHandedOver(view));
    }
    await latestOf(handle).signal('alertObserved', delivery(later('node-29')));
    const last = await until(latestOf(handle), ({ observations }) => observations === 2);
    expect(last.phase).toBe('awaiting-people');
    expect(last.heardAlerts?.later.map(({ fingerprint }) => fingerprint)).toEqual(['later-node-29']);
    await latestOf(handle).cancel();
  });

  it('is reasoned about with what was tried in vain before', async () => {
    const asked: ProposeInput[] = [];
    await play({
      severities: { after: brokenSeverity },
      propose: (input) => {
        asked.push(input);
        return proposing()(input);
      },
    });
    const handle = await world.startIncident({ humanActionMs: hour, laterAlertEndMs });
    await until(handle, waits);
    await handle.signal('approveProposal', approval);
    await until(handle, isHandedOver);
    await handle.signal('alertObserved', delivery(later('node-11')));
    await until(latestOf(handle), (view) => isSecond(view) && waits(view));
    const tried = [expect.objectContaining({ remediationId: 'gpu.clocks.unlock', node: 'node-07' })];
    expect(asked.map((input) => input.tried)).toEqual([undefined, tried]);
    await latestOf(handle).cancel();
  });

  it('is reasoned about with what people rejected before', async () => {
    const asked: ProposeInput[] = [];
    await play({
      propose: (input) => {
        asked.push(input);
        return proposing()(input);
      },
    });
    const handle = await world.startIncident({ laterAlertEndMs });
    await until(handle, waits);
    await handle.signal('alertObserved', delivery(later('node-11')));
    await handle.signal('rejectProposal', { ...approval, reason: 'not this node' });
    await until(latestOf(handle), (view) => isSecond(view) && waits(view));
    const rejected = { category: 'gpu-clock-throttle', by: approval.approver, reason: 'not this node' };
    const tried = [expect.objectContaining({ remediationId: 'gpu.clocks.unlock', node: 'node-07', rejected })];
    expect(asked.map((input) => input.tried)).toEqual([undefined, tried]);
    await latestOf(handle).cancel();
  });

  it('does not keep a cancelled incident alive', async () => {
    await play();
    const handle = await world.startIncident({ laterAlertEndMs });
    await until(handle, waits);
    await handle.signal('alertObserved', delivery(later('node-11')));
    await handle.cancel();
    expect((await handle.result()).closing?.kind).toBe('cancelled');
  });
});

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AlertObservation } from '../../workflows/domain/alert.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { ProposeInput } from '../../workflows/domain/phase-data.ts';
import { anAlert, openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { aProposal, proposing } from '../support/proposals.ts';
import { aRef, brokenSeverity, scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
let calls: string[] = [];
const hour = 60 * 60_000;
const approval = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: 'go on' };
const correction = {
  correctionId: 'c1',
  by: 'Bo',
  category: 'rdma-link-fault',
  node: 'node-04',
  reason: 'the port flaps since noon',
};

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

async function play(script: Script = {}, cluster?: string) {
  const scripted = scriptedActivities(script);
  calls = scripted.calls;
  stopWorkers = await world.startWorkers(scripted.activities, cluster);
}

const waitsWith = (number: number) => (view: IncidentView) =>
  view.approval.status.kind === 'waiting' && view.approval.proposal?.number === number;
const isHandedOver = (view: IncidentView) => view.phase === 'awaiting-people';
const steps = () => calls.filter((call) => call.startsWith('applyStep'));
const callsOf = (name: string) => calls.filter((call) => call === name).length;

describe('a correction of the verdict', () => {
  it.each(['correction first', 'approval first'])(
    'in the same moment as the approval of the old plan, %s, takes that plan back before its first step',
    async (order) => {
      await play({ propose: proposing() });
      const handle = await world.startIncident();
      await until(handle, waitsWith(1));
      // Nobody is there to look in between: both are there when the workflow looks.
      await stopWorkers();
      if (order === 'approval first') await handle.signal('approveProposal', approval);
      await handle.signal('correctVerdict', correction);
      if (order === 'correction first') await handle.signal('approveProposal', approval);
      await play({ propose: proposing() }, world.clusterName());
      await until(handle, waitsWith(2));
      expect(steps()).toEqual([]);
      await handle.signal('approveProposal', { ...approval, proposal: 2 });
      expect((await handle.result()).closing).toMatchObject({ kind: 'repaired', proposal: 2 });
    },
  );

  it('does not make a phase that fails for good fail again and again', async () => {
    await play({ fail: { planGathering: ApplicationFailure.nonRetryable('no inventory', 'NotFound') } });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, isHandedOver);
    await handle.signal('correctVerdict', correction);
    await expect.poll(() => callsOf('planGathering')).toBe(2);
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Bo', what: 'wrote the inventory' });
    await expect.poll(() => callsOf('planGathering')).toBe(3);
    // The wait is open again: one look for each word of people.
    await until(handle, isHandedOver);
    await handle.signal('addNote', { by: 'Bo', text: 'still none' });
    await until(handle, ({ notes }) => notes.length === 1);
    expect(callsOf('planGathering')).toBe(3);
    await handle.cancel();
    await handle.result();
  });

  it('still stands when the plan for it failed and people mended that', async () => {
    const verdicts: unknown[] = [];
    let broken = false;
    await play({
      propose: (input) => {
        if (broken) throw ApplicationFailure.nonRetryable('S3 refused the keys', 'Denied');
        verdicts.push(input.verdict);
        return proposing()(input);
      },
    });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, waitsWith(1));
    broken = true;
    await handle.signal('correctVerdict', correction);
    await until(handle, isHandedOver);
    broken = false;
    await handle.signal('humanActionDone', { actionId: 'a1', by: 'Bo', what: 'gave back the keys' });
    await until(handle, waitsWith(2));
    expect(verdicts).toHaveLength(2);
    expect(verdicts[1]).toMatchObject({ causes: [{ category: 'rdma-link-fault', node: 'node-04' }] });
    await handle.cancel();
    await handle.result();
  });
});

it('a run that goes on after a failed phase never uses a number again', async () => {
  let broken = false;
  await play({
    propose: (input) => {
      if (broken) throw ApplicationFailure.nonRetryable('S3 refused the keys', 'Denied');
      return proposing()(input);
    },
  });
  const handle = await world.startIncident({ humanActionMs: hour });
  await until(handle, waitsWith(1));
  broken = true;
  await handle.signal('correctVerdict', correction);
  await until(handle, isHandedOver);
  broken = false;
  await handle.signal('alertObserved', delivery('resolved', 0));
  await handle.signal('alertObserved', delivery('firing', hour));
  const latest = world.client.workflow.getHandle(handle.workflowId) as unknown as IncidentHandle; // of the new run
  const second = await until(latest, (view) => view.recurrenceOf !== null && view.approval.proposal !== null);
  expect(second.approval.proposal?.number).toBe(2);
  await latest.cancel();
});

function delivery(status: 'firing' | 'resolved', laterMs: number): AlertObservation {
  const alert = anAlert();
  return {
    ...alert,
    status,
    alerts: alert.alerts.map((one) => ({ ...one, status, startsAtMs: one.startsAtMs + laterMs })),
  };
}

it('a cancel in the middle of a repair whose undo fails leaves the incident to people, not as cancelled', async () => {
  let acting = () => {};
  const acted = new Promise<void>((resolve) => (acting = resolve));
  await play({
    propose: proposing({ settleMs: 5_000 }),
    applyStep: ({ direction }) => {
      acting();
      const exitCode = direction === 'undo' ? 1 : 0;
      return { kind: 'done', exitCode, replayed: false, output: aRef('step-output') };
    },
  });
  const handle = await world.startIncident({ humanActionMs: hour });
  await until(handle, waitsWith(1));
  await handle.signal('approveProposal', approval);
  await acted;
  await handle.cancel();
  expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'undo-failed' });
});

describe('what a plan took out of service', () => {
  const containing = proposing({
    takesOut: { nodes: ['node-07'], gpus: 8 },
    handOver: { task: 'replace GPU 3 of node-07', verifyProbes: [{ probeId: 'gpu.ecc', nodes: ['node-07'] }] },
  });

  it('is told to stay out, with the way back, when a cancel ends the wait for its part', async () => {
    await play({ propose: containing });
    const handle = await world.startIncident({ humanActionMs: hour });
    await until(handle, waitsWith(1));
    await handle.signal('approveProposal', approval);
    await until(handle, isHandedOver);
    await handle.cancel();
    const view = await handle.result();
    expect(view.closing).toEqual({ kind: 'cancelled', during: 'awaiting-people' });
    expect(view.degraded).toEqual([
      expect.stringContaining('proposal 1 took out of service stays out until people take it back (node-07: '),
    ]);
  });
});

describe('a repair that did not help', () => {
  const again = { ...correction, category: 'gpu-clock-throttle', node: 'node-07', gpu: 3 };
  const inVain = async (settings: { readonly tellTried?: boolean }) => {
    const asked: ProposeInput[] = [];
    await play({
      severities: { after: brokenSeverity },
      propose: (input) => {
        asked.push(input);
        return proposing()(input);
      },
    });
    const handle = await world.startIncident({ humanActionMs: hour, ...settings });
    await until(handle, waitsWith(1));
    await handle.signal('approveProposal', approval);
    await until(handle, isHandedOver);
    await handle.signal('correctVerdict', again);
    const view = await until(handle, waitsWith(2));
    await handle.cancel();
    await handle.result();
    return { asked, view };
  };

  it('is told to the planner with what it did, when people have the verdict planned again', async () => {
    const { asked, view } = await inVain({});
    const tried = {
      remediationId: 'gpu.clocks.unlock',
      node: 'node-07',
      steps: [{ stepId: 'gpu-clocks-reset', args: ['3'] }],
    };
    expect(asked.map((input) => input.tried)).toEqual([undefined, [tried]]);
    expect(view.tried).toEqual([tried]);
  });

  it('is not told where the input was written before there was that', async () => {
    const { asked, view } = await inVain({ tellTried: false });
    expect(asked.map((input) => input.tried)).toEqual([undefined, undefined]);
    expect(view.tried).toBeUndefined();
  });
});

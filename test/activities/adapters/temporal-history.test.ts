import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createTemporalHistory,
  factCollector,
  type HistoryEvent,
} from '../../../activities/adapters/temporal-history.ts';
import { createApplyStep } from '../../../activities/apply-step.ts';
import { proposalDigest } from '../../../activities/proposal-digest.ts';
import type { GateClient } from '../../../activities/ports.ts';
import type { ProposeInput, ProposeResult } from '../../../workflows/domain/phase-data.ts';
import { incidentView } from '../../../workflows/messages.ts';
import { openWorld, type IncidentHandle, type IncidentWorld } from '../../support/incident-world.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { aProposal } from '../../support/proposals.ts';
import { scriptedActivities } from '../../support/scripted-activities.ts';
import { smallInventory } from '../../support/small-inventory.ts';

const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);

async function collect(events: readonly object[]) {
  const facts = factCollector(
    async ({ data }) => JSON.parse(new TextDecoder().decode(data ?? new Uint8Array())) as unknown,
  );
  // Hand-made events hold the attributes that matter and none of the others.
  for (const event of events) await facts.add(event as HistoryEvent);
  return facts.found();
}

const signal = (name: string, value: unknown, principal?: { type: string; name: string }) => ({
  eventTime: { seconds: 10, nanos: 5_000_000 },
  ...(principal === undefined ? {} : { principal }),
  workflowExecutionSignaledEventAttributes: { signalName: name, input: { payloads: [payload(value)] } },
});
const kim = { type: 'jwt', name: 'kim' };

describe('the facts of a history', () => {
  it('are proposals from results of proposePlan, and decisions with time and principal', async () => {
    const proposal = aProposal();
    const facts = await collect([
      { eventId: '5', activityTaskScheduledEventAttributes: { activityType: { name: 'proposePlan' } } },
      { eventId: '6', activityTaskScheduledEventAttributes: { activityType: { name: 'reasonRound' } } },
      {
        activityTaskCompletedEventAttributes: {
          scheduledEventId: '6',
          result: { payloads: [payload({ kind: 'proposal', proposal: { forged: true } })] },
        },
      },
      {
        eventTime: { seconds: 9, nanos: 0 },
        activityTaskCompletedEventAttributes: {
          scheduledEventId: '5',
          result: { payloads: [payload({ kind: 'proposal', proposal })] },
        },
      },
      signal('approveProposal', { proposal: 1 }, kim),
      signal('addNote', 'hello', kim),
    ]);
    expect(facts).toEqual([
      { kind: 'proposed', proposal, atMs: 9_000 },
      { kind: 'decided', decision: 'approve', payload: { proposal: 1 }, principal: 'jwt:kim', atMs: 10_005 },
    ]);
  });

  it('give no principal to an update, whose event carries the worker’s', async () => {
    const [fact] = await collect([
      {
        principal: { type: 'jwt', name: 'orchestrator' },
        workflowExecutionUpdateAcceptedEventAttributes: {
          acceptedRequest: { input: { name: 'rejectProposal', args: { payloads: [payload({ proposal: 2 })] } } },
        },
      },
    ]);
    expect(fact).toMatchObject({ decision: 'reject', payload: { proposal: 2 }, principal: null });
  });

  it('give no principal to signals that a reset applied again, and give it to later ones', async () => {
    const facts = await collect([
      { workflowTaskFailedEventAttributes: { newRunId: 'run-2', baseRunId: 'run-1' } },
      signal('approveProposal', 1, kim),
      { workflowTaskScheduledEventAttributes: {} },
      signal('approveProposal', 2, kim),
    ]);
    expect(facts.map((fact) => fact.kind === 'decided' && fact.principal)).toEqual([null, 'jwt:kim']);
  });

  it('do not hold a proposal that was none', async () => {
    expect(
      await collect([
        { eventId: '5', activityTaskScheduledEventAttributes: { activityType: { name: 'proposePlan' } } },
        {
          activityTaskCompletedEventAttributes: {
            scheduledEventId: '5',
            result: { payloads: [payload({ kind: 'none', reason: 'no repair' })] },
          },
        },
        { activityTaskCompletedEventAttributes: { scheduledEventId: '5', result: { payloads: [] } } },
      ]),
    ).toEqual([]);
  });
});

describe('on a real server', () => {
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

  const effects: string[] = [];
  const gate: GateClient = {
    apply: async (node, { stepId, args }) => {
      effects.push(`${node.name} ${stepId} ${args.join(' ')}`);
      return { outcome: 'done', exitCode: 0, replayed: false, output: 'All done.\n' };
    },
    look: async () => ({ outcome: 'none' }),
  };

  /** Workers whose remediation is the real one, over the real history of the incident. */
  async function play() {
    effects.length = 0;
    const node = smallInventory().nodes[0]!;
    const inventory = { ...smallInventory(), nodes: [{ ...node, name: 'node-07' }] };
    const scripted = scriptedActivities({
      propose: ({ key, createdAtMs, approvalMs }: ProposeInput): ProposeResult => {
        const incident = { workflowId: key.workflowId, runId: key.runId };
        const body = aProposal({ cluster: key.cluster, incident, createdAtMs, expiresAtMs: createdAtMs + approvalMs });
        return { kind: 'proposal', proposal: { ...body, digest: proposalDigest(body) } };
      },
    });
    stopWorkers = await world.startWorkers({
      ...scripted.activities,
      applyStep: (input: Parameters<ReturnType<typeof createApplyStep>>[0]) =>
        createApplyStep({
          gate,
          evidence: memoryEvidence('remediation'),
          history: createTemporalHistory(world.client.workflow),
          inventories: new Map([[input.key.cluster, inventory]]),
        })(input),
    });
  }

  async function openProposal(handle: IncidentHandle) {
    for (;;) {
      const { approval } = await handle.query(incidentView);
      if (approval.status.kind === 'waiting' && approval.proposal !== null) return approval.proposal;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('an approval by signal lets the remediation act, after it has read the history itself', async () => {
    await play();
    const handle = await world.startIncident();
    const proposal = await openProposal(handle);
    await handle.signal('approveProposal', { decisionId: 'x', proposal: 1, digest: 'f'.repeat(64), approver: 'Ada' });
    await handle.signal('approveProposal', { decisionId: 'd', proposal: 1, digest: proposal.digest, approver: 'Ada' });
    expect((await handle.result()).closing?.kind).toBe('repaired');
    expect(effects).toEqual(['node-07 gpu-clocks-reset 3']);

    const facts = await createTemporalHistory(world.client.workflow).read(handle.workflowId, proposal.incident.runId);
    expect(facts.map((fact) => (fact.kind === 'proposed' ? fact.kind : [fact.decision, fact.principal]))).toEqual([
      'proposed',
      ['approve', null],
      ['approve', null],
    ]);
    expect(facts[0]).toMatchObject({ proposal });
  });

  it('an approval by update does so as well', async () => {
    await play();
    const handle = await world.startIncident();
    const proposal = await openProposal(handle);
    await handle.executeUpdate('approveProposal', {
      args: [{ decisionId: 'd', proposal: 1, digest: proposal.digest, approver: 'Ada' }],
    });
    expect((await handle.result()).closing?.kind).toBe('repaired');
    expect(effects).toHaveLength(1);
  });

  it('a run that nobody knows is not found', async () => {
    const reader = createTemporalHistory(world.client.workflow);
    await expect(reader.read('incident/site-a/none', '00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});

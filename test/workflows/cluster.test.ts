import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterWorkflowId, incidentWorkflowId } from '../../workflows/domain/ids.ts';
import { clusterState, incidentView } from '../../workflows/messages.ts';
import { openWorld, type IncidentHandle, type IncidentWorld } from '../support/incident-world.ts';
import { scriptedActivities } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};

beforeAll(async () => {
  world = await openWorld();
  stopWorkers = await world.startWorkers(scriptedActivities().activities);
});
afterAll(async () => {
  await stopWorkers();
  await world.close();
});

const entity = () => world.client.workflow.getHandle(clusterWorkflowId(world.clusterName()));

async function waiting(handle: IncidentHandle): Promise<void> {
  while ((await handle.query(incidentView)).approval.status.kind !== 'waiting')
    await new Promise((resolve) => setTimeout(resolve, 50));
}

it('the entity goes on after questions that are none', async () => {
  const handle = await world.startIncident();
  const from = { workflowId: incidentWorkflowId(world.clusterName(), 'aa'), runId: 'r' };
  const fencing = { epochMs: 1, counter: 1 };
  for (const nonsense of [
    null,
    { requestId: 'a', from: null, question: { kind: 'close' } },
    { requestId: 'b', from, question: null },
    { requestId: 'c', from, question: { kind: 'lease' } },
    { requestId: 'd', from, question: { kind: 'invented' } },
    { requestId: 'e', from, question: { kind: 'lease', nodes: ['node-01'], holdMs: 8e15, fleetNodes: 10 } },
    { requestId: 'f', from: { workflowId: '', runId: 'r' }, question: { kind: 'proceed', fencing } },
    { requestId: 'g', from: { workflowId: entity().workflowId, runId: 'r' }, question: { kind: 'close' } },
  ])
    await entity().signal('ask', nonsense);
  await waiting(handle);
  const state = await entity().query(clusterState);
  expect(state.leases).toEqual([]);
  expect(state.open.map(({ asker }) => asker.workflowId)).toEqual([handle.workflowId]);
  await handle.cancel();
  await handle.result();
});

it('nobody merges into an incident that was terminated', async () => {
  const first = await world.startIncident();
  await waiting(first);
  const second = await world.startIncident();
  expect((await second.result()).closing).toEqual({ kind: 'merged', into: first.workflowId });
  await first.terminate('the operator ends it the hard way');
  const third = await world.startIncident();
  await waiting(third);
  const { open } = await entity().query(clusterState);
  expect(open.map(({ asker }) => asker.workflowId)).toEqual([third.workflowId]);
  await third.cancel();
  await third.result();
});

it('a lease that is granted to a repair that has ended is given back at once', async () => {
  await world.startIncident(undefined, null);
  const requestId = randomUUID();
  await entity().signal('ask', {
    requestId,
    from: { workflowId: `repair/${randomUUID()}/1`, runId: 'gone' },
    question: { kind: 'lease', nodes: ['node-09'], holdMs: 60_000, fleetNodes: 10 },
  });
  const settled = async () => {
    const state = await entity().query(clusterState);
    return state.answered.some((reply) => reply.requestId === requestId) && state.leases.length === 0;
  };
  await expect.poll(settled).toBe(true);
});

it('a flood of signals that are none is counted, so that the entity goes on in a new run before the server hears no more', async () => {
  await world.startIncident(undefined, null);
  const before = (await entity().describe()).runId;
  for (let batch = 0; batch < 11; batch += 1)
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => entity().signal(at % 2 === 0 ? 'ask' : 'aks', { nonsense: batch })),
    );
  await expect.poll(async () => (await entity().describe()).runId !== before, { timeout: 20_000 }).toBe(true);
  const handle = await world.startIncident();
  await waiting(handle);
  await handle.cancel();
  await handle.result();
}, 60_000);

it('questions that wait when the entity continues as new are answered by the new run', async () => {
  const handle = await world.startIncident();
  await waiting(handle);
  const before = (await entity().describe()).runId;
  const from = { workflowId: handle.workflowId, runId: (await handle.describe()).runId };
  const question = { kind: 'proceed', fencing: { epochMs: 1, counter: 1 } };
  // All of it is there when the entity looks: orders enough for a new run, and a question that nobody has answered.
  await stopWorkers();
  for (let batch = 0; batch < 21; batch += 1)
    await Promise.all(Array.from({ length: 50 }, () => entity().signal('resumeRemediation', { by: 'Ada' })));
  await entity().signal('ask', { requestId: 'waits', from, question });
  stopWorkers = await world.startWorkers(scriptedActivities().activities, world.clusterName());
  const state = async () => entity().query(clusterState);
  await expect
    .poll(async () => (await state()).answered.map(({ requestId }) => requestId), { timeout: 30_000 })
    .toContain('waits');
  expect((await entity().describe()).runId).not.toBe(before);
  await handle.cancel();
  await handle.result();
}, 60_000);

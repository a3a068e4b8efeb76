import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { proposalDigest } from '../../activities/proposal-digest.ts';
import type { ProposeInput, ProposeResult } from '../../workflows/domain/phase-data.ts';
import { gatedCluster, proposed } from '../support/gated-cluster.ts';
import { openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { resetIncident } from '../support/reset-incident.ts';
import type { Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stop = async () => {};

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stop());
afterAll(() => world.close());

async function play(script: Script) {
  const gated = gatedCluster(world, {}, script);
  stop = await gated.start();
  return gated;
}

async function approve(handle: IncidentHandle, number: number) {
  const { approval } = await until(
    handle,
    (view) => view.approval.status.kind === 'waiting' && view.approval.proposal?.number === number,
  );
  const digest = approval.proposal?.digest;
  await handle.signal('approveProposal', { decisionId: `d-${digest}`, proposal: number, digest, approver: 'Ada' });
}

it('the repair of the run before a reset is not taken for another plan: that one gets a number of its own', async () => {
  let other = false;
  const gated = await play({ propose: (input) => proposed(input, other ? 'node-07' : 'node-08') });
  const handle = await world.startIncident();
  await approve(handle, 1);
  expect((await handle.result()).closing?.kind).toBe('repaired');
  other = true;
  const again = await resetIncident(world, handle, 'before the proposal');
  await approve(again, 1);
  await approve(again, 2);
  const view = await again.result();
  expect(view.closing).toMatchObject({ kind: 'repaired', proposal: 2 });
  expect(view.degraded).toEqual(['an earlier run carried out another plan as proposal 1; proposed anew']);
  expect(gated.orders.map(({ node, stepId }) => `${node} ${stepId}`)).toEqual([
    'node-07 gpu-clocks-reset',
    'node-08 gpu-power-limit',
    'node-07 gpu-clocks-reset',
    'node-07 gpu-power-limit',
  ]);
}, 60_000);

it('a cancel of the run after a reset reaches the repair that it waits for, and what that one did is undone', async () => {
  const gated = await play({ propose: (input) => settling(input, 6_000) });
  const handle = await world.startIncident();
  // A message of its own between the proposal and the approval, so that the reset leaves the proposal open.
  await until(handle, ({ approval }) => approval.status.kind === 'waiting');
  await handle.signal('approveProposal', 'nonsense');
  await until(handle, ({ approval }) => approval.refused === 1);
  await approve(handle, 1);
  await expect.poll(() => gated.orders.length, { timeout: 20_000 }).toBe(2);
  const again = await resetIncident(world, handle, 'before the approval');
  await until(again, ({ phase }) => phase === 'repairing');
  await expect.poll(() => isAdopting(again)).toBe(true);
  await again.cancel();
  const view = await again.result();
  expect(view.repair?.outcome).toMatchObject({ kind: 'undone', why: 'cancelled' });
  expect(view.closing?.kind).not.toBe('cancelled');
  expect(gated.orders.map(({ stepId }) => stepId).slice(2)).toEqual(['gpu-power-limit', 'gpu-clocks-lock']);
}, 60_000);

async function isAdopting(handle: IncidentHandle): Promise<boolean> {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'adoptRepair') ?? false;
}

function settling(input: ProposeInput, settleMs: number): ProposeResult {
  const result = proposed(input);
  if (result.kind !== 'proposal') return result;
  const body = { ...result.proposal, settleMs };
  return { kind: 'proposal', proposal: { ...body, digest: proposalDigest(body) } };
}

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatFencingToken } from '../../workflows/domain/lease.ts';
import { recoverWorkflowId } from '../../workflows/domain/ids.ts';
import type { RecoveryReport } from '../../workflows/recover.ts';
import { incidentView } from '../../workflows/messages.ts';
import { gatedCluster, proposed, type Moments } from '../support/gated-cluster.ts';
import { openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import type { Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stop = async () => {};

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stop());
afterAll(() => world.close());

type Gated = ReturnType<typeof gatedCluster>;

async function play(
  moments: (gated: () => Gated) => Moments,
  script: Script = {},
  ownerCheckMs?: number,
): Promise<Gated> {
  const gated: Gated = gatedCluster(
    world,
    moments(() => gated),
    script,
    ownerCheckMs,
  );
  stop = await gated.start();
  return gated;
}

async function approved(gated: Gated): Promise<IncidentHandle> {
  const handle = await world.startIncident();
  const view = await until(handle, ({ approval }) => approval.status.kind === 'waiting');
  const { number = 0, digest = '' } = view.approval.proposal ?? {};
  await handle.signal('approveProposal', { decisionId: 'd-1', proposal: number, digest, approver: 'Ada' });
  await expect.poll(() => gated.calls.includes('recordUndo'), { timeout: 15_000 }).toBe(true);
  return handle;
}

/** The recovery of the first lease that the entity of this test ever granted. */
async function recovered(gated: Gated): Promise<RecoveryReport> {
  const { epochMs } = await gated.state();
  const id = recoverWorkflowId(world.clusterName(), { epochMs, counter: 1 });
  const handle = world.client.workflow.getHandle(id);
  const started = () =>
    handle.describe().then(
      () => true,
      () => false,
    );
  await expect.poll(started, { timeout: 15_000 }).toBe(true);
  return (await handle.result()) as RecoveryReport; // of workflow `recover`
}

const ordersOf = ({ orders }: Gated) => orders.map(({ node, stepId, outcome }) => `${node} ${stepId} ${outcome}`);
const terminate = (gated: Gated, { runId }: { readonly runId: string }) => gated.repairOf(runId).terminate('killed');
const forward = ['node-07 gpu-clocks-reset done', 'node-08 gpu-power-limit done'];

describe('a repair that is terminated', () => {
  it('before its first step leaves nothing to take back, and its nodes are settled', async () => {
    const gated = await play((of) => ({ beforeFirstStep: (key) => terminate(of(), key).then(() => {}) }));
    const handle = await approved(gated);
    expect(await recovered(gated)).toMatchObject({ left: [], undone: [], why: expect.stringContaining('first step') });
    expect((await handle.result()).closing).toMatchObject({ kind: 'handed-over', reason: 'phase-failed' });
    expect(gated.orders).toEqual([]);
    await expectFree(gated);
  });

  it('after the first of two steps is undone in that step alone, once', async () => {
    const gated = await play((of) => ({
      stepDone: async ({ key, direction }) => {
        if (direction === 'forward') await terminate(of(), key);
      },
    }));
    await approved(gated);
    expect(await recovered(gated)).toMatchObject({ left: [], undone: [{ index: 1, node: 'node-07' }] });
    expect(ordersOf(gated)).toEqual([forward[0], 'node-07 gpu-clocks-lock done']);
    expect(gated.gates['node-07'].calls()).toEqual(['-i 3 -rgc', '-i 3 -lgc 210,210']);
    expect(gated.gates['node-08'].calls()).toEqual([]);
    await expectFree(gated);
  });

  it('after all steps and before the verification is undone in reverse order, under a higher fence', async () => {
    const gated = await play((of) => ({ stepsDone: (key) => terminate(of(), key).then(() => {}) }));
    await approved(gated);
    expect(await recovered(gated)).toMatchObject({ left: [] });
    expect(ordersOf(gated)).toEqual([...forward, 'node-08 gpu-power-limit done', 'node-07 gpu-clocks-lock done']);
    const { epochMs } = await gated.state();
    const fences = gated.orders.map(({ fence }) => fence);
    const [owner, recovery] = [1, 2].map((counter) => formatFencingToken({ epochMs, counter }));
    expect(fences).toEqual([owner, owner, recovery, recovery]);
    await expectFree(gated);
  });
});

it('a node that does not answer is looked at again, and recovered when it does', async () => {
  const gated = await play((of) => ({
    stepDone: async ({ key, direction }) => {
      if (direction === 'undo') return;
      of().unplugged.add('node-07');
      await terminate(of(), key);
    },
  }));
  await approved(gated);
  await expect.poll(async () => (await gated.state()).leases[0]?.recovers, { timeout: 15_000 }).toBeDefined();
  gated.unplugged.clear();
  expect(await recovered(gated)).toMatchObject({ left: [], undone: [{ index: 1 }] });
  await expectFree(gated);
});

it('an undo that fails leaves the nodes to a person, who resumes', async () => {
  const gated = await play((of) => ({
    stepDone: async ({ key, direction }) => {
      if (direction === 'undo') return;
      of().gates['node-07'].tool('nvidia-smi', 'exit 9');
      await terminate(of(), key);
    },
  }));
  await approved(gated);
  const report = await recovered(gated);
  expect(report).toMatchObject({ left: ['node-07', 'node-08'], undone: [] });
  expect(report.why).toContain('exit code 9');
  const { unsettled, leases } = await gated.state();
  expect(leases).toEqual([]);
  expect(unsettled.map(({ node, why }) => `${node} ${why}`)).toEqual([
    `node-07 ${report.why}`,
    `node-08 ${report.why}`,
  ]);
  await gated.entity().signal('resumeRemediation', { by: 'Ada', reason: 'set the clocks by hand' });
  await expectFree(gated);
});

it('an owner that comes back after its lease passed on is refused by the gate', async () => {
  let letGo = () => {};
  const stalled = new Promise<void>((resolve) => (letGo = resolve));
  let reached = () => {};
  const atGate = new Promise<void>((resolve) => (reached = resolve));
  let limits = 0;
  const gated = await play(
    () => ({
      atGate: async (_node, stepId) => {
        if (stepId !== 'gpu-power-limit') return;
        limits += 1;
        if (limits > 1) return;
        reached();
        await stalled;
      },
    }),
    { propose: (input) => proposed(input, 'node-07') },
  );
  const handle = await approved(gated);
  await atGate;
  await gated.repairOf((await handle.query(incidentView)).runId).terminate('killed while a step is under way');
  expect(await recovered(gated)).toMatchObject({ left: [], undone: [{ index: 1 }] });
  letGo();
  await expect.poll(() => gated.orders.length, { timeout: 10_000 }).toBe(3);
  expect(ordersOf(gated)).toEqual([forward[0], 'node-07 gpu-clocks-lock done', 'node-07 gpu-power-limit refused']);
  expect(gated.gates['node-07'].calls()).toEqual(['-i 3 -rgc', '-i 3 -lgc 210,210']);
});

it('an incident whose repair vanished makes the entity look, long before its regular look', async () => {
  const hourMs = 3_600_000;
  const gated = await play((of) => ({ beforeFirstStep: (key) => terminate(of(), key).then(() => {}) }), {}, hourMs);
  const { closing } = await (await approved(gated)).result();
  expect(closing).toMatchObject({ kind: 'handed-over', reason: 'phase-failed' });
  expect(await recovered(gated)).toMatchObject({ left: [] });
  await expectFree(gated);
});

it('a recovery that is terminated itself leaves its nodes to a person', async () => {
  const gated = await play((of) => ({
    stepDone: async ({ key, direction }) => {
      if (direction === 'undo') return;
      of().unplugged.add('node-07');
      await terminate(of(), key);
    },
  }));
  await approved(gated);
  const recovery = async () => (await gated.state()).leases.find(({ recovers }) => recovers !== undefined)?.asker;
  await expect.poll(recovery, { timeout: 15_000 }).toBeDefined();
  const { workflowId = '' } = (await recovery()) ?? {};
  const ended = () =>
    world.client.workflow
      .getHandle(workflowId)
      .terminate('killed')
      .then(
        () => true,
        () => false,
      );
  await expect.poll(ended).toBe(true);
  const unsettled = async () => (await gated.state()).unsettled.map(({ node }) => node);
  await expect.poll(unsettled, { timeout: 10_000 }).toEqual(['node-07', 'node-08']);
});

it('a repair that is reset on the way keeps its lease, repeats nothing and is not recovered', async () => {
  let resets = 0;
  const gated = await play((of) => ({
    stepDone: async ({ key, step }) => {
      resets += 1;
      if (step.index !== 1 || resets > 1) return;
      const { workflowId } = of().repairOf(key.runId);
      await world.client.workflowService.resetWorkflowExecution({
        namespace: world.namespace,
        workflowExecution: { workflowId },
        reason: 'a test',
        // The first workflow task: before the lease was asked for.
        workflowTaskFinishEventId: 4 as never,
        requestId: crypto.randomUUID(),
      });
    },
  }));
  const handle = await approved(gated);
  const { runId } = await handle.query(incidentView);
  await handle.result();
  expect(await gated.repairOf(runId).result()).toMatchObject({ outcome: { kind: 'compared', comparison: 'better' } });
  expect(ordersOf(gated)).toEqual([forward[0], 'node-07 gpu-clocks-reset done again', forward[1]]);
  expect(gated.gates['node-07'].calls()).toEqual(['-i 3 -rgc']);
  expect((await gated.state()).counter).toBe(1);
  await expectFree(gated);
});

async function expectFree(gated: Gated): Promise<void> {
  const held = async () => {
    const { leases, unsettled } = await gated.state();
    return leases.length + unsettled.length;
  };
  await expect.poll(held).toBe(0);
}

import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlError, createControlClient, type ControlClient } from '../../../../infra/cluster/control-client.ts';
import type { RunningCluster } from '../../../../infra/cluster/start.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

const slow = { node: 'node-02', gpu: 5 };
let held: HeldCluster;
let cluster: RunningCluster;
let control: ControlClient;

beforeAll(async () => {
  held = heldCluster();
  cluster = await held.start();
  control = createControlClient(cluster.controlSocket);
});
afterAll(async () => {
  await cluster.stop();
  held.remove();
});

describe('the control client', () => {
  it('sees a healthy cluster at full speed', async () => {
    const status = await control.status();
    expect(status).toMatchObject({ cluster: 'site-a', nodes: 4, gpus: 32, faults: [], alerts: [], actions: [] });
    expect(status.job).toMatchObject({ name: 'pretrain-13b', stepSeconds: 8, relativeSpeed: 1 });
    expect(status.clusterMs).toBe(cluster.simulator.time.nowMs());
  });

  it('injects, sees what follows, and heals', async () => {
    const injected = await control.inject('gpu-clock-lock', slow);
    expect(injected).toMatchObject({ id: 'gpu-clock-lock', ...slow });
    held.pass(minutes(3));
    cluster.alerts.evaluateDue();
    const ill = await control.status();
    expect(ill.job.relativeSpeed).toBeCloseTo(1 / 3, 1);
    expect(ill.alerts).toMatchObject([{ alertname: 'TrainingStepSlow', state: 'firing' }]);
    expect(ill.actions).toMatchObject([{ by: 'fault', text: 'node-02 GPU 5: SM clock locked to 210-210 MHz' }]);
    const listed = (await control.faults()).filter((fault) => fault.active.length > 0);
    expect(listed).toMatchObject([{ id: 'gpu-clock-lock', active: [slow] }]);

    expect(await control.heal('gpu-clock-lock', slow)).toMatchObject([slow]);
    expect((await control.status()).job.relativeSpeed).toBe(1);
  });

  it('lists what is no fault as such, without a category', async () => {
    const listed = await control.faults();
    const harmless = new Set(['decoy', 'noisy', 'tool']);
    expect(listed.filter((fault) => harmless.has(fault.kind) !== (fault.category === null))).toEqual([]);
    expect(listed.find((fault) => fault.id === 'planned-maintenance')).toMatchObject({
      kind: 'decoy',
      category: null,
    });
  });

  it('follows the job: its state, its attempt, and its speed beside what the nodes in service allow', async () => {
    const { slurmId } = cluster.simulator.world.job;
    const healthy = (await control.status()).job;
    expect(healthy).toMatchObject({ state: 'RUNNING', attempt: 0, relativeSpeed: 1 });
    await control.nodeCommand('node-01', ['scontrol', 'update', 'NodeName=node-04', 'State=DRAIN', 'Reason=wardround']);
    await control.nodeCommand('node-01', ['scontrol', 'requeue', String(slurmId)]);
    expect((await control.status()).job).toMatchObject({
      state: 'PENDING',
      relativeSpeed: 0,
      stepSeconds: null,
      nodes: [],
    });
    held.pass(minutes(2));
    expect((await control.status()).job).toMatchObject({
      state: 'RUNNING',
      attempt: 1,
      relativeSpeed: 1,
      nodes: ['node-01', 'node-02', 'node-03'],
    });
    expect((await control.status()).actions.at(-2)?.text).toBe('node-04: drained (wardround)');
  });

  it('counts a job over three rails as one at full speed, since somebody disabled the fourth', async () => {
    const { slurmId } = cluster.simulator.world.job;
    await control.nodeCommand('node-02', ['mlxlink', '-d', 'mlx5_1', '-p', '1', '-a', 'DN']);
    held.pass(minutes(3));
    expect((await control.status()).job.relativeSpeed).toBe(0);
    await control.nodeCommand('node-01', ['scontrol', 'requeue', String(slurmId)]);
    held.pass(minutes(3));
    const { job } = await control.status();
    expect(job.stepSeconds).toBeGreaterThan((8 * 4) / 3);
    expect(job.relativeSpeed).toBe(1);
  });

  it.each([
    ['an unknown fault', () => control.inject('gremlins'), 'there is no fault gremlins'],
    ['an unknown node', () => control.inject('gpu-clock-lock', { node: 'x', gpu: 0 }), 'there is no node x'],
    ['healing what is not there', () => control.heal('gpu-clock-lock'), 'gpu-clock-lock is not there'],
    ['unplugging an unknown node', () => control.unplug('x'), 'there is no node x'],
    ['rekeying an unknown node', () => control.rekey('x'), 'there is no node x'],
    ['a command on an unknown node', () => control.nodeCommand('x', ['lsmod']), 'there is no node x'],
  ])('is told why %s is refused', async (_what, call, message) => {
    const failure = await call().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ControlError);
    expect(failure).toMatchObject({ kind: 'refused', message });
  });

  it('is told when no cluster runs there', async () => {
    const nobody = createControlClient(`${cluster.controlSocket}.none`);
    await expect(nobody.status()).rejects.toMatchObject({ kind: 'not-running' });
  });

  it('reaches a socket that only its owner may open', () => {
    expect(statSync(cluster.controlSocket).mode & 0o077).toBe(0);
  });
});

describe('a second cluster', () => {
  it('on the same folder is refused while the first runs', async () => {
    await expect(held.start()).rejects.toThrow(/a simulated cluster already runs on/);
    expect((await control.status()).nodes).toBe(4);
  });
});

describe('a restart', () => {
  it('finds every node, key and port where they were', async () => {
    const before = { inventory: inventoryText(), url: cluster.httpUrl };
    await cluster.stop();
    cluster = await held.start();
    expect({ inventory: inventoryText(), url: cluster.httpUrl }).toEqual(before);
  });
});

function inventoryText(): string {
  return readFileSync(cluster.inventoryPath, 'utf8');
}

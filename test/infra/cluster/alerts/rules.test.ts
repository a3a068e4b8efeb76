import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAlertManager } from '../../../../infra/cluster/alerts/alertmanager.ts';
import { startHttpServer, type TestHttpServer } from '../../../support/http-server.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { onNode } from '../job-tools.ts';

const bodySchema = z.object({
  groupKey: z.string(),
  status: z.string(),
  groupLabels: z.object({ alertname: z.string() }),
});
const never = new AbortController().signal;
let held: HeldCluster;
let simulator: Simulator;
let target: TestHttpServer;
let bodies: string[];
const told = () => bodies.map((body) => bodySchema.parse(JSON.parse(body)));
let manager: ReturnType<typeof createAlertManager>;

beforeEach(async () => {
  held = heldCluster();
  simulator = held.open();
  bodies = [];
  target = await startHttpServer(({ body }, response) => {
    bodies.push(body);
    response.writeHead(200).end();
  });
  manager = createAlertManager({
    simulator,
    stateDir: held.config.stateDir,
    targets: [{ url: `${target.url}/v1/alerts`, bearerToken: 'let-me-in' }],
    externalUrl: 'http://127.0.0.1:9090',
    onTrouble: () => {},
  });
});
afterEach(async () => {
  simulator.close();
  await target.stop();
  held.remove();
});

/** In steps, as the running loop does it. */
const pass = async (clusterMs: number) => {
  for (let passedMs = 0; passedMs < clusterMs; passedMs += 30_000) {
    held.pass(30_000);
    manager.evaluateDue();
    await manager.deliverWaiting(never);
  }
};
const firing = () =>
  manager
    .alerts()
    .filter((alert) => alert.state === 'firing')
    .map((alert) => alert.alertname)
    .toSorted();

describe('the operators', () => {
  it('are told of a node out of memory and of training that stands still, in two groups without the cause', async () => {
    const { node } = simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } }).target;
    await pass(minutes(5) + 30_000);
    expect(firing()).toEqual(['NodeMemoryLow']);
    expect(bodies).toEqual([]);
    await pass(minutes(4));
    expect(firing()).toEqual(['HostOutOfMemory', 'TrainingStalled']);
    expect(told().map((body) => body.groupKey)).toEqual([
      `{}/{severity="critical"}:{alertname="HostOutOfMemory", cluster="site-a", node="${node}"}`,
      '{}/{severity="critical"}:{alertname="TrainingStalled", cluster="site-a", job="pretrain-13b"}',
    ]);
    expect(bodies.join('')).not.toMatch(/host-oom|leak|loader/);
  });

  it('are told of a full disk and of training that stands still, and of the end when space and job are back', async () => {
    const { node } = simulator.inject('disk-full').target;
    await pass(minutes(12));
    expect(firing()).toEqual(['FilesystemAlmostFull', 'TrainingStalled']);
    expect(bodies.join('')).not.toMatch(/disk-full|old-checkpoints/);
    onNode(simulator, node, 'wardround-space hold old-checkpoints');
    onNode(simulator, 'node-01', `scontrol requeue ${simulator.world.job.slurmId}`);
    await pass(minutes(5));
    expect(firing()).toEqual([]);
    const news = new Set(told().map((body) => `${body.groupLabels.alertname} ${body.status}`));
    expect([...news].toSorted()).toEqual([
      'FilesystemAlmostFull firing',
      'FilesystemAlmostFull resolved',
      'TrainingStalled firing',
      'TrainingStalled resolved',
    ]);
  });

  it('are told of slow steps alone during a planned maintenance', async () => {
    simulator.inject('planned-maintenance');
    await pass(minutes(8));
    expect(firing()).toEqual(['TrainingStepSlow']);
    expect(new Set(told().map((body) => body.groupLabels.alertname))).toEqual(new Set(['TrainingStepSlow']));
  });

  it('are told of nothing while all is well, nor of a restart that works', async () => {
    await pass(minutes(10));
    onNode(simulator, 'node-01', `scontrol requeue ${simulator.world.job.slurmId}`);
    await pass(minutes(10));
    expect(manager.alerts()).toEqual([]);
    expect(bodies).toEqual([]);
  });
});

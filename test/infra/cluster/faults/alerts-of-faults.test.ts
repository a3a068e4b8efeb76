import { afterEach, describe, expect, it } from 'vitest';
import { createControlClient } from '../../../../infra/cluster/control-client.ts';
import type { RunningCluster } from '../../../../infra/cluster/start.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let cluster: RunningCluster;

afterEach(async () => {
  await cluster.stop();
  held.remove();
});

const startWith = async (seed: number) => {
  held = heldCluster({ seed });
  cluster = await held.start();
  held.pass(minutes(5));
  cluster.alerts.evaluateDue();
  expect(cluster.alerts.alerts()).toEqual([]);
};
const after = (clusterMs: number) => {
  held.pass(clusterMs);
  cluster.alerts.evaluateDue();
  return cluster.alerts.alerts().filter((alert) => alert.state === 'firing');
};
const names = (alerts: ReturnType<typeof after>) => alerts.map((alert) => alert.alertname).toSorted();

describe.each([1, 2, 3])('what operators hear, seed %i,', (seed) => {
  it('of a GPU without spare rows names its node and GPU and not the cause', async () => {
    await startWith(seed);
    const { node, gpu } = cluster.simulator.inject('gpu-ecc-row-remap').target;
    const alerts = after(minutes(4));
    expect(names(alerts)).toEqual(['GpuRowRemapFailure', 'GpuXidError', 'TrainingStalled']);
    const xid = alerts.find((alert) => alert.alertname === 'GpuXidError');
    expect(xid?.labels).toMatchObject({ Hostname: node, gpu: String(gpu), severity: 'critical' });
    expect(xid?.annotations['summary']).toBe(`GPU ${gpu} of ${node} reports Xid 94`);
    expect(JSON.stringify(alerts)).not.toContain('gpu-ecc');
  });

  it('of a flapping port comes after the third time and ends when it stays up', async () => {
    await startWith(seed);
    const { node, hca } = cluster.simulator.inject('ib-port-flap').target;
    expect(names(after(30_000))).not.toContain('InfinibandLinkFlapping');
    const alerts = after(minutes(2)).filter((alert) => alert.alertname === 'InfinibandLinkFlapping');
    expect(alerts.map((alert) => alert.labels)).toMatchObject([{ node, device: hca, port: '1' }]);
    expect(JSON.stringify(alerts)).not.toContain('ib-port-flap');
    cluster.simulator.heal('ib-port-flap');
    expect(names(after(minutes(6)))).not.toContain('InfinibandLinkFlapping');
  });

  it('of an Xid of last week comes with the exporter, alone', async () => {
    await startWith(seed);
    const { node, gpu } = cluster.simulator.inject('old-xid').target;
    const alerts = after(minutes(3));
    expect(names(alerts)).toEqual(['GpuXidError']);
    expect(alerts[0]?.labels).toMatchObject({ Hostname: node, gpu: String(gpu) });
  });
});

describe('the control API', () => {
  it('takes an HCA as a place and says what a fault is expected to be', async () => {
    await startWith(1);
    const control = createControlClient(cluster.controlSocket);
    const place = { node: 'node-02', hca: 'mlx5_1' };
    expect(await control.inject('ib-port-flap', place)).toMatchObject({ id: 'ib-port-flap', gpu: null, ...place });
    const { actions } = await control.status();
    expect(actions.at(-1)?.text).toBe('node-02 mlx5_1: cable sits loosely');
    const listed = await control.faults();
    expect(listed.find((one) => one.id === 'ib-port-flap')?.active).toMatchObject([place]);
    expect(listed.find((one) => one.id === 'old-xid')).toMatchObject({ kind: 'decoy', category: null });
    expect(await control.heal('ib-port-flap', place)).toMatchObject([place]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reachable } from '../../../../infra/cluster/metrics/reachable.ts';
import { factAt } from '../../../../infra/cluster/state/facts/fact-at.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { selEntries } from '../../../../infra/cluster/logs/bmc-sources/index.ts';
import { nodeLogLines } from '../../../../infra/cluster/logs/node-sources/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode, type WorldNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { logsBetween, onNode, segmentNow } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(3));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const node = (name: string): WorldNode => {
  const found = findNode(simulator.world, name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const up = (name: string) => reachable(simulator.timeline, node(name), simulator.time.nowMs());
const service = (name: string) =>
  factAt(
    simulator.timeline,
    { fact: 'host.service', place: name, key: 'nvidia-fabricmanager' },
    simulator.time.nowMs(),
  );

describe('a reboot', () => {
  it('takes the node away for 240 s, ends the job, and gives a new boot with an empty ring buffer', () => {
    const bootBefore = onNode(simulator, 'node-02', 'uptime -s').stdout;
    simulator.inject('gpu-clock-lock', { target: { node: 'node-02', gpu: 1 } });
    simulator.act([{ kind: 'happen', event: 'reboot', place: 'node-02' }]);
    const atMs = simulator.time.nowMs();
    expect([up('node-02'), up('node-03')]).toEqual([false, true]);
    held.pass(minutes(1));
    expect(segmentNow(simulator).phase).toMatchObject({ kind: 'ended', death: { slurmState: 'NODE_FAIL' } });
    expect(onNode(simulator, 'node-01', 'scontrol show node node-02').stdout).toContain('State=DOWN');
    held.pass(179_000);
    expect(up('node-02')).toBe(false);
    held.pass(2_000);
    expect(up('node-02')).toBe(true);
    expect(onNode(simulator, 'node-02', 'uptime -s').stdout > bootBefore).toBe(true);
    expect(onNode(simulator, 'node-02', 'dmesg -T').stdout).toContain('NVRM: loading NVIDIA UNIX');
    held.pass(5_000);
    // A clock lock lives in the driver.
    expect(simulator.activeFaults()).toEqual([]);
    const logs = logsBetween(simulator, atMs, simulator.time.nowMs());
    expect(logs.get('logs/site-a/mgmt-01/slurmctld')).toContain('Node node-02 now responding');
    expect(logs.get('logs/site-a/pretrain-13b/rank-00000')).toContain('srun: error: Node failure on node-02');
    const silent = nodeLogLines(simulator.timeline, node('node-02'), 'slurmd', atMs, atMs + 200_000);
    expect(silent).toEqual([]);
    expect(selEntries(simulator.timeline, node('node-02'), atMs, simulator.time.nowMs())).toHaveLength(1);
  });

  it('leaves the node out of a requeue while it is down, and takes it in afterwards', () => {
    simulator.act([
      { kind: 'happen', event: 'reboot', place: 'node-02' },
      { kind: 'job-requeue', hold: false },
    ]);
    held.pass(minutes(2));
    expect(segmentNow(simulator).busyNodes).toEqual(new Set(['node-01', 'node-03', 'node-04']));
    held.pass(minutes(3));
    simulator.act([{ kind: 'job-requeue', hold: false }]);
    held.pass(minutes(2));
    expect(segmentNow(simulator).busyNodes.size).toBe(4);
  });
});

describe('events', () => {
  it.each([
    ['a restart of the service', { event: 'service-restart', place: 'node-02', key: 'nvidia-fabricmanager' }, 'active'],
    ['a restart of another service', { event: 'service-restart', place: 'node-02', key: 'slurmd' }, 'failed'],
    [
      'a restart on another node',
      { event: 'service-restart', place: 'node-03', key: 'nvidia-fabricmanager' },
      'failed',
    ],
    ['a power cycle', { event: 'power-cycle', place: 'node-02' }, 'active'],
    ['a new GPU', { event: 'board-replaced', place: 'node-02/gpu3' }, 'failed'],
  ] as const)('%s', (_what, happening, state) => {
    simulator.act([setFact('host.service', 'node-02', 'failed', { key: 'nvidia-fabricmanager' })]);
    expect(service('node-02')).toBe('failed');
    simulator.act([{ kind: 'happen', ...happening }]);
    expect(service('node-02')).toBe(state);
  });

  it('of hardware come back as they were after a reboot', () => {
    simulator.inject('gpu-ecc-row-remap', { target: { node: 'node-02', gpu: 1 } });
    simulator.act([
      setFact('gpu.kernel-slowdown', 'node-02/gpu3', 1.4),
      { kind: 'happen', event: 'reboot', place: 'node-02' },
    ]);
    held.pass(minutes(5));
    expect(simulator.activeFaults()).toHaveLength(1);
    expect(
      factAt(simulator.timeline, { fact: 'gpu.kernel-slowdown', place: 'node-02/gpu3' }, simulator.time.nowMs()),
    ).toBe(1.4);
    simulator.act([{ kind: 'happen', event: 'node-replaced', place: 'node-02' }]);
    expect(simulator.activeFaults()).toEqual([]);
    expect(simulator.settings().facts.size).toBe(0);
  });

  it('refuse facts that nothing could read', () => {
    expect(() => simulator.act([setFact('gpu.fan-airflow', 'node-02/gpu9', 0.5)])).toThrow(
      'there is no gpu node-02/gpu9',
    );
    expect(() => simulator.act([setFact('host.service', 'node-02', 'failed')])).toThrow('host.service needs a key');
    const wrong = { kind: 'fact', fact: 'gpu.fan-airflow', place: 'node-02/gpu3', value: 'none' } as const;
    expect(() => simulator.act([wrong])).toThrow('gpu.fan-airflow is a number, not "none"');
  });
});

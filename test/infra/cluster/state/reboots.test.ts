import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { onNode, segmentNow } from '../job-tools.ts';

/* A start of a machine mends what lived in its memory, and reads its files as they are. */

const node = 'node-03';
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

const present = () => simulator.activeFaults().map(({ id }) => id);
const shell = (line: string) => onNode(simulator, node, line).stdout;
function inject(fault: string, more: { hca?: string; seed?: number } = {}): void {
  const { seed = 2, ...place } = more;
  simulator.inject(fault, { target: { node, ...place }, seed });
  held.pass(minutes(2));
}
function reboot(): void {
  simulator.act([{ kind: 'happen', event: 'reboot', place: node }]);
  held.pass(minutes(6));
}
function requeue(): string {
  simulator.act([{ kind: 'job-requeue', hold: false }]);
  held.pass(minutes(3));
  return segmentNow(simulator).phase.kind;
}

it.each(['container-runtime-reset', 'cgroup-devices-lost'])(
  '%s is back after a reboot, since docker reads the same wrong file',
  (fault) => {
    inject(fault);
    reboot();
    expect(present()).toEqual([fault]);
    shell('sudo -n wardround-fix config-revert docker-daemon');
    expect(present()).toEqual([fault]);
    reboot();
    expect(present()).toEqual([]);
    expect(requeue()).toBe('running');
  },
);

it('a reboot starts chronyd, which steps the clock, and the job starts again', () => {
  inject('clock-drift');
  const offsetS = () => Number(shell('chronyc -c tracking').split(',')[4]);
  expect(shell('systemctl is-active chronyd')).toBe('failed\n');
  reboot();
  expect(shell('systemctl is-active chronyd')).toBe('active\n');
  expect(Math.abs(offsetS())).toBeLessThan(0.001);
  expect(present()).toEqual([]);
  expect(requeue()).toBe('running');
});

it('a clock that runs away begins anew after a reboot or a restart of chronyd, until the board is another one', () => {
  simulator.inject('tool-clock-creeping', {
    target: { node },
    onset: { shape: 'creeping', rampMs: minutes(20) },
    values: { seconds: 24 },
  });
  held.pass(minutes(21));
  const offsetS = () => Math.round(Number(shell('chronyc -c tracking').split(',')[4]));
  expect(offsetS()).toBe(24);
  shell('systemctl restart chronyd');
  expect(offsetS()).toBe(2);
  held.pass(minutes(21));
  expect(offsetS()).toBe(24);
  reboot();
  expect(offsetS()).toBeLessThan(12);
  expect(present()).toEqual(['tool-clock-creeping']);
  simulator.act([{ kind: 'happen', event: 'node-replaced', place: node }]);
  expect(present()).toEqual([]);
});

it('a reboot trains the links of the node anew', () => {
  inject('ib-rate-low', { hca: 'mlx5_1' });
  expect(shell('ibstat')).toMatch(/Rate: (?:100|56)/);
  reboot();
  expect(shell('ibstat')).not.toMatch(/Rate: (?:100|56)/);
  expect(present()).toEqual([]);
});

it('an MTU that stands in a file is back after a reboot, whatever was set by hand before', () => {
  inject('mtu-node', { seed: 1 });
  const mtu = () => Number(/ bond0: .*? mtu (\d+)/.exec(shell('ip -o link show'))?.[1]);
  const wrong = mtu();
  expect(wrong).toBeLessThan(9_000);
  shell('ip link set dev bond0 mtu 9000');
  expect(mtu()).toBe(9_000);
  expect(present()).toEqual([]);
  reboot();
  expect(mtu()).toBe(wrong);
  expect(present()).toEqual(['mtu-node']);
  shell('sudo -n wardround-fix config-revert netplan-mtu');
  reboot();
  expect(mtu()).toBe(9_000);
  expect(present()).toEqual([]);
});

it.each(['tool-key-rejected', 'tool-output-truncated', 'tool-output-garbled', 'tool-node-slow', 'tool-ssh-slow'])(
  '%s outlasts a reboot and a power cycle: its cause stands in a file or on another server',
  (fault) => {
    inject(fault);
    reboot();
    expect(present()).toEqual([fault]);
    simulator.act([{ kind: 'happen', event: 'power-cycle', place: node }]);
    held.pass(minutes(7));
    expect(present()).toEqual([fault]);
  },
);

it('a reboot starts an SSH server that turns everybody away, and does not bring a key back', () => {
  inject('tool-ssh-refuses');
  reboot();
  expect(present()).toEqual([]);
});

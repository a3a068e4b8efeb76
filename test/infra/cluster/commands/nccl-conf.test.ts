import { expect, it } from 'vitest';
import { heldCluster, minutes } from '../held-cluster.ts';
import { onNode } from '../job-tools.ts';

/* What these faults are said to have written is where NCCL reads it, on the node of the fault and on no other. */
it.each([
  ['nccl-p2p-disabled', /^NCCL_P2P_DISABLE=1$/m],
  ['nccl-few-channels', /^NCCL_MAX_NCHANNELS=[1-3]$/m],
  ['socket-interface-docker0', /^NCCL_SOCKET_IFNAME=docker0$/m],
] as const)('/etc/nccl.conf shows %s until it is reverted', (fault, line) => {
  const held = heldCluster();
  const simulator = held.open();
  held.pass(minutes(3));
  const file = (node: string) => onNode(simulator, node, 'cat /etc/nccl.conf /proc/version', false).stdout;
  const healthy = file('node-03');
  expect(healthy).toMatch(/^NCCL_SOCKET_IFNAME=bond0\nLinux version 5\.15\.0-113-generic /);
  simulator.inject(fault, { target: { node: 'node-03' }, seed: 2 });
  held.pass(minutes(1));
  expect(file('node-03')).toMatch(line);
  expect(file('node-03').match(/^NCCL_SOCKET_IFNAME=/gm)).toHaveLength(1);
  expect(file('node-02')).toBe(healthy);
  onNode(simulator, 'node-03', 'wardround-fix config-revert nccl-conf');
  expect(file('node-03')).toBe(healthy);
  simulator.close();
  held.remove();
});

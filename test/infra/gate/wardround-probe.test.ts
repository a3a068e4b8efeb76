import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probes } from '../../../kb/probes/index.ts';
import { gateNode, probeScript } from './gate-node.ts';

let node: ReturnType<typeof gateNode>;
beforeEach(() => {
  node = gateNode();
});
afterEach(() => node.remove());

const tools = [
  'ibstat',
  'perfquery',
  'mlxlink',
  'df',
  'cat',
  'ps',
  'lsmod',
  'systemctl',
  'dmesg',
  'scontrol',
  'ip',
  'wardround-space',
];

describe('the forced command of the probe key', () => {
  it.each(probes.map((probe) => [probe.id, probe] as const))('lets %s run, word for word', async (_id, probe) => {
    for (const tool of tools) node.tool(tool, '');
    const argv = probe.argv(probe.args.parse({ node: 'node-07' }));
    const reply = await node.start(probeScript, argv.join(' ')).ended;
    expect(reply.stderr).toBe('');
    expect(reply.code).toBe(0);
    expect(node.calls()).toEqual([argv.slice(1).join(' ')]);
  });

  it('passes the exit code of the command on', async () => {
    node.tool('systemctl', 'echo inactive; exit 3');
    const reply = await node.start(probeScript, 'systemctl is-active slurmd').ended;
    expect(reply).toMatchObject({ code: 3, stdout: 'inactive\n' });
  });

  it.each([
    ['a shell', 'sh'],
    ['nothing', ''],
    ['a step of the gate', 'nvidia-smi -i 3 -rgc'],
    ['a lock of clocks', 'nvidia-smi -i 3 -lgc 210,210'],
    ['a reset of a GPU', 'nvidia-smi --gpu-reset -i 3'],
    ['a query that writes a file', 'nvidia-smi --query-gpu=index --format=csv -f /tmp/owned'],
    ['a query that never ends', 'nvidia-smi --query-gpu=index --format=csv -l 1'],
    ['counters being cleared', 'perfquery -x -R -C mlx5_0 -P 1'],
    ['a log being cleared', 'dmesg --clear'],
    ['another file', 'cat /etc/shadow'],
    ['a path that walks up', 'cat /proc/meminfo/../../etc/shadow'],
    ['a service being stopped', 'systemctl stop slurmd'],
    ['a node being changed', 'scontrol update nodename=node-07 state=down'],
    ['a job being changed', 'scontrol update jobid=4242 minmemorynode=1'],
    ['a job being held', 'scontrol -o hold 4242'],
    ['a port being switched off', 'mlxlink -d mlx5_0 -p 1 -a DN'],
    ['files being moved', 'wardround-space hold old-logs'],
    ['environments of processes', 'ps -eo pid,args e'],
    ['an address being set', 'ip link set eth0 down'],
    ['two commands', 'lsmod; touch owned'],
    ['a pipe', 'lsmod | tee owned'],
    ['a line break', 'lsmod\ntouch owned'],
    ['a substitution', 'cat $(touch owned)'],
    ['a glob', 'cat /proc/mem*'],
    ['an allowed one with more behind it', 'lsmod -h'],
  ])('refuses %s', async (_name, request) => {
    const reply = await node.start(probeScript, request).ended;
    expect(reply.code).toBe(126);
    expect(reply.stdout).toBe('');
    expect(reply.stderr).toMatch(/^wardround-probe: refused: /);
    expect(node.calls()).toEqual([]);
    expect(existsSync('owned') || existsSync(join(node.root, 'owned'))).toBe(false);
  });
});

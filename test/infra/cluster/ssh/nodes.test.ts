import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../../../infra/cluster/control-client.ts';
import type { RunningCluster } from '../../../../infra/cluster/start.ts';
import { newSshKey } from '../../../../infra/ssh-key.ts';
import { heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { exec, listedNode, login } from './ssh-client.ts';

let held: HeldCluster;
let cluster: RunningCluster;
const open: Client[] = [];

beforeAll(async () => {
  held = heldCluster();
  cluster = await held.start();
});
afterEach(() => {
  for (const client of open.splice(0)) client.end();
});
afterAll(async () => {
  await cluster.stop();
  held.remove();
});

const onNode = async (name: string, privateKey: string) => {
  const client = await login(listedNode(cluster.inventoryPath, name), privateKey);
  open.push(client);
  // A node that is unplugged or given another key later drops this connection.
  client.on('error', () => {});
  return client;
};
const probe = async (command: string, node = 'node-01') => exec(await onNode(node, held.keys.probe.private), command);
const gate = async (request: string, node: string) =>
  exec(await onNode(node, held.keys.remediation.private), `wardround-gate/1 ${request}`);

describe('the probe key', () => {
  it('reads a node in the format of the real tool', async () => {
    const reply = await probe('nvidia-smi -L');
    expect(reply).toMatchObject({ code: 0, stderr: '' });
    const lines = reply.stdout.trim().split('\n');
    expect(lines).toHaveLength(8);
    for (const [gpu, line] of lines.entries())
      expect(line).toMatch(new RegExp(`^GPU ${gpu}: NVIDIA A800-SXM4-80GB \\(UUID: GPU-[0-9a-f-]{36}\\)$`));
  });

  it('sees on every node what that node is, on one connection for several commands', async () => {
    const client = await onNode('node-03', held.keys.probe.private);
    const [slurm, gpus] = await Promise.all([
      exec(client, 'scontrol show node node-03'),
      exec(client, 'nvidia-smi -L'),
    ]);
    expect(slurm.stdout).toContain('NodeName=node-03 ');
    const uuids = listedNode(cluster.inventoryPath, 'node-03').gpus.map((gpu) => gpu.uuid);
    expect([...gpus.stdout.matchAll(/UUID: (GPU-[0-9a-f-]{36})/g)].map((match) => match[1])).toEqual(uuids);
  });

  it.each([
    ['nvidia-smi -i 3 -rgc', 'the command is not on the list of this key'],
    ['nvidia-smi -i 3 -lgc 210,210', 'the command is not on the list of this key'],
    ['reboot', 'the command is not on the list of this key'],
    ['cat /etc/shadow', 'the command is not on the list of this key'],
    ['sudo -n reboot', 'the command is not on the list of this key'],
    ['nvidia-smi -L; reboot', 'the request holds a character that no probe needs'],
    ['cat $(ls)', 'the request holds a character that no probe needs'],
    ['lsmod\nreboot', 'the request holds a character that no probe needs'],
    ["'lsmod'", 'the request holds a character that no probe needs'],
    ['timeout -k 2 0 lsmod', 'timeout takes 1 to 999 seconds'],
    ['x'.repeat(5_000), 'the request is longer than 1024 characters'],
  ])('is refused %j as by the forced command of a real node', async (command, reason) => {
    expect(await probe(command)).toEqual({ code: 126, stdout: '', stderr: `wardround-probe: refused: ${reason}\n` });
    expect(cluster.simulator.timeline.actions).toEqual([]);
  });

  it('may say how long a command may take', async () => {
    const plain = await probe('lsmod');
    expect(plain.stdout).toMatch(/^Module +Size +Used by\n/);
    expect(await probe('timeout -k 2 10 lsmod')).toEqual(plain);
  });

  it('opens neither a shell nor file transfer', async () => {
    const client = await onNode('node-01', held.keys.probe.private);
    const refused = (open: (done: (error?: Error) => void) => void) =>
      new Promise((resolve) => open((error) => resolve(error !== undefined)));
    expect(await refused((done) => client.shell((error) => done(error)))).toBe(true);
    expect(await refused((done) => client.sftp((error) => done(error)))).toBe(true);
  });
});

describe('another key', () => {
  it('is refused, and so is a right key under another name', async () => {
    const node = listedNode(cluster.inventoryPath, 'node-01');
    await expect(login(node, newSshKey().private)).rejects.toThrow(/authentication methods failed/);
    await expect(login(node, held.keys.probe.private, { username: 'root' })).rejects.toThrow(
      /authentication methods failed/,
    );
    const { username, password } = { username: node.ssh.user, password: 'secret' };
    await expect(login(node, undefined, { username, password })).rejects.toThrow(/authentication methods failed/);
  });
});

describe('the remediation key', () => {
  const slow = { node: 'node-02', gpu: 5 };
  const token = (digit: string) => digit.repeat(32);
  const journal = (node: string) => readdirSync(join(held.config.stateDir, 'nodes', node, 'gate', 'journal'));

  it('speaks with the gate and nothing else', async () => {
    const client = await onNode('node-04', held.keys.remediation.private);
    const reply = await exec(client, 'nvidia-smi -i 0 -rgc');
    expect(reply.stdout).toContain('outcome: refused');
    expect(cluster.simulator.timeline.actions).toEqual([]);
  });

  it('heals a locked clock on its own node and GPU alone, and once for a token', async () => {
    const { simulator } = cluster;
    simulator.inject('gpu-clock-lock', { target: slow });
    const slowed = stepSeconds(simulator);

    const elsewhere = await gate(`apply ${token('a')} 10.1 gpu-clocks-reset ${slow.gpu}`, 'node-03');
    expect(elsewhere.stdout).toMatch(/^gate: 1\noutcome: done\nreplayed: no\nexit: 0\n/);
    const otherGpu = await gate(`apply ${token('b')} 10.1 gpu-clocks-reset 4`, slow.node);
    expect(otherGpu.stdout).toContain('exit: 0');
    const power = await gate(`apply ${token('c')} 10.1 gpu-power-limit ${slow.gpu} 400`, slow.node);
    expect(power.stdout).toContain('was set to 400.00 W from 400.00 W.');
    expect(simulator.activeFaults()).toHaveLength(1);
    expect(stepSeconds(simulator)).toBe(slowed);

    const request = `apply ${token('d')} 10.1 gpu-clocks-reset ${slow.gpu}`;
    const right = await gate(request, slow.node);
    expect(right).toEqual({
      code: 0,
      stdout: 'gate: 1\noutcome: done\nreplayed: no\nexit: 0\n\nAll done.\n',
      stderr: '',
    });
    expect(simulator.activeFaults()).toEqual([]);
    expect(stepSeconds(simulator)).toBe(8);

    const done = simulator.timeline.actions.length;
    const again = await gate(request, slow.node);
    expect(again.stdout).toBe('gate: 1\noutcome: done\nreplayed: yes\nexit: 0\n\nAll done.\n');
    const looked = await gate(`look ${token('d')}`, slow.node);
    expect(looked.stdout).toBe(again.stdout);
    expect(simulator.timeline.actions).toHaveLength(done);
    expect(journal(slow.node).toSorted()).toEqual([token('b'), token('c'), token('d')]);
    expect(journal('node-03')).toEqual([token('a')]);
  });

  it('leaves an action with root as its author in the log on disk', () => {
    const lines = readFileSync(join(held.config.stateDir, 'actions.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ by: 'root', changes: [{ kind: 'reset-clocks', ...slow }] });
  });

  it('disables a port and enables it again', async () => {
    const down = await gate(`apply ${token('f')} 10.1 ib-port-down mlx5_2`, 'node-03');
    expect(down.stdout).toMatch(
      /^gate: 1\noutcome: done\nreplayed: no\nexit: 0\n\n\nConfiguring Port State \(Down\)\.\.\./,
    );
    expect(cluster.simulator.settings().links.get('node-03/mlx5_2')?.closed).toHaveLength(1);
    const up = await gate(`apply ${'0'.repeat(32)} 10.1 ib-port-up mlx5_2`, 'node-03');
    expect(up.stdout).toContain('Configuring Port State (Up)...');
    expect(cluster.simulator.settings().links.get('node-03/mlx5_2')?.closed[0]?.toMs).toBeLessThan(Infinity);
  });

  it('drains a node, requeues the job with a limit and moves files as policies allow', async () => {
    const { simulator } = cluster;
    const id = simulator.world.job.slurmId;
    const steps = [
      'node-drain node-03',
      `job-requeue-hold ${id}`,
      `job-memory-limit ${id} 900000`,
      `job-release ${id}`,
      'space-hold old-checkpoints',
      'space-return old-checkpoints',
      'node-resume node-03',
    ];
    const elsewhere = await gate(`apply ${token('9')} 10.1 node-drain node-03`, 'node-01');
    expect(elsewhere.stdout).toContain('reason: the step is for another node than this one');
    for (const [at, step] of steps.entries()) {
      const reply = await gate(`apply ${String(at).repeat(32).slice(0, 31)}c 10.1 ${step}`, 'node-03');
      expect(`${step}: ${reply.stdout}`).toContain('outcome: done\nreplayed: no\nexit: 0\n');
    }
    expect(simulator.timeline.actions.slice(-steps.length).map(({ by, changes }) => [by, changes[0]?.kind])).toEqual(
      ['node-drain', 'job-requeue', 'job-memory', 'job-release', 'space-hold', 'space-return', 'node-resume'].map(
        (kind) => ['root', kind],
      ),
    );
    held.pass(minutes(2));
    expect((await gate(`apply ${token('8')} 10.1 job-requeue ${id}`, 'node-03')).stdout).toContain('exit: 0');
    held.pass(minutes(2));
    expect(stepSeconds(simulator)).toBe(8);
    expect(simulator.timeline.lives(Infinity).map(({ attempt }) => attempt.memoryLimitMib)).toEqual([
      null,
      900_000,
      900_000,
    ]);
  });

  it('tells the failure of a tool with its exit code', async () => {
    const reply = await gate(`apply ${token('e')} 10.1 gpu-power-limit 2 900`, slow.node);
    expect(reply.stdout).toContain('outcome: done\nreplayed: no\nexit: 2\n');
    expect(reply.stdout).toContain('not a valid power limit which should be between 100.00 W and 400.00 W');
  });
});

describe('a node', () => {
  it('that was given another host key is not the one that the inventory lists', async () => {
    const control = createControlClient(cluster.controlSocket);
    const before = listedNode(cluster.inventoryPath, 'node-04');
    await control.rekey('node-04');
    await expect(login(before, held.keys.probe.private)).rejects.toThrow(/verification failed/i);
    let offered = '';
    const client = await login(before, held.keys.probe.private, {
      hostVerifier: (key: Buffer): boolean => {
        offered = `ssh-ed25519 ${key.toString('base64')}`;
        return true;
      },
    });
    open.push(client);
    expect(before.ssh.hostKeys).not.toContain(offered);
    expect((await exec(client, 'lsmod')).code).toBe(0);
  });

  it('that is unplugged ends its connections and takes no more, until it is plugged in', async () => {
    const control = createControlClient(cluster.controlSocket);
    const node = listedNode(cluster.inventoryPath, 'node-03');
    const client = await onNode('node-03', held.keys.probe.private);
    const ended = new Promise<void>((resolve) => {
      client.on('close', () => resolve());
    });
    await control.unplug('node-03');
    await ended;
    await expect(login(node, held.keys.probe.private)).rejects.toThrow(/ECONNREFUSED/);
    expect((await control.status()).unplugged).toEqual(['node-03']);
    expect(stepSeconds(cluster.simulator)).toBe(8);
    await control.plug('node-03');
    expect((await probe('lsmod', 'node-03')).code).toBe(0);
  });
});

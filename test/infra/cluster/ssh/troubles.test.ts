import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { Client } from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningCluster } from '../../../../infra/cluster/start.ts';
import { clearFact, setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import type { Change } from '../../../../infra/cluster/state/actions.ts';
import { probeScript } from '../../gate/gate-node.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { exec, listedManagement, listedNode, login } from './ssh-client.ts';

/** A cluster second takes ten milliseconds. */
const rate = 100;
let held: HeldCluster;
let cluster: RunningCluster;
const open: Client[] = [];

beforeAll(async () => {
  held = heldCluster({ rate, jobs: 0 });
  // The real script, whose list has two more commands.
  const more = `'sudo -n wardround-measure [a-z-]+( [a-z0-9_/-]+){0,2}'\n'dmesg --time-format iso'\n# allow-list end`;
  const path = join(held.config.stateDir, '..', 'wardround-probe.sh');
  writeFileSync(path, readFileSync(probeScript, 'utf8').replace('# allow-list end', more));
  cluster = await held.start({ probeScript: path });
});
afterEach(() => {
  for (const client of open.splice(0)) client.end();
});
afterAll(async () => {
  await cluster.stop();
  held.remove();
});

const connect = async (node: string) => {
  const client = await login(listedNode(cluster.inventoryPath, node), held.keys.probe.private);
  open.push(client);
  client.on('error', () => {});
  return client;
};
const probe = async (node: string, command: string) => exec(await connect(node), command);
const act = (...changes: readonly Change[]) => cluster.simulator.act(changes);
const list = 'nvidia-smi -L';

describe('a tool that', () => {
  it('hangs is ended by the time limit, with 124 or with 137', async () => {
    const node = 'node-01';
    act(setFact('tool.hangs', node, 'until-term', { key: 'nvidia-smi' }));
    expect(await probe(node, `timeout -k 2 5 ${list}`)).toEqual({ code: 124, stdout: '', stderr: '' });
    expect(await probe(node, list)).toEqual({ code: 124, stdout: '', stderr: '' });
    expect((await probe(node, 'lsmod')).code).toBe(0);
    expect((await probe('node-02', list)).code).toBe(0);
    act(setFact('tool.hangs', node, 'until-kill', { key: 'nvidia-smi' }));
    expect(await probe(node, `timeout -k 2 5 ${list}`)).toEqual({ code: 137, stdout: '', stderr: '' });
    act(clearFact('tool.hangs', node, 'nvidia-smi'));
    expect((await probe(node, list)).code).toBe(0);
  });

  it('is slow answers in time or not at all', async () => {
    const node = 'node-01';
    const healthy = await probe(node, list);
    act(setFact('tool.slow-seconds', node, 8, { key: 'nvidia-smi' }));
    expect(await probe(node, `timeout -k 2 9 ${list}`)).toEqual(healthy);
    expect((await probe(node, `timeout -k 2 7 ${list}`)).code).toBe(124);
    act(clearFact('tool.slow-seconds', node, 'nvidia-smi'));
  });

  it('is cut off prints a beginning and says nothing of it', async () => {
    const node = 'node-01';
    const { stdout } = await probe(node, list);
    act(setFact('tool.output-share', node, 0.4, { key: 'nvidia-smi' }));
    const cut = await probe(node, list);
    expect(cut).toEqual({ code: 0, stderr: '', stdout: stdout.slice(0, Math.floor(stdout.length * 0.4)) });
    act(clearFact('tool.output-share', node, 'nvidia-smi'));
  });

  it('is garbled keeps its lines and loses some of what is in them', async () => {
    const node = 'node-01';
    const { stdout } = await probe(node, list);
    act(setFact('tool.garbled-share', node, 0.1, { key: 'nvidia-smi' }));
    const first = (await probe(node, list)).stdout;
    expect(first.split('\n')).toHaveLength(stdout.split('\n').length);
    const letters = first.split('');
    const wrong = stdout.split('').filter((letter, at) => letters[at] !== letter).length / stdout.length;
    expect(wrong).toBeGreaterThan(0.04);
    expect(wrong).toBeLessThan(0.2);
    act(clearFact('tool.garbled-share', node, 'nvidia-smi'));
  });
});

describe('the clock of a node', () => {
  it('that is wrong shifts what the node stamps, on that node alone', async () => {
    const stampOf = async (node: string) =>
      Date.parse(((await probe(node, 'dmesg --time-format iso')).stdout.split(' ')[0] ?? '').replace(',', '.'));
    const [before, other] = [await stampOf('node-02'), await stampOf('node-01')];
    act(setFact('host.clock-offset-ms', 'node-02', 90_000));
    expect((await stampOf('node-02')) - before).toBe(90_000);
    expect(await stampOf('node-01')).toBe(other);
    act(clearFact('host.clock-offset-ms', 'node-02'));
  });
});

describe('an SSH server that', () => {
  it.each([
    ['closes', /Connection lost before handshake|ended|closed/i],
    ['resets', /ECONNRESET/],
    ['rejects-key', /authentication methods failed/],
    ['silent', /Timed out while waiting for handshake/],
  ])('%s is an error for the client', async (state, error) => {
    act(setFact('ssh.state', 'node-03', state));
    const node = listedNode(cluster.inventoryPath, 'node-03');
    await expect(
      new Promise((resolve, reject) => {
        login(node, held.keys.probe.private, { readyTimeout: 300 }).then(resolve, reject);
      }),
    ).rejects.toThrow(error);
    act(clearFact('ssh.state', 'node-03'));
    expect((await probe('node-03', 'lsmod')).code).toBe(0);
  });

  it('is late answers all the same', async () => {
    act(setFact('ssh.banner-seconds', 'node-03', 10));
    const { host, port } = listedNode(cluster.inventoryPath, 'node-03').ssh;
    const began = performance.now();
    const banner = await new Promise<string>((resolve, reject) => {
      const socket = createConnection({ host, port });
      socket.once('error', reject);
      socket.once('data', (bytes: Buffer) => {
        resolve(bytes.toString());
        socket.destroy();
      });
    });
    expect(banner).toMatch(/^SSH-2\.0-/);
    expect(performance.now() - began).toBeGreaterThanOrEqual(99);
    act(clearFact('ssh.banner-seconds', 'node-03'));
  });
});

describe('a node that', () => {
  it('starts anew ends its connections, is silent for a while, and is back', async () => {
    const client = await connect('node-04');
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    act({ kind: 'happen', event: 'reboot', place: 'node-04' });
    await closed;
    const node = listedNode(cluster.inventoryPath, 'node-04');
    await expect(login(node, held.keys.probe.private, { readyTimeout: 200 })).rejects.toThrow(/Timed out/);
    held.pass(minutes(5));
    expect((await probe('node-04', 'lsmod')).code).toBe(0);
  });
});

describe('the management host', () => {
  it('answers about nodes with the same key, and has no GPUs', async () => {
    const { simulator, inventoryPath } = cluster;
    const management = listedManagement(inventoryPath);
    expect(management.name).toBe(simulator.world.management.name);
    const client = await login(management, held.keys.probe.private);
    open.push(client);
    client.on('error', () => {});
    expect(await exec(client, 'scontrol -o show reservation')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/reservations/),
    });
    expect(await exec(client, list)).toEqual({ code: 127, stdout: '', stderr: 'sh: 1: nvidia-smi: not found\n' });
    expect((await exec(client, 'reboot')).code).toBe(126);
  });
});

describe('a measurement over SSH', () => {
  const gemm = 'sudo -n wardround-measure gemm 5';
  const ps = 'ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss';
  const runs = async () => (await probe('node-02', ps)).stdout.includes('dcgmproftester');

  it('runs to its end', async () => {
    const reply = await probe('node-02', gemm);
    expect(reply).toMatchObject({ code: 0, stderr: '' });
    expect(reply.stdout).toMatch(/\n== end exit=0 seconds=12\n$/);
    expect(await runs()).toBe(false);
  });

  it.each([
    ['channel', (_client: Client, close: () => void) => close()],
    ['connection', (client: Client) => client.end()],
    ['socket', (client: Client) => client.destroy()],
  ])('is gone when its %s ends', async (_what, end) => {
    // A server of ib_write_bw waits for a client that never comes.
    const client = await connect('node-02');
    const waiting = 'sudo -n wardround-measure ib-server mlx5_0';
    const begun = await new Promise<() => void>((resolve, reject) => {
      client.exec(waiting, (error, channel) => {
        if (error !== undefined) reject(error);
        else channel.once('data', () => resolve(() => channel.close()));
      });
    });
    expect((await probe('node-02', ps)).stdout).toContain('ib_write_bw');
    end(client, begun);
    await expect.poll(async () => (await probe('node-02', ps)).stdout).not.toContain('ib_write_bw');
    const again = await connect('node-02');
    expect((await exec(again, `timeout -k 2 3 ${waiting}`)).code).toBe(124);
  });
});

describe('a tool that root runs through the gate', () => {
  it('ends with the process that asked for it', async () => {
    const { controlSocket } = cluster;
    const [body, path] = [
      JSON.stringify({ node: 'node-02', argv: ['wardround-measure', 'ib-server', 'mlx5_0'] }),
      '/node-command',
    ];
    const call = request({
      socketPath: controlSocket,
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    call.on('error', () => {});
    call.end(body);
    const ps = async () => (await probe('node-02', 'ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss')).stdout;
    await expect.poll(ps, { interval: 5 }).toContain('ib_write_bw');
    call.destroy();
    await expect.poll(ps, { interval: 5 }).not.toContain('ib_write_bw');
  });
});

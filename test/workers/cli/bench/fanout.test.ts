import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { inventorySchema, type Inventory } from '../../../../kb/schemas/inventory.ts';
import { withDeadNodes } from '../../../../workers/cli/bench/fanout/dead-nodes.ts';
import { renderFanoutBench } from '../../../../workers/cli/bench/fanout/fanout-table.ts';
import { peerArguments } from '../../../../workers/cli/bench/fanout/peers.ts';
import { runFanoutBench, type FanoutBench } from '../../../../workers/cli/bench/fanout/run-fanout.ts';
import { fanoutLimits } from '../../../../workers/cli/bench/fanout/limits.ts';
import { fanoutShapes } from '../../../../workers/cli/bench/fanout/shapes.ts';
import { probeById } from '../../../../kb/probes/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'wardround-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inventory: Inventory = inventorySchema.parse({
  version: 1,
  cluster: 'site-a',
  platform: 'nvidia-linux',
  nodes: Array.from({ length: 100 }, (_, at) => ({
    name: `node-${at + 1}`,
    ssh: { host: `127.0.1.${at + 1}`, port: 2222, user: 'wardround-probe', hostKeys: ['ssh-ed25519 AAAA'] },
    gpus: [],
  })),
  jobs: [],
  logs: { bucket: 'raw-logs', windowMs: 60_000, shippingLagMs: 0 },
  clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 1 },
});

it('asks for what one command answers: the others do not read twice', () => {
  for (const id of fanoutShapes(1000).flatMap(({ probes }) => probes)) {
    const probe = probeById(id);
    expect(probe?.impact).toBe('passive');
    expect(probe?.again).toBeUndefined();
    expect(Object.keys(probe ?? {})).not.toContain('devices');
  }
});

it('makes as many nodes silent as refusing, spread over the list', async () => {
  const dead = await withDeadNodes(inventory, 0.02);
  try {
    expect([dead.silent.length, dead.refusing.length]).toEqual([2, 2]);
    const sshOf = (name: string | undefined) => dead.inventory.nodes.find((node) => node.name === name)?.ssh;
    const silent = connect(sshOf(dead.silent[0])?.port ?? 0, '127.0.0.1');
    await once(silent, 'connect');
    silent.destroy();
    const refusing = connect(sshOf(dead.refusing[0])?.port ?? 0, '127.0.0.1');
    const [error] = await once(refusing, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(sshOf('node-1')?.host).toBe('127.0.1.1');
  } finally {
    await dead.close();
  }
});

it('gives the others the same command on the same servers, with their host keys', () => {
  const job = { inventory, nodes: ['node-1', 'node-2'], probes: ['gpu.temperature'], keyFile: '/keys/probe', folder };
  const [, , file] = peerArguments('clush', job);
  const { commands, hosts } = JSON.parse(readFileSync(file ?? '', 'utf8'));
  expect(hosts).toEqual([
    { name: 'node-1', host: '127.0.1.1', port: 2222, user: 'wardround-probe' },
    { name: 'node-2', host: '127.0.1.2', port: 2222, user: 'wardround-probe' },
  ]);
  expect(commands).toEqual([expect.stringMatching(/^nvidia-smi --query-gpu=/)]);
  expect(readFileSync(path.join(folder, 'known_hosts'), 'utf8')).toBe(
    'node-1 ssh-ed25519 AAAA\nnode-2 ssh-ed25519 AAAA\n',
  );
  expect(readFileSync(path.join(folder, 'ssh_config'), 'utf8')).toContain('StrictHostKeyChecking yes');
});

it('shows medians, and how much longer than the faster of the others', async () => {
  const run = (livingSeconds: number) => ({
    answer: { read: 100, unread: 0, seconds: livingSeconds, livingSeconds },
    processSeconds: livingSeconds + 1,
    cpuSeconds: 1,
    peakMiB: 120,
    serverCpuSeconds: null,
  });
  const [shape] = fanoutShapes(100);
  if (shape === undefined) throw new Error('there are shapes');
  const report: FanoutBench = {
    nodes: 100,
    runs: 3,
    seed: 1,
    shapes: [
      {
        shape,
        clients: { wardround: [run(9), run(3), run(4)], 'parallel-ssh': [run(2), run(2), run(8)], clush: [run(6)] },
      },
    ],
    limits: [],
    peersMissing: null,
    machine: { system: 'Linux', cpu: 'x', cores: 2, memoryGiB: 24, versions: {} },
  };
  const text = await renderFanoutBench({ colour: false }, report);
  expect(text).toContain('1 probe on 100 nodes: 2.00 times as long as parallel-ssh');
  expect(text).toMatch(/wardround +100 +0 +4\.0 s/);
});

it('says whether the servers set the time, and what dead nodes cost the living ones', async () => {
  const run = (livingSeconds: number, serverCpuSeconds: number | null) => ({
    answer: { read: 100, unread: 0, seconds: livingSeconds + 10, livingSeconds },
    processSeconds: livingSeconds,
    cpuSeconds: 1,
    peakMiB: 120,
    serverCpuSeconds,
  });
  const [whole, few, dead] = fanoutShapes(1000);
  if (whole === undefined || few === undefined || dead === undefined) throw new Error('there are three shapes');
  const limits = fanoutLimits([
    { shape: whole, clients: { wardround: [run(10, 9)] } },
    { shape: few, clients: { wardround: [run(10, 2)] } },
    { shape: dead, clients: { wardround: [run(13, null)] } },
  ]);
  expect(limits.map((limit) => [limit.serversWereTheLimit, limit.delayOfTheLiving])).toEqual([
    [true, null],
    [false, null],
    [null, 3],
  ]);
});

it('asks ten nodes of the simulated cluster for real', { timeout: 120_000 }, async () => {
  const said: string[] = [];
  const report = await runFanoutBench(
    { err: (text) => void said.push(text) },
    {
      nodes: 10,
      runs: 1,
      seed: 1,
      stateDir: folder,
      python: null,
      toolsDir: folder,
      alone: true,
      env: process.env,
    },
    new AbortController().signal,
  );
  expect(report.shapes.map(({ clients }) => clients.wardround?.[0]?.answer.read)).toEqual([10, 100, 10]);
  expect(said[0]).toBe('10 SSH servers are up');
});

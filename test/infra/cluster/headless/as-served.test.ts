import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headlessCluster, type HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import type { RunningCluster } from '../../../../infra/cluster/start.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { exec, listedManagement, listedNode, login } from '../ssh/ssh-client.ts';

/** The same cluster twice: served over SSH, a log folder and HTTP, and without any of it. */
let held: HeldCluster;
let served: RunningCluster;
let headless: HeadlessCluster;
const clients = new Map<string, Client>();
const never = new AbortController().signal;
const nodes = ['node-01', 'node-02', 'node-03', 'node-04'];

beforeAll(async () => {
  held = heldCluster();
  served = await held.start();
  const { historyFromMs } = served.simulator.world;
  headless = headlessCluster({ nodes: 4, seed: 7, startMs: historyFromMs });
  headless.metricsAt(now(), ['training_']);
  await inject('gpu-clock-lock');
  await pass(minutes(4));
  await inject('tool-output-garbled', { node: 'node-03' });
  await inject('tool-output-truncated', { node: 'node-04' });
  await pass(minutes(3));
  for (const name of [...nodes, 'mgmt-01']) {
    const machine =
      name === 'mgmt-01' ? listedManagement(served.inventoryPath) : listedNode(served.inventoryPath, name);
    clients.set(name, await login(machine, held.keys.probe.private));
  }
}, 60_000);
afterAll(async () => {
  for (const client of clients.values()) client.end();
  await served.stop();
  held.remove();
});

const now = () => served.simulator.time.nowMs();
const inject = async (id: string, target?: { readonly node: string }) => {
  served.simulator.inject(id, target === undefined ? {} : { target });
  headless.inject(id, target === undefined ? {} : { target });
};
/** Evaluations of the served cluster come one by one, as its loop makes them. */
const pass = async (clusterMs: number) => {
  for (let left = clusterMs; left > 0; left -= 5_000) {
    held.pass(5_000);
    served.alerts.evaluateDue();
  }
  headless.metricsAt(now(), ['training_']);
};
const askedOverSsh = (node: string, line: string) => {
  const client = clients.get(node);
  if (client === undefined) throw new Error(`nobody is logged in on ${node}`);
  return exec(client, line);
};

describe('a command', () => {
  it.each([
    'nvidia-smi --query-gpu=index,uuid,pci.bus_id,persistence_mode --format=csv,noheader,nounits',
    'nvidia-smi -q -d CLOCK',
    'nvidia-smi topo -m',
    'dcgmi health -g 0 -c -j',
    'dmesg --time-format iso --level emerg,alert,crit,err,warn',
    'cat /proc/vmstat',
    'sudo -n wardround-job list',
    'sudo -n wardround-job stacks',
    'sudo -n wardround-measure hbm 3',
    'timeout -k 2 10 lsmod',
    'reboot',
    'lsmod; reboot',
    '',
  ])('%j has the answer of every node', async (line) => {
    const replies = await Promise.all(
      nodes.map(async (node) => {
        const { code, stdout, stderr } = await askedOverSsh(node, line);
        return { kind: 'answered', stdout, stderr, exitCode: code };
      }),
    );
    expect(nodes.map((node) => headless.commandAt(now(), node, line))).toMatchObject(replies);
    expect(replies.filter(({ stdout, stderr }) => stdout + stderr === '')).toEqual([]);
  });

  it.each(['scontrol -o show node', 'squeue --json', 'lsmod'])(
    '%j has the answer of the management host',
    async (line) => {
      const { code, stdout, stderr } = await askedOverSsh('mgmt-01', line);
      expect(headless.commandAt(now(), 'mgmt-01', line)).toMatchObject({ stdout, stderr, exitCode: code });
    },
  );

  it('that takes its time has the same answer, and says how long it took', async () => {
    const line = 'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 5 -d 1000';
    const { code, stdout } = await askedOverSsh('node-01', line);
    const answer = headless.commandAt(now(), 'node-01', line);
    expect(answer).toMatchObject({ kind: 'answered', stdout, exitCode: code, seconds: 4 });
    expect(headless.nowMs()).toBe(now());
  });
});

describe('logs', () => {
  it('are the objects in the store, byte for byte', async () => {
    await served.shipper.shipDue(never);
    const root = join(held.config.stateDir, 'logs');
    const stored = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const objects = new Map(
      [...headless.logsBetween(headless.startMs, now())].map(({ key, text }) => [key, text] as const),
    );
    expect(stored.length).toBeGreaterThan(100);
    expect(Object.fromEntries(objects)).toEqual(
      Object.fromEntries(stored.map((path) => [relative(root, path), readFileSync(path, 'utf8')])),
    );
  });
});

describe('alerts', () => {
  it('are those that the site fires', () => {
    const firing = served.alerts.alerts().filter(({ state }) => state === 'firing');
    expect(firing.map(({ alertname }) => alertname)).toEqual(['TrainingStepSlow']);
    expect(headless.alertsAt(now())).toMatchObject(
      firing.map(({ labels, annotations, fingerprint, firedAtMs }) => ({
        labels,
        annotations,
        fingerprint,
        startsAt: new Date(firedAtMs ?? 0).toISOString(),
      })),
    );
  });
});

describe('metrics', () => {
  it('have the text and the ranges of the served ones', async () => {
    const text = await (await fetch(`${served.httpUrl}/metrics`)).text();
    expect(headless.metricsAt(now())).toBe(text);
    const [fromMs, toMs] = [now() - minutes(10), now()];
    for (const query of ['training_step_seconds', 'DCGM_FI_DEV_SM_CLOCK{Hostname="node-02"}', 'ALERTS']) {
      const range = { query, start: String(fromMs / 1_000), end: String(toMs / 1_000), step: '15' };
      const reply = await fetch(`${served.httpUrl}/api/v1/query_range?${new URLSearchParams(range).toString()}`);
      expect(await reply.json()).toEqual({
        status: 'success',
        data: { resultType: 'matrix', result: headless.metricsBetween(query, { fromMs, toMs, stepMs: 15_000 }) },
      });
    }
  });
});

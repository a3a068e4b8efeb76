import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { DiagnosisReport } from '../../workers/cli/diagnose-report.ts';
import { repositoryPath } from '../support/repository.ts';
import { newStateDir, runCli } from '../support/running-stack.ts';

/** A real cluster of SSH servers, and nothing else of the product: what an engineer has who gets a folder with logs. */
const msMax = 60_000;
const stateDir = newStateDir();
const env = { WARDROUND_STATE_DIR: stateDir };
const logs = join(stateDir, 'cluster/logs/logs/site-a');
let cluster: ChildProcess;

beforeAll(async () => {
  const words = ['cluster', 'up', '--nodes', '4', '--seed', '21', '--rate', '40', '--json'];
  cluster = spawn(process.execPath, [repositoryPath('workers/cli.ts'), ...words], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  cluster.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await vi.waitUntil(() => printed.includes('"ready": true'), { timeout: msMax, interval: 100 });
  const injected = await runCli(['cluster', 'inject', 'gpu-clock-lock', '--node', 'node-03', '--gpu', '5'], env);
  if (injected.code !== 0) throw new Error(injected.stderr);
  // Of each node and of the job.
  await vi.waitUntil(() => readdirSync(logs).length > 4, { timeout: msMax, interval: 100 });
}, msMax);
afterAll(async () => {
  if (cluster?.exitCode === null) {
    cluster.kill('SIGINT');
    await new Promise((resolve) => cluster.once('exit', resolve));
  }
  rmSync(stateDir, { recursive: true, force: true });
}, msMax);

it(
  'finds with the nodes and the metrics what the logs alone do not tell',
  async () => {
    const { code, stdout, stderr } = await runCli(['diagnose', logs, '--cluster', 'site-a', '--json'], env);
    const report = JSON.parse(stdout) as DiagnosisReport; // our own output
    expect(report.verdict).toBe('attributed');
    expect(report.causes[0]).toMatchObject({
      category: 'gpu-clock-throttle',
      node: 'node-03',
      device: { kind: 'gpu', index: 5 },
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^first look: \d+ readings of \d+ probes on 4 nodes/m);
    expect(report.site?.metrics?.series).toBeGreaterThan(0);
  },
  msMax,
);

it(
  'asks nothing of a host whose key the inventory does not have, and reads the others',
  async () => {
    const inventory = join(stateDir, 'other-key.json');
    writeFileSync(inventory, withKeyOfAnother(join(stateDir, 'cluster/inventory.json'), 'node-03'));
    const { code, stdout, stderr } = await runCli(['diagnose', logs, '--cluster', 'site-a', '--json'], {
      ...env,
      WARDROUND_INVENTORY: inventory,
    });
    const report = JSON.parse(stdout) as DiagnosisReport; // our own output
    expect(stderr).toContain('the host key is not one of the inventory');
    expect(JSON.stringify(report.causes)).not.toMatch(/probe gpu\.[a-z-]+ on node-03/);
    expect(report.site?.batches[0]?.readings).toBeGreaterThan(report.site?.batches[0]?.unreadCount ?? 0);
    expect([0, 3]).toContain(code);
  },
  msMax,
);

interface Keyed {
  readonly nodes: { readonly name: string; readonly ssh: { hostKeys: readonly string[] } }[];
}

function withKeyOfAnother(file: string, node: string): string {
  const inventory = JSON.parse(readFileSync(file, 'utf8')) as Keyed; // written by the cluster
  const other = inventory.nodes.find(({ name }) => name !== node);
  for (const { name, ssh } of inventory.nodes) if (name === node) ssh.hostKeys = other?.ssh.hostKeys ?? [];
  return JSON.stringify(inventory);
}

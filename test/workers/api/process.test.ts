import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import { sha256Hex } from '../../../workers/api/bearer.ts';
import { changeTokenFile } from '../../../workers/api/token-file.ts';
import { repositoryPath } from '../../support/repository.ts';

const token = 'a-token-of-the-tests-0123456789';
let folder: string;
let inventory: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-test-'));
  inventory = join(folder, 'inventory.json');
  const ssh = { host: '127.0.0.1', port: 22, user: 'probe', hostKeys: ['ssh-ed25519 AAAA'] };
  const content: Inventory = {
    version: 1,
    cluster: 'site-a',
    platform: 'nvidia-linux',
    nodes: [{ name: 'node-01', ssh, gpus: [], hcas: [] }],
    jobs: [],
    jumpHosts: [],
    mounts: [],
    interfaces: [],
    logs: { bucket: 'raw-logs', rank: '{rank}', kernel: '{node}', windowMs: 60_000, shippingLagMs: 0 },
    clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 1 },
  };
  writeFileSync(inventory, JSON.stringify(content));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startApi(environment: Record<string, string>): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', WARDROUND_STATE_DIR: folder, ...environment };
  return spawn(process.execPath, [repositoryPath('workers/api.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The first line of the log that says so; rejects when the process ends before. */
function logged(api: ChildProcess, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: api.stdout! });
    lines.on('line', (line) => (JSON.parse(line) as { msg: string }).msg === message && resolve());
    lines.once('close', () => reject(new Error(`ended without "${message}"`)));
  });
}

const ended = (api: ChildProcess) => new Promise<number | null>((resolve) => void api.once('exit', resolve));

describe('the API process', () => {
  it('starts while Temporal is down, says that it is not ready, and stops cleanly on SIGTERM', async () => {
    const port = await getPort({ host: '127.0.0.1' });
    const api = startApi({
      WARDROUND_API_LISTEN: `127.0.0.1:${port}`,
      WARDROUND_API_TOKEN: token,
      WARDROUND_INVENTORY: inventory,
      WARDROUND_TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    const exit = ended(api);
    try {
      await logged(api, 'listening');
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
      expect((await fetch(`http://127.0.0.1:${port}/v1/alerts`, { method: 'POST' })).status).toBe(401);
    } finally {
      api.kill('SIGTERM');
    }
    expect(await exit).toBe(0);
  });

  it('takes tokens from a file, and a new one without a restart', async () => {
    const file = join(folder, 'tokens.json');
    changeTokenFile(file, () => []);
    const port = await getPort({ host: '127.0.0.1' });
    const api = startApi({
      WARDROUND_API_LISTEN: `127.0.0.1:${port}`,
      WARDROUND_API_TOKENS_FILE: file,
      WARDROUND_INVENTORY: inventory,
      WARDROUND_TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    const exit = ended(api);
    // Without a body: who it is comes first, and 415 says that it was let in.
    const post = async () =>
      (
        await fetch(`http://127.0.0.1:${port}/v1/alerts`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    try {
      await logged(api, 'listening');
      expect(await post()).toBe(401);
      changeTokenFile(file, () => [{ name: 'tests', sha256: sha256Hex(token), expiresAtMs: null }]);
      expect(await post()).toBe(415);
      changeTokenFile(file, () => []);
      expect(await post()).toBe(401);
    } finally {
      api.kill('SIGTERM');
    }
    expect(await exit).toBe(0);
  });

  it.each([
    ['WARDROUND_API_TOKENS_FILE', { WARDROUND_INVENTORY: '/nowhere' }],
    ['/no/list', { WARDROUND_API_TOKENS_FILE: '/no/list', WARDROUND_INVENTORY: 'inventory' }],
    ['WARDROUND_API_TOKEN', { WARDROUND_INVENTORY: '/nowhere' }],
    ['WARDROUND_INVENTORY', { WARDROUND_API_TOKEN: token }],
    ['/nowhere', { WARDROUND_API_TOKEN: token, WARDROUND_INVENTORY: '/nowhere' }],
  ])('names %s when it can not start without it', async (name, environment) => {
    const api = startApi(environment);
    let trouble = '';
    api.stderr?.on('data', (chunk: Buffer) => void (trouble += chunk.toString()));
    expect(await ended(api)).toBe(1);
    expect(trouble).toContain(name);
    expect(trouble).not.toMatch(/^ +at /m);
  });
});

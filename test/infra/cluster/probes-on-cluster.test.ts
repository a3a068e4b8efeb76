import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { createSshProbeRunner } from '../../../activities/adapters/ssh/probe-runner.ts';
import { parseConfig } from '../../../infra/cluster/config.ts';
import { startCluster } from '../../../infra/cluster/start.ts';
import { newSshKey } from '../../../infra/ssh-key.ts';
import { probeById, probes } from '../../../kb/probes/index.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';
import { readNodes } from '../../../workers/cli/probe-run.ts';

const root = mkdtempSync(join(tmpdir(), 'wr-probes-'));
const keys = { probe: newSshKey(), remediation: newSshKey() };
// Second reads and measurements take cluster time.
const rate = 20;
let running: Awaited<ReturnType<typeof startCluster>>;
let inventory: Inventory;
const runner = createSshProbeRunner({ privateKey: keys.probe.private, limits: { perNodeMinuteMax: 100_000 } });

beforeAll(async () => {
  running = await startCluster(
    parseConfig({
      seed: 5,
      // From 16 on there are several jobs and spare nodes.
      nodes: 16,
      rate,
      stateDir: join(root, 'state'),
      probePublicKey: keys.probe.public,
      remediationPublicKey: keys.remediation.public,
      gateScript: fileURLToPath(new URL('../../../infra/gate/wardround-gate.sh', import.meta.url)),
    }),
    { loops: false },
  );
  const [only] = loadInventories(running.inventoryPath).values();
  if (only === undefined) throw new Error('a cluster has an inventory');
  inventory = only;
});
afterAll(async () => {
  runner.close();
  await running.stop();
  rmSync(root, { recursive: true, force: true });
});

const read = (probe: Probe, nodes: readonly string[], args: Readonly<Record<string, string>> | null = null) =>
  readNodes({
    probe,
    args,
    inventory,
    nodes,
    runner,
    load: probe.impact === 'load',
    signal: AbortSignal.timeout(60_000),
  });

/** Tools of another scheduler, package manager or time daemon. */
const notOnThisCluster = [
  'kubernetes.node',
  ...probes.flatMap(({ id, insteadOf }) => (insteadOf === undefined ? [] : [id])),
];

const passive = probes.filter(({ id, impact }) => impact !== 'load' && !notOnThisCluster.includes(id));

describe.each(passive.map((probe) => [probe.id, probe] as const))('%s', (_id, probe) => {
  it('reads every node of a healthy cluster, behind the forced command, and finds nothing wrong', async () => {
    const readings = await read(probe, ['node-01', 'node-02', 'node-03', 'node-04']);
    expect(readings.filter((one) => !one.read).map(({ reason }) => reason)).toEqual([]);
    const wrong = readings.flatMap(({ node, findings }) =>
      findings.filter(({ role }) => role === 'cause' || role === 'symptom').map(({ text }) => `${node}: ${text}`),
    );
    expect(wrong).toEqual([]);
  }, 30_000);
});

it.each(notOnThisCluster)('%s says that its tool is not installed', async (id) => {
  const probe = probeById(id);
  const readings = probe === undefined ? [] : await read(probe, ['node-01', 'node-02']);
  expect(readings.map(({ reason }) => / is not installed (?:or not enabled )?on the node$/.test(reason ?? ''))).toEqual(
    [true, true],
  );
});

describe.each(probes.filter(({ impact }) => impact === 'load').map((probe) => [probe.id, probe] as const))(
  '%s',
  (_id, probe) => {
    it('measures an idle node as a healthy one, and is told that a node at work is busy', async () => {
      const { world } = running.simulator;
      const spare = world.nodes.filter(({ index }) => !world.jobs.some(({ nodes }) => nodes.includes(index)));
      const peer = inventory.nodes.find(({ name }) => name === spare[1]?.name)?.address ?? '';
      const twoSided = probe.otherSide !== undefined;
      const [idle] = await read(probe, [spare[0]?.name ?? ''], twoSided ? { hca: 'mlx5_0', peer } : null);
      expect(idle?.reason).toBeUndefined();
      const roles = new Set(idle?.findings.map(({ role }) => role));
      expect([...roles]).not.toContain('cause');
      expect([...roles]).not.toContain('symptom');
      const [busy] = await read(probe, ['node-01']);
      expect(busy?.findings.map(({ role }) => role) ?? []).not.toContain('clean');
    }, 120_000);
  },
);

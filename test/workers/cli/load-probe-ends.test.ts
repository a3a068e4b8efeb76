import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { createSshProbeRunner, type SshProbeRunner } from '../../../activities/adapters/ssh/probe-runner.ts';
import { createRunProbeBatch } from '../../../activities/run-probe-batch.ts';
import { parseConfig } from '../../../infra/cluster/config.ts';
import { startCluster } from '../../../infra/cluster/start.ts';
import { newSshKey } from '../../../infra/ssh-key.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import { gateNode, gateScript, measureScript, probeScript } from '../../infra/gate/gate-node.ts';
import { processesOf, remoteNode } from '../../infra/gate/remote-node.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { repositoryPath } from '../../support/repository.ts';
import { requireTool } from '../../support/requires.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { optionalProgram } from '../../support/tools.ts';

/** A node that is idle, with what a probe worker or the command line needs to reach it. */
interface World {
  readonly inventoryPath: string;
  readonly privateKey: string;
  readonly user?: string;
  readonly node: string;
  /** Processes of the measuring tool on the node. */
  readonly running: () => Promise<number>;
  /** Processes of the whole measurement, scripts included. */
  readonly left: () => Promise<number>;
  /** Could another measurement begin? */
  isFree(): Promise<boolean>;
  stop(): Promise<void>;
}

const beginMsMax = 20_000;
// The measurement itself takes longer than this, so that its own end is not taken for ours.
const endMsMax = 8_000;
const tool = 'dcgmproftester12';

async function simulatedCluster(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'wr-load-'));
  const [probe, remediation] = [newSshKey(), newSshKey()];
  const cluster = await startCluster(
    parseConfig({
      seed: 5,
      // From 16 on the last ones are spare. At the rate of the wall clock a measurement takes 12 seconds.
      nodes: 16,
      rate: 1,
      stateDir: join(root, 'state'),
      probePublicKey: probe.public,
      remediationPublicKey: remediation.public,
      gateScript,
    }),
    { loops: false },
  );
  const inventoryPath = cluster.inventoryPath;
  const host = inventoryOf(inventoryPath).nodes.at(-1);
  if (host === undefined) throw new Error('a cluster has nodes');
  const runner = createSshProbeRunner({ privateKey: probe.private });
  const limits = { timeoutMs: 1_000, outputBytesMax: 1_000_000 };
  const running = async () => {
    const { stdout } = await runner.run(host, ['ps', '-eo', 'pid,ppid,stat,wchan:32,etimes,comm'], limits);
    return stdout.split('\n').filter((line) => line.includes(tool.slice(0, 15))).length;
  };
  return {
    inventoryPath,
    privateKey: probe.private,
    node: host.name,
    running,
    left: running,
    async isFree() {
      const asked = await runner.run(host, ['sudo', '-n', 'wardround-measure', 'gemm', '7'], limits);
      return asked.stdout.startsWith('== measure gemm 7 ');
    },
    async stop() {
      runner.close();
      await cluster.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const sshd = optionalProgram('sshd');
const linux = { name: 'procfs', available: existsSync('/proc/self/stat'), why: 'processes are told by /proc' };

/** One node behind a real OpenSSH server, with the real scripts and a tool that minds no polite request. */
async function openSshNode(context: TestContext): Promise<World> {
  requireTool(context, sshd);
  requireTool(context, linux);
  const node = gateNode();
  const runDir = join(node.root, 'run');
  node.tool('nvidia-smi', `case $1 in *compute-apps*) ;; *) seq 0 7 | sed 's/.*/&, GPU-&/' ;; esac`);
  node.tool('sudo', 'shift; exec "$@"');
  node.tool('wardround-measure', `exec /bin/sh ${measureScript} "$@"`);
  node.tool(tool, `trap '' TERM HUP INT; sleep 301 & sleep 302; wait`);
  const environment = `PATH=${node.root}:/usr/bin:/bin WARDROUND_RUN_DIR=${runDir}`;
  const remote = await remoteNode(sshd.path ?? '', node, `${environment} exec /bin/sh ${probeScript}`);
  const small = smallInventory();
  const nodes = small.nodes.slice(0, 1).map((one) => ({ ...one, ssh: remote.server.node.ssh }));
  const inventoryPath = join(node.root, 'inventory.json');
  writeFileSync(inventoryPath, JSON.stringify({ ...small, nodes, jobs: [] }));
  return {
    inventoryPath,
    privateKey: remote.key.private,
    node: nodes[0]?.name ?? '',
    running: async () => processesOf(node).filter((line) => line.startsWith('sleep 30')).length,
    left: async () => processesOf(node).length,
    isFree: async () => spawnSync('flock', ['-n', join(runDir, 'measure.lock'), 'true']).status === 0,
    async stop() {
      await remote.stop();
      node.remove();
    },
  };
}

function inventoryOf(path: string): Inventory {
  const [only] = loadInventories(path).values();
  if (only === undefined) throw new Error(`${path} holds an inventory`);
  return only;
}

const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

describe.each([
  ['the simulated cluster', simulatedCluster],
  ['a real OpenSSH server', openSshNode],
] as const)('a load probe on %s leaves no process and no reservation', (_name, open) => {
  async function world(context: TestContext): Promise<World> {
    const opening = await open(context);
    opened.push(() => opening.stop());
    return opening;
  }
  async function nothingLeft(at: World): Promise<void> {
    await expect.poll(at.left, { timeout: endMsMax }).toBe(0);
    expect(await at.isFree()).toBe(true);
  }

  it.for([
    ['Ctrl-C', 'SIGINT', 1, /^Error: measure\.gemm was stopped; its commands were ended\n/],
    ['kill -9', 'SIGKILL', null, /^$/],
    ['the terminal that closes', 'SIGHUP', null, /^$/],
  ] as const)('after %s of the command line', async ([_what, signal, exitCode, says], context) => {
    const at = await world(context);
    const folder = mkdtempSync(join(tmpdir(), 'wr-load-cli-'));
    opened.push(() => rmSync(folder, { recursive: true, force: true }));
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, at.privateKey, { mode: 0o600 });
    const child = spawn(
      process.execPath,
      [repositoryPath('workers/cli.ts'), 'probe', 'run', 'measure.gemm', '--on', at.node, '--load', '--yes'],
      {
        env: {
          ...process.env,
          WARDROUND_INVENTORY: at.inventoryPath,
          WARDROUND_PROBE_KEY_FILE: keyFile,
          WARDROUND_STATE_DIR: folder,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    opened.push(() => void child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await expect.poll(at.running, { timeout: beginMsMax, message: 'the measurement begins' }).toBeGreaterThan(0);
    expect(await at.isFree()).toBe(false);
    child.kill(signal);
    expect(await ended).toBe(exitCode);
    expect(said).toMatch(says);
    await nothingLeft(at);
  });

  it('after the activity is cancelled', async (context) => {
    const at = await world(context);
    const runner: SshProbeRunner = createSshProbeRunner({ privateKey: at.privateKey });
    opened.push(() => runner.close());
    const inventory = inventoryOf(at.inventoryPath);
    const { cluster } = inventory;
    const activity = createRunProbeBatch({
      runner,
      evidence: memoryEvidence('probes'),
      inventories: new Map([[cluster, inventory]]),
    });
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    const key = { cluster, workflowId: `incident/${cluster}/00`, runId: 'run-1' };
    const probes = [{ probeId: 'measure.gemm', nodes: [at.node] }];
    const ended = environment.run(activity, { key, batch: 'b', probes, load: true }).then(
      () => 'it ended by itself',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    await expect.poll(at.running, { timeout: beginMsMax, message: 'the measurement begins' }).toBeGreaterThan(0);
    environment.cancel('CANCELLED');
    expect(await ended).toBe('CANCELLED');
    await nothingLeft(at);
  });
});

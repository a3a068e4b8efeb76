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
import type { SshHost } from '../../../activities/ports.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import { newKey, type Key } from '../../activities/adapters/ssh/ssh-node.ts';
import { gateNode, gateScript, measureScript, probeScript } from '../../infra/gate/gate-node.ts';
import { processesOf, remoteNode } from '../../infra/gate/remote-node.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { repositoryPath } from '../../support/repository.ts';
import { requireTool } from '../../support/requires.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { optionalProgram } from '../../support/tools.ts';

/** A probe that loads devices, and the tool that does. Of one between two nodes, the tool runs on both. */
interface Load {
  readonly probeId: string;
  readonly tool: string;
  readonly nodes: 1 | 2;
}
const gemm: Load = { probeId: 'measure.gemm', tool: 'dcgmproftester12', nodes: 1 };
const stress: Load = { probeId: 'gpu.dcgm-stress', tool: 'dcgmi', nodes: 1 };
const write: Load = { probeId: 'measure.ib-write-bw', tool: 'ib_write_bw', nodes: 2 };

/** Nodes that are idle, with what a probe worker or the command line needs to reach them. */
interface World {
  readonly inventoryPath: string;
  readonly privateKey: string;
  /** Where the probe is asked for. */
  readonly node: string;
  /** Nodes on which the measuring tool runs. */
  readonly running: () => Promise<number>;
  /** Processes of the whole measurement, scripts included, on all nodes. */
  readonly left: () => Promise<number>;
  /** Of each node that takes part: could another measurement begin? */
  free(): Promise<readonly boolean[]>;
  stop(): Promise<void>;
}

const beginMsMax = 20_000;
// The measurement itself takes longer than this, so that its own end is not taken for ours.
const endMsMax = 8_000;

async function simulatedCluster(_context: TestContext, { tool, nodes }: Load): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'wr-load-'));
  const [probe, remediation] = [newSshKey(), newSshKey()];
  const cluster = await startCluster(
    parseConfig({
      seed: 5,
      // The last ones are spare. At half the rate of the wall clock the shortest measurement takes 11 seconds.
      nodes: 32,
      rate: 0.5,
      stateDir: join(root, 'state'),
      probePublicKey: probe.public,
      remediationPublicKey: remediation.public,
      gateScript,
    }),
    { loops: false },
  );
  const inventoryPath = cluster.inventoryPath;
  // The peer of a node is the next one of the inventory.
  const hosts = inventoryOf(inventoryPath).nodes.slice(-nodes);
  const runner = createSshProbeRunner({ privateKey: probe.private });
  const limits = { timeoutMs: 1_000, outputBytesMax: 1_000_000 };
  const onEach = <T>(ask: (host: SshHost) => Promise<T>) => Promise.all(hosts.map(ask));
  const processes = async () => {
    const listed = await onEach((host) =>
      runner.run(host, ['ps', '-eo', 'pid,ppid,stat,wchan:32,etimes,comm'], limits),
    );
    return listed.map(
      ({ stdout }) => stdout.split('\n').filter((line) => line.trim().endsWith(` ${tool.slice(0, 15)}`)).length,
    );
  };
  return {
    inventoryPath,
    privateKey: probe.private,
    node: hosts[0]?.name ?? '',
    running: async () => (await processes()).filter((count) => count > 0).length,
    left: async () => (await processes()).reduce((sum, count) => sum + count, 0),
    free: () =>
      onEach(async (host) => {
        const asked = await runner.run(host, ['sudo', '-n', 'wardround-measure', 'gemm', '7'], limits);
        return asked.stdout.startsWith('== measure gemm 7 ');
      }),
    async stop() {
      runner.close();
      await cluster.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const sshd = optionalProgram('sshd');
const linux = { name: 'procfs', available: existsSync('/proc/self/stat'), why: 'processes are told by /proc' };

/** Nodes behind real OpenSSH servers, with the real scripts and a tool that minds no polite request. */
async function openSshNodes(context: TestContext, load: Load): Promise<World> {
  requireTool(context, sshd);
  requireTool(context, linux);
  const key = newKey();
  const small = smallInventory();
  const scenes = await Promise.all(small.nodes.slice(0, load.nodes).map((node) => openSshNode(node, load, key)));
  const [first] = scenes;
  if (first === undefined) throw new Error('an inventory has nodes');
  const inventoryPath = join(first.folder.root, 'inventory.json');
  writeFileSync(inventoryPath, JSON.stringify({ ...small, nodes: scenes.map(({ node }) => node), jobs: [] }));
  const processes = () => scenes.map(({ folder }) => processesOf(folder));
  const works = (lines: readonly string[]) => lines.some((line) => line.startsWith('sleep 30'));
  return {
    inventoryPath,
    privateKey: key.private,
    node: first.node.name,
    running: async () => processes().filter(works).length,
    left: async () => processes().flat().length,
    free: async () => scenes.map(({ lock }) => spawnSync('flock', ['-n', lock, 'true']).status === 0),
    async stop() {
      for (const scene of scenes) await scene.stop();
    },
  };
}

async function openSshNode(node: Inventory['nodes'][number], { tool }: Load, key: Key) {
  const folder = gateNode();
  const runDir = join(folder.root, 'run');
  folder.tool('nvidia-smi', `case $1 in *compute-apps*) ;; *) seq 0 7 | sed 's/.*/&, GPU-&/' ;; esac`);
  folder.tool('sudo', 'shift; exec "$@"');
  folder.tool('wardround-measure', `exec /bin/sh ${measureScript} "$@"`);
  folder.tool(tool, `trap '' TERM HUP INT; sleep 301 & sleep 302; wait`);
  const environment = `PATH=${folder.root}:/usr/bin:/bin WARDROUND_RUN_DIR=${runDir}`;
  const remote = await remoteNode(sshd.path ?? '', folder, `${environment} exec /bin/sh ${probeScript}`, key);
  return {
    folder,
    node: { ...node, ssh: remote.server.node.ssh, hcas: [{ name: 'mlx5_0', port: 1 }] },
    lock: join(runDir, 'measure.lock'),
    async stop() {
      await remote.stop();
      folder.remove();
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
  ['a real OpenSSH server', openSshNodes],
] as const)('a load probe on %s leaves no process and no reservation', (_name, open) => {
  async function world(context: TestContext, load: Load): Promise<World> {
    const opening = await open(context, load);
    opened.push(() => opening.stop());
    return opening;
  }
  async function begun(at: World, { nodes }: Load): Promise<void> {
    await expect.poll(at.running, { timeout: beginMsMax, message: 'the measurement begins' }).toBe(nodes);
    expect(await at.free()).toEqual(Array.from({ length: nodes }, () => false));
  }
  async function nothingLeft(at: World, { nodes }: Load): Promise<void> {
    await expect.poll(at.left, { timeout: endMsMax }).toBe(0);
    expect(await at.free()).toEqual(Array.from({ length: nodes }, () => true));
  }

  it.for([
    ['Ctrl-C', gemm.probeId, 'SIGINT', gemm],
    ['kill -9', gemm.probeId, 'SIGKILL', gemm],
    ['the terminal that closes', gemm.probeId, 'SIGHUP', gemm],
    ['Ctrl-C', stress.probeId, 'SIGINT', stress],
    ['kill -9', stress.probeId, 'SIGKILL', stress],
    ['Ctrl-C', write.probeId, 'SIGINT', write],
    ['kill -9', write.probeId, 'SIGKILL', write],
  ] as const)('after %s of the command line, %s', async ([_what, probeId, signal, load], context) => {
    const at = await world(context, load);
    const folder = mkdtempSync(join(tmpdir(), 'wr-load-cli-'));
    opened.push(() => rmSync(folder, { recursive: true, force: true }));
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, at.privateKey, { mode: 0o600 });
    const child = spawn(
      process.execPath,
      [repositoryPath('workers/cli.ts'), 'probe', 'run', probeId, '--on', at.node, '--load', '--yes'],
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
    await begun(at, load);
    child.kill(signal);
    expect(await ended).toBe(signal === 'SIGINT' ? 1 : null);
    const stopped = new RegExp(`^Error: ${probeId} was stopped; its commands were ended\\n`);
    expect(said).toMatch(signal === 'SIGINT' ? stopped : /^$/);
    await nothingLeft(at, load);
  });

  it.for([
    [gemm.probeId, gemm],
    [stress.probeId, stress],
    [write.probeId, write],
  ] as const)('after the activity is cancelled, %s', async ([probeId, load], context) => {
    const at = await world(context, load);
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
    const probes = [{ probeId, nodes: [at.node] }];
    const ended = environment.run(activity, { key, batch: 'b', probes, load: true }).then(
      () => 'it ended by itself',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    await begun(at, load);
    environment.cancel('CANCELLED');
    expect(await ended).toBe('CANCELLED');
    await nothingLeft(at, load);
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { loadInventories } from '../../../../activities/adapters/inventory-files.ts';
import { openSecrets } from '../../../../infra/stack/secrets.ts';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';
import type { Environment } from '../../../config.ts';
import { repositoryFile } from '../../../repository-file.ts';
import type { Terminal } from '../../output.ts';
import { describeHost, type Machine } from '../machine.ts';
import { withDeadNodes } from './dead-nodes.ts';
import { fanoutLimits, type FanoutLimits } from './limits.ts';
import { cpuSecondsOf, measureClient, type ClientMeasure } from './measure-client.ts';
import { peerArguments, pythonWithPeers, type PeerName } from './peers.ts';
import { fanoutShapes, type FanoutJob, type FanoutShape } from './shapes.ts';

export interface FanoutBench {
  readonly nodes: number;
  readonly runs: number;
  readonly seed: number;
  readonly shapes: readonly ShapeResult[];
  readonly limits: readonly FanoutLimits[];
  /** Why the others were not measured. */
  readonly peersMissing: string | null;
  readonly machine: Machine;
}

export interface ShapeResult {
  readonly shape: FanoutShape;
  readonly clients: Readonly<Partial<Record<ClientName, readonly ClientRun[]>>>;
}

export type ClientName = 'wardround' | PeerName;

export interface ClientRun extends ClientMeasure {
  /** Of the process with the SSH servers meanwhile: where it is near the wall time, the servers were the limit. */
  readonly serverCpuSeconds: number | null;
}

export interface FanoutOptions {
  readonly nodes: number;
  readonly runs: number;
  readonly seed: number;
  readonly stateDir: string;
  readonly python: string | null;
  /** Where the others are installed if this machine has none of them. */
  readonly toolsDir: string;
  readonly alone: boolean;
  readonly env: Environment;
}

/** The same servers, the same commands, one client after the other in turns, so that a slow moment strikes all of them. */
export async function runFanoutBench(
  terminal: Pick<Terminal, 'err'>,
  options: FanoutOptions,
  stop: AbortSignal,
): Promise<FanoutBench> {
  const { nodes, runs, seed, env } = options;
  const say = (text: string) => terminal.err(text);
  const found = options.alone
    ? { missing: 'not asked for' }
    : pythonWithPeers(options.python, path.join(options.toolsDir, 'fanout-peers'), env);
  if ('missing' in found && !options.alone) say(`parallel-ssh and clush are not measured: ${found.missing}`);
  const servers = await startServers(options);
  say(`${nodes} SSH servers are up`);
  try {
    const shapes: ShapeResult[] = [];
    for (const shape of fanoutShapes(nodes)) {
      if (stop.aborted) break;
      shapes.push(await runShape(shape, options, servers, 'python' in found ? found.python : null, say, stop));
    }
    const peersMissing = 'missing' in found ? found.missing : null;
    return { nodes, runs, seed, shapes, limits: fanoutLimits(shapes), peersMissing, machine: describeHost() };
  } finally {
    servers.process.kill('SIGTERM');
    await once(servers.process, 'close');
  }
}

interface Servers {
  readonly process: ChildProcess;
  readonly inventory: Inventory;
  readonly keyFile: string;
}

async function runShape(
  shape: FanoutShape,
  { runs, stateDir, env }: FanoutOptions,
  servers: Servers,
  python: string | null,
  say: (text: string) => void,
  stop: AbortSignal,
): Promise<ShapeResult> {
  const folder = path.join(stateDir, 'jobs');
  mkdirSync(folder, { recursive: true });
  const dead = await withDeadNodes(servers.inventory, shape.deadShare);
  const inventoryPath = path.join(folder, 'inventory.json');
  writeFileSync(inventoryPath, JSON.stringify(dead.inventory));
  const nodes = dead.inventory.nodes.slice(0, shape.nodes).map(({ name }) => name);
  const { keyFile } = servers;
  const clients: Partial<Record<ClientName, ClientRun[]>> = {};
  const names: readonly ClientName[] = ['wardround', ...(python === null ? [] : (['parallel-ssh', 'clush'] as const))];
  try {
    for (let run = 0; run < runs; run += 1)
      for (const name of names) {
        if (stop.aborted) break;
        const job: FanoutJob = { inventoryPath, keyFile, probes: shape.probes, nodes };
        const [program, args] =
          name === 'wardround'
            ? ourClient(folder, job)
            : [python ?? '', peerArguments(name, { ...job, inventory: dead.inventory, folder })];
        const before = cpuSecondsOf(servers.process.pid ?? 0);
        const measure = await measureClient(program, args, env, stop);
        const after = cpuSecondsOf(servers.process.pid ?? 0);
        const serverCpuSeconds = before === null || after === null ? null : after - before;
        (clients[name] ??= []).push({ ...measure, serverCpuSeconds });
        const { read, unread, seconds } = measure.answer;
        say(`${shape.name}, ${name}, run ${run + 1}: ${read} read, ${unread} not, ${seconds.toFixed(1)} s`);
      }
    return { shape, clients };
  } finally {
    await dead.close();
  }
}

function ourClient(folder: string, job: FanoutJob): readonly [string, readonly string[]] {
  const file = path.join(folder, 'wardround.json');
  writeFileSync(file, JSON.stringify(job));
  return [process.execPath, [repositoryFile('workers/cli/bench/fanout/client.ts'), file]];
}

const readyMsMax = 120_000;

/** The simulated cluster in a process of its own, in real time: nothing but SSH is asked of it. */
async function startServers({ nodes, seed, stateDir, env }: FanoutOptions): Promise<Servers> {
  const folder = path.join(stateDir, 'cluster');
  const secretsDir = path.join(stateDir, 'secrets');
  for (const one of [folder, secretsDir]) mkdirSync(one, { recursive: true, mode: 0o700 });
  const secrets = openSecrets(secretsDir);
  const config = path.join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      seed,
      nodes,
      rate: 1,
      stateDir: folder,
      probePublicKey: secrets.probeKey.publicLine,
      remediationPublicKey: secrets.remediationKey.publicLine,
      gateScript: repositoryFile('infra/gate/wardround-gate.sh'),
      // Logs of thousands of ranks would be written meanwhile.
      logWindowMs: 24 * 3_600_000,
      healthyHistoryMs: 0,
    }),
  );
  const child = spawn(process.execPath, [repositoryFile('infra/cluster/main.ts'), config], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await firstLine(child);
  // The simulator's own line when it is up.
  const { inventoryPath } = JSON.parse(ready) as { inventoryPath: string };
  const [inventory] = loadInventories(inventoryPath).values();
  if (inventory === undefined) throw new Error(`no inventory in ${inventoryPath}`);
  return { process: child, inventory, keyFile: secrets.probeKey.privateFile };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the simulated cluster was not up in time')), readyMsMax);
    const done = () => clearTimeout(late);
    child.once('close', (code) => {
      done();
      reject(new Error(`the simulated cluster ended with ${code ?? 'a signal'}`));
    });
    if (child.stdout === null) throw new Error('the output of a piped process can be read');
    createInterface({ input: child.stdout }).once('line', (line) => {
      done();
      resolve(line);
    });
  });
}

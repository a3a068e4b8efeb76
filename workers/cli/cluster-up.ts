import path from 'node:path';
import { parseConfig } from '../../infra/cluster/config.ts';
import { startCluster, type RunningCluster } from '../../infra/cluster/start.ts';
import { SimulatorRefusal } from '../../infra/cluster/state/simulator.ts';
import { openSecrets } from '../../infra/stack/secrets.ts';
import { removeSimulatorFile, writeSimulatorFile } from '../../infra/stack/simulator-file.ts';
import { openStateDir } from '../../infra/stack/state-dir.ts';
import { UpLockError } from '../../infra/stack/up-lock.ts';
import { CommandFailure, paint, renderJson, type Terminal } from './output.ts';
import { shapeOf, type ClusterShape } from './up/made-cluster.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');

/** The simulated cluster alone, without Temporal, S3 and workers: until `stop`, then in order. */
export async function runClusterUp(
  terminal: Terminal,
  dir: string,
  seed: number,
  asked: Partial<Omit<ClusterShape, 'seed'>>,
  json: boolean,
  stop: AbortSignal,
): Promise<void> {
  const state = await openStateDir(dir, (notice) => terminal.err(paint(terminal, 'yellow', notice))).catch(explained);
  const startedMs = performance.now();
  try {
    const secrets = openSecrets(state.secretsDir);
    const stateDir = state.dataDir('cluster');
    const cluster = await startCluster(
      parseConfig({
        ...shapeOf(stateDir, seed, asked),
        stateDir,
        probePublicKey: secrets.probeKey.publicLine,
        remediationPublicKey: secrets.remediationKey.publicLine,
        gateScript: path.join(repository, 'infra/gate/wardround-gate.sh'),
      }),
      { onTrouble: (message) => terminal.err(paint(terminal, 'yellow', message)) },
    ).catch(explained);
    try {
      writeSimulatorFile(state.dir, cluster.inventoryPath);
      const ms = performance.now() - startedMs;
      terminal.out(json ? renderJson(ready(cluster)) : welcome(terminal, cluster, ms));
      await new Promise<void>((resolve) => {
        if (stop.aborted) resolve();
        else stop.addEventListener('abort', () => resolve(), { once: true });
      });
      if (!json) terminal.out(paint(terminal, 'dim', 'Stopping …'));
    } finally {
      removeSimulatorFile(state.dir);
      await cluster.stop();
    }
  } finally {
    state.close();
  }
}

function ready({ cluster, simulator, httpUrl, inventoryPath }: RunningCluster) {
  const { world, time } = simulator;
  return {
    ready: true,
    cluster,
    nodes: world.nodes.length,
    seed: world.seed,
    rate: time.map.rate,
    jobs: world.jobs.map(({ name }) => name),
    inventoryPath,
    metricsUrl: `${httpUrl}/metrics`,
  };
}

function welcome(terminal: Terminal, running: RunningCluster, ms: number): string {
  const { cluster, nodes, seed, rate, jobs, inventoryPath, metricsUrl } = ready(running);
  const jobText = jobs.length === 0 ? 'no job' : `${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}`;
  return [
    `${paint(terminal, 'bold', cluster)}: ${nodes} nodes over SSH, ${jobText}; seed ${seed}, ${rate} × wall time; up in ${(ms / 1000).toFixed(1)} s`,
    `  Inventory  ${paint(terminal, 'cyan', inventoryPath)}`,
    `  Metrics    ${paint(terminal, 'cyan', metricsUrl)}`,
    '',
    'In another terminal: wardround cluster status --watch · cluster faults · cluster inject FAULT · probe run gpu.clocks --on node-01',
    'Ctrl-C stops it; the state is kept.',
  ].join('\n');
}

function explained(error: unknown): never {
  if (error instanceof UpLockError)
    throw new CommandFailure(error.message, 'stop that one, or start this one with another --state-dir', {
      cause: error,
    });
  if (error instanceof SimulatorRefusal)
    throw new CommandFailure(error.message, 'leave the options out to continue it, or use another --state-dir', {
      cause: error,
    });
  throw error;
}

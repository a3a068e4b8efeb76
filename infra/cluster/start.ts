import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createAlertManager, type AlertManager } from './alerts/alertmanager.ts';
import type { ClockMap } from './clock.ts';
import type { ClusterConfig } from './config.ts';
import { createProcessTable } from './commands/processes.ts';
import { controlApp } from './control/app.ts';
import { controlSocketPath } from './control/socket-path.ts';
import { ControlError, createControlClient } from './control-client.ts';
import { buildInventory } from './inventory.ts';
import { listenHttp, listenUnix } from './listen.ts';
import { createShipper, type Shipper } from './logs/shipper.ts';
import { openSink } from './logs/sink.ts';
import { metricsApp } from './metrics/http.ts';
import { chooseAddresses } from './ssh/addresses.ts';
import { readForcedCommand } from './ssh/forced-command.ts';
import { openHostKeys } from './ssh/host-keys.ts';
import { parseAuthorizedKeys } from './ssh/login.ts';
import { prepareManagementFolder, prepareNodeFolder, prepareTools } from './ssh/node-folder.ts';
import { startSshNodes } from './ssh/nodes.ts';
import { readJson, writeJson } from './state/files.ts';
import { openSimulator, SimulatorRefusal, type Simulator } from './state/simulator.ts';

/** A cluster that runs in this process. */
export interface RunningCluster {
  readonly cluster: string;
  readonly httpUrl: string;
  readonly controlSocket: string;
  readonly inventoryPath: string;
  readonly clock: ClockMap;
  readonly simulator: Simulator;
  readonly shipper: Shipper;
  readonly alerts: AlertManager;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly wallNowMs?: () => number;
  readonly onTrouble?: (message: string) => void;
  /** Without the loops, logs and alerts move only when `shipDue` and `evaluateDue` are called. */
  readonly loops?: boolean;
}

export async function startCluster(config: ClusterConfig, options: StartOptions = {}): Promise<RunningCluster> {
  const { stateDir } = config;
  const onTrouble = options.onTrouble ?? (() => {});
  const controlSocket = controlSocketPath(stateDir);
  await refuseSecond(controlSocket, stateDir);

  const simulator = openSimulator(config, options.wallNowMs);
  const { world, timeline, time } = simulator;
  const hostKeys = openHostKeys(world, stateDir);
  const authorizedKeys = parseAuthorizedKeys(config.probePublicKey, config.remediationPublicKey);
  const addresses = await chooseAddresses(world, config);
  const nodeCommandScript = fileURLToPath(new URL('node-command.ts', import.meta.url));
  const { nodeExecutable, gateScript } = config;
  const bin = prepareTools({ stateDir, nodeExecutable, nodeCommandScript, socketPath: controlSocket });
  const folders = new Map(world.nodes.map(({ name }) => [name, prepareNodeFolder(stateDir, name, bin)] as const));
  folders.set(world.management.name, prepareManagementFolder(stateDir, world, bin));
  const forced = readForcedCommand(readFileSync(config.probeScript, 'utf8'));
  const processes = createProcessTable();

  const ssh = await startSshNodes({
    simulator,
    addresses,
    hostKeys,
    authorizedKeys,
    forced,
    gateScript,
    folders,
    processes,
  });
  let firing: AlertManager['alerts'] = () => [];
  const http = await listenHttp(
    metricsApp(simulator, () => firing()),
    httpPorts(config),
  );
  const httpUrl = `http://127.0.0.1:${http.port}`;
  writeJson(join(stateDir, 'http.json'), { port: http.port });

  const sink = openSink(config);
  const shipper = createShipper({
    timeline,
    time,
    sink,
    stateDir,
    windowMs: config.logWindowMs,
    lagMs: config.shippingLagMs,
    onTrouble,
  });
  const alerts = createAlertManager({
    simulator,
    stateDir,
    targets: config.alertTargets,
    externalUrl: httpUrl,
    onTrouble,
  });
  firing = () => alerts.alerts();
  const control = await listenUnix(controlApp({ simulator, alerts, shipper, ssh, hostKeys, processes }), controlSocket);

  const inventoryPath = join(stateDir, 'inventory.json');
  writeJson(inventoryPath, buildInventory({ simulator, config, addresses, hostKeys, bucket: sink.bucket, httpUrl }));

  const stopping = new AbortController();
  const loops = options.loops === false ? [] : [shipper.run(stopping.signal), alerts.run(stopping.signal)];
  return {
    cluster: world.cluster,
    httpUrl,
    controlSocket,
    inventoryPath,
    clock: time.map,
    simulator,
    shipper,
    alerts,
    async stop() {
      stopping.abort();
      await Promise.all([...loops, control.close(), http.close(), ssh.close()]);
      sink.close();
      simulator.close();
    },
  };
}

async function refuseSecond(controlSocket: string, stateDir: string): Promise<void> {
  try {
    await createControlClient(controlSocket).status();
  } catch (error) {
    if (error instanceof ControlError && error.kind === 'not-running') return;
    throw error;
  }
  throw new SimulatorRefusal(`a simulated cluster already runs on ${stateDir}`);
}

function httpPorts(config: ClusterConfig): readonly number[] {
  if (config.httpPort !== 0) return [config.httpPort];
  const last = readJson(join(config.stateDir, 'http.json'), z.strictObject({ port: z.int() }));
  return last === undefined ? [0] : [last.port, 0];
}

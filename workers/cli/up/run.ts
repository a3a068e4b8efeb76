import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createControlClient } from '../../../infra/cluster/control-client.ts';
import { openPorts, PortInUseError } from '../../../infra/stack/ports.ts';
import { openSecrets } from '../../../infra/stack/secrets.ts';
import { startServers, ToolMissingError, type Servers } from '../../../infra/stack/servers.ts';
import { removeStackFile, writeStackFile } from '../../../infra/stack/stack-file.ts';
import { openStateDir, StateDirError, type StateDir } from '../../../infra/stack/state-dir.ts';
import { createSupervisor, ProcessStartError, type ProcessEvent } from '../../../infra/stack/supervise.ts';
import { UpLockError } from '../../../infra/stack/up-lock.ts';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { clusterWorkflowId, taskQueues, workflowTypes } from '../../../workflows/domain/ids.ts';
import { defaultWatchSettings } from '../../../workflows/domain/perf-watch.ts';
import { loadConfig, processEnvironment, type Environment } from '../../config.ts';
import { connectTemporal } from '../../temporal-client.ts';
import { CommandFailure, exitCodes, paint, type ExitCode, type Terminal } from '../output.ts';
import { temporalWatches } from '../perf/watch-desk.ts';
import { ticking } from '../ticking.ts';
import type { UpOptions } from '../up.ts';
import { writeClusterConfig } from './cluster-config.ts';
import { databaseGoneText, isDatabaseGone } from './database-gone.ts';
import { runDemo, type DemoResult } from './demo.ts';
import { byKind, endOldWatches } from './end-old-watches.ts';
import { clusterSpec, ownSpecs, workflowCodeSpec, type ClusterReady } from './process-specs.ts';
import type { ReplayCheck } from './replay-open.ts';

/** Starts everything, keeps it running until Ctrl-C or the end of the demonstration, and stops it in order. */
export async function runUp(
  terminal: Terminal,
  options: UpOptions,
  report: (result: DemoResult) => void,
): Promise<ExitCode> {
  const { stateDir } = loadConfig();
  const seed = options.seed ?? randomSeed();
  const ownFolder = options.exit && options.stateDir === undefined;
  const dir = ownFolder ? runFolder(stateDir, seed) : path.resolve(options.stateDir ?? stateDir);
  const stop = listenForStop();
  const state = await expected(() => openStateDir(dir, (notice) => terminal.err(paint(terminal, 'yellow', notice))));
  let code: ExitCode;
  try {
    terminal.out(`${paint(terminal, 'bold', 'Wardround')} starts; state and logs are in ${shown(dir)}`);
    code = await whileRunning(terminal, state, options, seed, stop, async (stack) => {
      const prefix = dir === path.resolve(stateDir) ? '' : `WARDROUND_STATE_DIR=${shellWord(dir)} `;
      const result = options.demo ? await demonstrate(terminal, stack, prefix, options, seed, stop) : null;
      if (result !== null) report(result);
      if (options.exit) return exitCodeOf(result);
      await aborted(stop);
      return exitCodes.done;
    });
  } finally {
    removeStackFile(state.dir);
    state.close();
  }
  if (ownFolder) {
    if (code === exitCodes.done) rmSync(dir, { recursive: true, force: true });
    else terminal.err(`The state of this run is kept in ${shown(dir)}`);
  }
  return code;
}

/** Another program may take a port between our look and a server's start; then everything starts on other ports. */
const startTriesMax = 3;

async function whileRunning(
  terminal: Terminal,
  state: StateDir,
  options: UpOptions,
  seed: number,
  stop: AbortSignal,
  work: (stack: Stack) => Promise<ExitCode>,
): Promise<ExitCode> {
  for (let attempt = 1; ; attempt += 1) {
    const started = performance.now();
    const starting = new Set<string>();
    const supervisor = createSupervisor({
      logsDir: state.logsDir,
      onEvent(event) {
        if (event.kind === 'starting') starting.add(event.name);
        else starting.delete(event.name);
        if (event.kind === 'starting' && event.name === 'temporal' && isDatabaseGone(state.dir))
          terminal.err(paint(terminal, 'yellow', databaseGoneText(state.dir)));
        printEvent(terminal, event, stop.aborted);
      },
      onChildren: (children) => state.lock.record(children),
    });
    try {
      const stack = await ticking(
        terminal,
        () => `starting ${[...starting].join(', ')}`,
        () =>
          Promise.race([
            expected(() => startAll(terminal, state, supervisor, environmentFor(options), options, seed)),
            aborted(stop),
          ]),
      );
      if (stack === 'stopped') return exitCodes.failed;
      terminal.out(welcome(terminal, stack, performance.now() - started));
      return await work(stack);
    } catch (error) {
      if (attempt === startTriesMax || !isPortConflict(error)) throw error;
      terminal.err(
        paint(terminal, 'yellow', 'A port was taken by another program meanwhile; starting on other ports.'),
      );
    } finally {
      if (stop.aborted || options.exit) terminal.out(paint(terminal, 'dim', 'Stopping …'));
      await ticking(
        terminal,
        () => `stopping ${Object.keys(supervisor.pids()).join(', ')}`,
        () => supervisor.stop(),
      );
    }
  }
}

function exitCodeOf(result: DemoResult | null): ExitCode {
  if (result === null) return exitCodes.failed;
  if (result.asExpected) return exitCodes.done;
  return result.verdict === 'not-proven' ? exitCodes.notProven : exitCodes.failed;
}

function isPortConflict(error: unknown): boolean {
  return (
    error instanceof Error && error.cause instanceof ProcessStartError && /address already in use/i.test(error.message)
  );
}

/** A second signal that soon is the same Ctrl-C, once from the terminal and once passed on by npm. */
const sameSignalMs = 2_000;

/** Aborted by the first signal; one that comes later, while something does not stop, ends the process at once. */
function listenForStop(): AbortSignal {
  const stop = new AbortController();
  let firstMs = 0;
  const onSignal = () => {
    if (!stop.signal.aborted) {
      firstMs = performance.now();
      stop.abort();
    } else if (performance.now() - firstMs > sameSignalMs) process.exit(exitCodes.failed);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return stop.signal;
}

interface Stack {
  readonly servers: Servers;
  readonly cluster: ClusterReady;
  readonly apiUrl: string;
}

/** A run that ends by itself has nobody who replaces parts: a hand-over closes the incident at once. */
function environmentFor({ exit }: UpOptions): Environment {
  const env = processEnvironment();
  return exit ? { WARDROUND_HUMAN_ACTION_HOURS: '0', ...env } : env;
}

async function startAll(
  terminal: Terminal,
  state: StateDir,
  supervisor: ReturnType<typeof createSupervisor>,
  env: Environment,
  options: UpOptions,
  seed: number,
): Promise<Stack> {
  const secrets = openSecrets(state.secretsDir);
  const ports = openPorts(state.dir);
  const { temporalPort, uiPort } = options;
  const servers = await startServers(state, {
    supervisor,
    secrets,
    ports,
    namespace: 'default',
    env,
    requested: {
      ...(temporalPort === undefined ? {} : { temporal: temporalPort }),
      ...(uiPort === undefined ? {} : { ui: uiPort }),
    },
  });
  const apiPort = await ports.choose('api', 8080, options.apiPort);
  ports.remember();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const configFile = writeClusterConfig(state, servers, secrets, apiUrl, options, seed);
  const workflowBundle = path.join(state.dir, 'workflow-code.js');
  const [cluster, check] = await supervisor.start(
    clusterSpec(configFile, env),
    workflowCodeSpec(workflowBundle, servers.temporal, env),
  );
  const { watches, others } = byKind(check.differing, cluster.cluster);
  refuseOtherWorkflows({ ...check, differing: others });
  if (watches.length > 0) {
    terminal.err(paint(terminal, 'yellow', oldWatchesText(watches.length)));
    await withClient(servers, (client) => endOldWatches(client, watches));
  }
  if (check.replayed > 0) terminal.out(paint(terminal, 'dim', `    ${replayedText(check)}`));
  const observeOnly = options.observeOnly === true;
  await supervisor.start(...ownSpecs({ env, servers, secrets, cluster, workflowBundle, apiPort, observeOnly }));
  await ensureEntity(servers, cluster.cluster);
  if (options.watch) await startWatches(servers, cluster);
  writeStackFile(state.dir, {
    temporal: servers.temporal,
    chromaUrl: servers.chromaUrl,
    s3: servers.s3,
    inventoryPath: cluster.inventoryPath,
    api: { url: apiUrl, token: secrets.apiToken },
    archivePublicKeyFile: secrets.archiveKey.publicFile,
  });
  return { servers, cluster, apiUrl };
}

const differencesShownMax = 5;

/** A worker that went on regardless would wedge each of these until somebody resets it. */
function refuseOtherWorkflows({ replayed, differing }: ReplayCheck): void {
  if (differing.length === 0) return;
  const more = differing.length - differencesShownMax;
  throw new CommandFailure(
    [
      `${differing.length} of ${workflows(replayed)} can not go on with this version of the workflow code:`,
      ...differing.slice(0, differencesShownMax).map(({ workflowId, reason }) => `  - ${workflowId}: ${reason}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      'Nothing was changed; they wait.',
    ].join('\n'),
    'start the version that began them and let them end, or start this one with another --state-dir',
  );
}

function oldWatchesText(count: number): string {
  const which = count === 1 ? 'A watch over the speed of a job' : `${count} watches over the speed of jobs`;
  return `${which} can not go on with this version of the workflow code: ended, and started anew where jobs are watched.`;
}

function replayedText({ replayed, truncated }: ReplayCheck): string {
  return truncated
    ? `the newest ${workflows(replayed)} go on with this version; older ones were not looked at`
    : `${workflows(replayed)} replayed: this version goes on with ${replayed === 1 ? 'it' : 'them'}`;
}

function workflows(count: number): string {
  return `${count} open workflow${count === 1 ? '' : 's'}`;
}

async function ensureEntity(servers: Servers, cluster: string): Promise<void> {
  await withClient(servers, (client) =>
    client.workflow.start(workflowTypes.cluster, {
      workflowId: clusterWorkflowId(cluster),
      taskQueue: taskQueues.incidents,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ cluster }],
      staticSummary: `Cluster ${cluster}`,
    }),
  );
}

/** One for each job of the inventory; those that run go on. */
async function startWatches(servers: Servers, { cluster, inventoryPath }: ClusterReady): Promise<void> {
  await withClient(servers, async (client) => {
    const desk = temporalWatches(client);
    for (const { name } of loadInventories(inventoryPath).get(cluster)?.jobs ?? [])
      await desk.start(cluster, name, defaultWatchSettings);
  });
}

async function withClient(servers: Servers, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = connectTemporal(servers.temporal);
  try {
    await work(client);
  } finally {
    await client.connection.close();
  }
}

async function demonstrate(
  terminal: Terminal,
  stack: Stack,
  commandPrefix: string,
  options: UpOptions,
  seed: number,
  signal: AbortSignal,
): Promise<DemoResult | null> {
  const client = connectTemporal(stack.servers.temporal);
  try {
    return await runDemo(
      {
        terminal,
        client,
        control: createControlClient(stack.cluster.controlSocket),
        cluster: stack.cluster.cluster,
        temporal: stack.servers.temporal,
        commandPrefix,
        signal,
      },
      { yes: options.yes, fault: options.fault, seed, observeOnly: options.observeOnly === true },
    );
  } finally {
    await client.connection.close();
  }
}

function welcome(terminal: Terminal, { servers, cluster, apiUrl }: Stack, ms: number): string {
  const rows = [
    ['Temporal Web UI', servers.temporal.uiUrl],
    ['Temporal', servers.temporal.address],
    ['API', apiUrl],
    ['S3', servers.s3.endpoint],
    ['Chroma', servers.chromaUrl],
    ['Metrics', `${cluster.httpUrl}/metrics`],
  ] as const;
  const lines = rows.map(([name, url]) => `  ${name.padEnd(16)} ${paint(terminal, 'cyan', url)}`);
  return [`\nUp in ${(ms / 1000).toFixed(1)} s; Ctrl-C stops it, the state is kept.`, ...lines, ''].join('\n');
}

function printEvent(terminal: Terminal, event: ProcessEvent, stopping: boolean): void {
  const took = `${(event.ms / 1000).toFixed(1)} s`.padStart(7);
  const name = event.name.padEnd(18);
  switch (event.kind) {
    case 'starting':
    case 'stopped':
      return;
    case 'ready':
      return terminal.out(`  ${paint(terminal, 'green', '✓')} ${name} ${took}`);
    case 'restarted':
      return terminal.out(`  ${paint(terminal, 'green', '✓')} ${name} ${took}  started again`);
    case 'exited':
      if (!stopping)
        terminal.err(`  ${paint(terminal, 'yellow', '!')} ${name} ended (${event.reason ?? 'no reason given'})`);
      return;
    case 'gave-up':
      return terminal.err(
        `  ${paint(terminal, 'red', '✗')} ${name} ended too often and is not started again; see its log`,
      );
  }
}

/** Trouble that a person can do something about is printed without a stack. */
async function expected<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UpLockError)
      throw new CommandFailure(error.message, 'stop that one, or start this one with another --state-dir', {
        cause: error,
      });
    if (error instanceof StateDirError)
      throw new CommandFailure(error.message, 'choose another folder with --state-dir or WARDROUND_STATE_DIR', {
        cause: error,
      });
    if (error instanceof PortInUseError)
      throw new CommandFailure(error.message, 'ports can be chosen with --temporal-port, --ui-port and --api-port', {
        cause: error,
      });
    if (error instanceof ToolMissingError)
      throw new CommandFailure(error.message, 'see `wardround doctor`', { cause: error });
    if (error instanceof ProcessStartError)
      throw new CommandFailure(error.message, 'see `wardround doctor`', { cause: error });
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
      throw new CommandFailure(
        'The disk that holds the state folder is full.',
        'free space on it, or choose another folder with --state-dir; nothing is lost',
        { cause: error },
      );
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<'stopped'> {
  if (signal.aborted) return Promise.resolve('stopped');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}

function randomSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}

/** Decision 0004. */
function runFolder(stateDir: string, seed: number): string {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const folder = path.join(stateDir, 'runs', `${stamp}-${seed}-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** As a POSIX shell reads it back. */
function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function shown(dir: string): string {
  const relative = path.relative(process.cwd(), dir);
  return relative === '' || relative.startsWith('..') ? dir : relative;
}

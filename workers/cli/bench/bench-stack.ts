import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { createControlClient, type ControlClient } from '../../../infra/cluster/control-client.ts';
import { controlSocketPath } from '../../../infra/cluster/control/socket-path.ts';
import { baseEnvironment } from '../../../infra/stack/base-environment.ts';
import { readStackFile, type StackFile } from '../../../infra/stack/stack-file.ts';
import type { Environment } from '../../config.ts';
import { connectTemporal } from '../../temporal-client.ts';
import { CommandFailure } from '../output.ts';

/** A whole product that was started as a user starts it, with the means to kill its parts. */
export interface BenchStack {
  readonly stateDir: string;
  readonly stack: StackFile;
  readonly cluster: string;
  readonly nodes: readonly string[];
  readonly client: Client;
  readonly control: ControlClient;
  /** Process ids by name; the supervisor itself is `up`. */
  pids(): Readonly<Record<string, number>>;
  /** SIGKILL; the supervisor starts it again. */
  kill(name: string): void;
  /** Nothing that was killed is still missing. */
  isWhole(): boolean;
  /** Resolves when all that was killed is up again; throws when that takes too long. */
  whole(): Promise<void>;
  stop(): Promise<void>;
}

const readyMsMax = 180_000;
const restartMsMax = 90_000;
const stopMsMax = 60_000;
const pollMs = 20;
const outputCharsMax = 100_000;
const cliPath = path.resolve(import.meta.dirname, '..', '..', 'cli.ts');

export async function startBenchStack(options: {
  readonly stateDir: string;
  readonly seed: number;
  readonly env: Environment;
  /** Variables of the product on top of a plain environment. */
  readonly settings: Environment;
  readonly args?: readonly string[];
}): Promise<BenchStack> {
  const { stateDir, seed } = options;
  const child = spawn(
    process.execPath,
    // One alert a fault: an early warning beside the cluster's own would be measured as a second incident.
    [cliPath, 'up', '--no-watch', '--state-dir', stateDir, '--seed', String(seed), ...(options.args ?? [])],
    {
      env: { ...baseEnvironment(options.env), NO_COLOR: '1', WARDROUND_HUMAN_ACTION_HOURS: '0', ...options.settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C reaches us alone, and we stop it in order.
      detached: true,
    },
  );
  // However we end, the stack does not outlive us.
  const endWithUs = () => child.kill('SIGINT');
  process.once('exit', endWithUs);
  let output = '';
  const down = new Set<string>();
  let givenUp: string | null = null;
  const listen = (chunk: Buffer) => {
    output = `${output}${chunk.toString('utf8')}`.slice(-outputCharsMax);
    for (const [, name = ''] of chunk.toString('utf8').matchAll(/✓ (\S+) .*started again/g)) down.delete(name);
    givenUp ??= /✗ (\S+) .*ended too often/.exec(output)?.[1] ?? null;
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    process.off('exit', endWithUs);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    await Promise.race([exited, pause(stopMsMax, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  const failed = (what: string) =>
    new CommandFailure(`${what}\n${output.slice(-2_000)}`, `its logs are in ${stateDir}`);

  try {
    await until(readyMsMax, () => {
      if (child.exitCode !== null) throw failed('the stack did not start');
      return /Up in .* s/.test(output);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const stack = readStackFile(stateDir);
  if (stack === null || stack.inventoryPath === null) throw failed('the stack says not where it can be reached');
  const [inventory] = loadInventories(stack.inventoryPath).values();
  if (inventory === undefined) throw failed('the stack has no inventory');
  const client = connectTemporal(stack.temporal);
  const pids = () => ({ ...readChildren(stateDir), up: child.pid ?? 0 });
  return {
    stateDir,
    stack,
    cluster: inventory.cluster,
    nodes: inventory.nodes.map(({ name }) => name),
    client,
    control: createControlClient(controlSocketPath(path.join(stateDir, 'cluster'))),
    pids,
    kill(name) {
      const pid = readChildren(stateDir)[name];
      if (pid === undefined) throw failed(`there is no process ${name}`);
      down.add(name);
      process.kill(pid, 'SIGKILL');
    },
    isWhole: () => down.size === 0,
    async whole() {
      await until(restartMsMax, () => {
        if (givenUp !== null) throw failed(`${givenUp} is not started again`);
        if (child.exitCode !== null) throw failed('the stack has ended');
        return down.size === 0;
      }).catch((error: unknown) => {
        if (error instanceof CommandFailure) throw error;
        throw failed(`${[...down].join(', ')} did not come back within ${restartMsMax / 1000} s`);
      });
    },
    async stop() {
      await client.connection.close();
      await stop();
    },
  };
}

const lockSchema = z.object({ children: z.array(z.object({ name: z.string(), pid: z.int().positive() })) });

function readChildren(stateDir: string): Readonly<Record<string, number>> {
  // Written whole and renamed: it is never seen half.
  const lock = lockSchema.parse(JSON.parse(readFileSync(path.join(stateDir, 'up.lock'), 'utf8')));
  return Object.fromEntries(lock.children.map(({ name, pid }) => [name, pid]));
}

/** Looks again and again; the error of a look ends it, and so does time. */
export async function until(msMax: number, holds: () => boolean | Promise<boolean>, everyMs = pollMs): Promise<void> {
  const untilMs = performance.now() + msMax;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`not within ${msMax / 1000} s`);
    await pause(everyMs);
  }
}

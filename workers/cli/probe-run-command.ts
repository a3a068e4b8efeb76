import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import type { ProbeRunner } from '../../activities/ports.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { Config } from '../config.ts';
import { pickCluster, type CliContext } from './context.ts';
import { CommandFailure, exitCodes } from './output.ts';
import { findProbe } from './probe-list.ts';

/** Runs probes; `close` ends what is still under way. */
export type OpenRunner = (config: Config) => Promise<ProbeRunner & { close?(): void }>;

export function runCommand(context: CliContext, openRunner: OpenRunner): Command {
  interface Options {
    cluster?: string;
    stateDir?: string;
    node?: string[];
    on?: string;
    arg?: string[];
    load?: true;
    yes?: true;
    json?: true;
  }
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Command('run')
    .description('run a probe on nodes and say what it means')
    .argument('<probe>', 'id of the probe')
    .option('--on <nodes>', 'nodes as a host list: node-[01-08],node-12 (default: all nodes)')
    .option('--node <name>', 'node; may be given several times', collect)
    .option('--arg <name=value>', 'argument of the probe; may be given several times', collect)
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--state-dir <dir>', 'the state folder that `wardround up` was given')
    .option('--load', 'let a probe run that puts load on its node and needs an idle device')
    .option('--yes', 'do not ask before a probe that may disturb a job')
    .option('--json', 'print JSON, with the whole reading')
    .addHelpText(
      'after',
      `
Exit codes: 0 every node was read, 3 some were not, 1 none was. Ctrl-C ends the commands on the nodes, too.

Examples:
  $ wardround probe run gpu.clocks
  $ wardround probe run gpu.clocks --on node-[01-08] --json
  $ wardround probe run gpu.clocks --state-dir /var/lib/wardround
  $ wardround probe run measure.gemm --on node-07 --load`,
    )
    .action(async (id: string, { cluster, stateDir, node, on, arg = [], load, yes, json }: Options) => {
      const { parseProbeArgs, printReadings, readNodes } = await import('./probe-run.ts');
      const { confirm } = await import('./confirm.ts');
      const probe = await findProbe(id);
      const args = parseProbeArgs(probe, arg);
      const inventory = await pickInventory(context, cluster, stateDir);
      const nodes = await pickNodes(inventory, node, on);
      if (probe.impact === 'load') {
        if (load !== true)
          throw new CommandFailure(`${id} puts load on its nodes and needs idle devices`, 'add --load', {
            exitCode: exitCodes.usage,
          });
        const question = `${id} needs idle devices and disturbs jobs on ${nodes.length} nodes. Go on?`;
        await confirm(context.terminal, question, yes === true);
      }
      const runner = await openRunner(await context.config(stateDir));
      const { signal, release } = untilSignalled();
      try {
        const wanted = { probe, args, inventory, nodes, runner, load: load === true, signal };
        process.exitCode = await printReadings(context.terminal, probe, await readNodes(wanted), json === true);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new CommandFailure(`${id} was stopped; its commands were ended`, 'what was read until then is not shown');
      } finally {
        release();
        runner.close?.();
      }
    });
}

/** Ctrl-C and SIGTERM end the remote commands in order; a second Ctrl-C ends the process. */
export function untilSignalled(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const end = () => {
    release();
    controller.abort(new Error('stopped'));
  };
  const release = () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, end);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, end);
  return { signal: controller.signal, release };
}

export async function pickInventory(
  context: CliContext,
  cluster: string | undefined,
  stateDir?: string,
): Promise<Inventory> {
  const inventories = await context.inventories(stateDir);
  const name = pickCluster(cluster, [...inventories.keys()]);
  const inventory = inventories.get(name);
  if (inventory === undefined) throw new Error(`cluster ${name} was picked from the inventories`);
  return inventory;
}

export async function pickNodes(
  inventory: Inventory,
  names: readonly string[] = [],
  hostlist: string | undefined,
): Promise<readonly string[]> {
  const known = inventory.nodes.map(({ name }) => name);
  if (names.length === 0 && hostlist === undefined) return known;
  const { hostlistHas } = await import('../../kb/probes/hostlist.ts');
  const picked = known.filter(
    (name) => names.includes(name) || (hostlist !== undefined && hostlistHas(hostlist, name)),
  );
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0 || picked.length === 0)
    throw new CommandFailure(
      `cluster ${inventory.cluster} has no node ${[...unknown, hostlist].filter((one) => one !== undefined).join(', ')}`,
      `its ${known.length} nodes are ${known[0]} to ${known.at(-1)}`,
      { exitCode: exitCodes.usage },
    );
  return picked;
}

export async function sshRunner(config: Config): Promise<ProbeRunner & { close(): void }> {
  const { createSshProbeRunner } = await import('../../activities/adapters/ssh/probe-runner.ts');
  const { probeLimits } = config;
  return createSshProbeRunner({ privateKey: readKey(probeKeyFile(config)), limits: probeLimits });
}

/** The embedded stack keeps its probe key here (infra/stack/secrets.ts). */
function probeKeyFile({ probeKeyFile: configured, stateDir }: Config): string {
  const embedded = path.join(stateDir, 'secrets', 'probe_ed25519');
  const file = configured ?? (existsSync(embedded) ? embedded : null);
  if (file === null)
    throw new CommandFailure(
      'no SSH key for probes is configured',
      'is `wardround up` running? Otherwise set WARDROUND_PROBE_KEY_FILE',
    );
  return file;
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`the SSH key ${file} can not be read`, 'WARDROUND_PROBE_KEY_FILE names it', { cause });
  }
}

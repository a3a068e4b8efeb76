import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import type { ProbeRunner } from '../../activities/ports.ts';
import type { Inventory, InventoryNode } from '../../kb/schemas/inventory.ts';
import type { Probe } from '../../kb/schemas/probe.ts';
import type { Config } from '../config.ts';
import { pickCluster, processContext, type CliContext } from './context.ts';
import { CommandFailure, exitCodes, renderJson, renderTable } from './output.ts';

/** `wardround probe …`: the declared read-only measurements. `openRunner` is replaced in tests. */
export function probeCommand(context: CliContext = processContext(), openRunner = sshRunner): Command {
  return new Command('probe')
    .description('list the read-only probes, or run one on nodes')
    .addCommand(listCommand(context))
    .addCommand(runCommand(context, openRunner))
    .addHelpText('after', '\nExamples:\n  $ wardround probe list\n  $ wardround probe run gpu.clocks --node node-07');
}

function listCommand({ terminal }: CliContext): Command {
  return new Command('list')
    .description('list the probes')
    .option('--json', 'print JSON, with arguments and outcomes')
    .addHelpText('after', '\nExample:\n  $ wardround probe list')
    .action(async ({ json }: { json?: true }) => {
      const { probes } = await import('../../kb/probes/index.ts');
      if (json === true) terminal.out(renderJson({ probes: await Promise.all(probes.map(asJson)) }));
      else
        terminal.out(
          await renderTable(
            terminal,
            ['ID', 'ASPECT', 'IMPACT', 'COST', 'WHAT IT READS'],
            probes.map(({ id, aspect, impact, costMs, summary }) => [id, aspect, impact, `${costMs} ms`, summary]),
          ),
        );
    });
}

async function asJson(probe: Probe): Promise<unknown> {
  const { z } = await import('zod');
  const { id, platform, summary, aspect, impact, costMs, timeoutMs, outcomes } = probe;
  const args = z.toJSONSchema(probe.args, { io: 'input', unrepresentable: 'any' });
  return {
    id,
    platform,
    summary,
    aspect,
    impact,
    costMs,
    timeoutMs,
    args,
    outcomes: outcomes.map(({ id: kind, role }) => ({ kind, role })),
  };
}

function runCommand(context: CliContext, openRunner: typeof sshRunner): Command {
  interface Options {
    cluster?: string;
    node?: string[];
    arg?: string[];
    yes?: true;
    json?: true;
  }
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Command('run')
    .description('run a probe on nodes and say what it means')
    .argument('<probe>', 'id of the probe')
    .option('--node <name>', 'node; may be given several times (default: all nodes)', collect)
    .option('--arg <name=value>', 'argument of the probe; may be given several times', collect)
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--yes', 'do not ask before a probe that may disturb a job')
    .option('--json', 'print JSON, with the whole reading')
    .addHelpText(
      'after',
      `
Exit codes: 0 every node was read, 3 some were not, 1 none was.

Examples:
  $ wardround probe run gpu.clocks
  $ wardround probe run gpu.clocks --node node-07 --json`,
    )
    .action(async (id: string, { cluster, node = [], arg = [], yes, json }: Options) => {
      const { parseProbeArgs, printReadings, readNodes } = await import('./probe-run.ts');
      const { confirm } = await import('./confirm.ts');
      const probe = await findProbe(id);
      const args = parseProbeArgs(probe, arg);
      const nodes = pickNodes(await pickInventory(context, cluster), node);
      if (probe.impact === 'heavy')
        await confirm(
          context.terminal,
          `${id} needs idle GPUs and disturbs jobs on ${nodes.length} nodes. Go on?`,
          yes === true,
        );
      const readings = await readNodes(probe, args, nodes, await openRunner(await context.config()));
      process.exitCode = await printReadings(context.terminal, probe, readings, json === true);
    });
}

async function findProbe(id: string): Promise<Probe> {
  const { probeById } = await import('../../kb/probes/index.ts');
  const probe = probeById(id);
  if (probe !== undefined) return probe;
  throw new CommandFailure(`there is no probe "${id}"`, 'see them with `wardround probe list`', {
    exitCode: exitCodes.usage,
  });
}

async function pickInventory(context: CliContext, cluster: string | undefined): Promise<Inventory> {
  const inventories = await context.inventories();
  const name = pickCluster(cluster, [...inventories.keys()]);
  const inventory = inventories.get(name);
  if (inventory === undefined) throw new Error(`cluster ${name} was picked from the inventories`);
  return inventory;
}

function pickNodes(inventory: Inventory, names: readonly string[]): readonly InventoryNode[] {
  const unknown = names.filter((name) => !inventory.nodes.some((node) => node.name === name));
  if (unknown.length > 0)
    throw new CommandFailure(
      `cluster ${inventory.cluster} has no node ${unknown.join(', ')}`,
      `its ${inventory.nodes.length} nodes are ${inventory.nodes[0]?.name} to ${inventory.nodes.at(-1)?.name}`,
      { exitCode: exitCodes.usage },
    );
  return names.length === 0 ? inventory.nodes : inventory.nodes.filter((node) => names.includes(node.name));
}

async function sshRunner(config: Config): Promise<ProbeRunner> {
  const { createSshProbeRunner } = await import('../../activities/adapters/ssh/probe-runner.ts');
  return createSshProbeRunner({ privateKey: readKey(probeKeyFile(config)) });
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

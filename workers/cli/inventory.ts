import { Command, InvalidArgumentError } from 'commander';
import type { TopologyField } from '../../kb/inventory/from-kubernetes.ts';
import { processContext, type CliContext } from './context.ts';
import type { SourceKind } from './inventory/read-source.ts';
import { sshRunner, type OpenRunner } from './probe-run-command.ts';

/** `wardround inventory …`: builds, checks and shows the description of a cluster. */
export function inventoryCommand(context: CliContext = processContext(), openRunner: OpenRunner = sshRunner): Command {
  return new Command('inventory')
    .description('build an inventory from YAML, Slurm, Ansible or Kubernetes, check it, show it')
    .addCommand(importCommand(context, openRunner))
    .addCommand(checkCommand(context, openRunner))
    .addCommand(showCommand(context))
    .addHelpText(
      'after',
      `
docs/operations.md, section "Inventory", says what each source can tell.

Examples:
  $ scontrol -o show node > nodes; scontrol -o -d show job > jobs
  $ wardround inventory import --from slurm nodes jobs --cluster site-a --into inventory.yaml
  $ wardround inventory import --from yaml inventory.yaml --known-hosts scanned-keys --ask --into inventory.yaml
  $ wardround inventory check inventory.yaml`,
    );
}

function importCommand(context: CliContext, openRunner: OpenRunner): Command {
  interface Options {
    from: SourceKind;
    cluster?: string;
    knownHosts?: readonly string[];
    into?: string;
    logsBucket?: string;
    sshUser?: string;
    sshPort?: number;
    group?: readonly string[];
    label?: Partial<Record<TopologyField, string>>;
    ask?: true;
    overwrite?: true;
    prune?: true;
    diff?: true;
    json?: true;
  }
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Command('import')
    .description('build an inventory, or bring one up to date, from what other tools know')
    .argument('<file...>', 'outputs or files to read; - is standard input')
    .requiredOption('--from <source>', 'yaml, slurm, ansible or kubernetes', sourceKind)
    .option('--cluster <name>', 'name of the cluster; a file that exists has one')
    .option('--into <file>', 'inventory to bring up to date or to begin; without it the result is printed')
    .option('--known-hosts <file>', 'host keys that you have compared: known_hosts, or output of ssh-keyscan', collect)
    .option('--ssh-user <name>', 'user of the probe key, where no source says it')
    .option('--ssh-port <number>', 'port of sshd, where no source says it (22)', portNumber)
    .option('--logs-bucket <name>', 'S3 bucket of the shipped logs')
    .option('--group <name>', 'Ansible group to take; may be given several times (default: all hosts)', collect)
    .option(
      '--label <field=key>',
      'Kubernetes label of rail, leaf, rack, powerUnit or bmc; may be given several times',
      label,
    )
    .option('--ask', 'ask each node over SSH for GPU UUIDs, PCI addresses and adapters, with the probe key')
    .option('--overwrite', 'let the source win where the inventory says something else; host keys never change')
    .option('--prune', 'take out nodes and jobs that the source no longer lists')
    .option('--diff', 'print what would change, and write nothing')
    .option('--json', 'print JSON: inventory, changes, notes, what is missing')
    .addHelpText(
      'after',
      `
What stands in the inventory is kept; the source fills what is missing and adds what is new. Running processes read their
inventory when they start: restart the workers and the API after a change.
Exit codes: 0 complete, 3 something is still missing, 1 failed, 2 wrong usage.`,
    )
    .action(async (files: readonly string[], options: Options) => {
      const { importInventory } = await import('./inventory/import.ts');
      const {
        from,
        into,
        cluster,
        knownHosts = [],
        logsBucket,
        sshUser,
        sshPort,
        group = [],
        label: labels = {},
      } = options;
      process.exitCode = await importInventory(context, openRunner, {
        from,
        files,
        into: into ?? null,
        cluster: cluster ?? null,
        knownHosts,
        logsBucket: logsBucket ?? null,
        ...(sshUser === undefined ? {} : { sshUser }),
        ...(sshPort === undefined ? {} : { sshPort }),
        groups: group,
        labels,
        ask: options.ask === true,
        overwrite: options.overwrite === true,
        prune: options.prune === true,
        diff: options.diff === true,
        json: options.json === true,
      });
    });
}

function checkCommand(context: CliContext, openRunner: OpenRunner): Command {
  return new Command('check')
    .description('say everything that is wrong with an inventory file, with file and line')
    .argument('<file>', 'inventory file, YAML or JSON; complete or not')
    .option('--connect', 'also ask every node over SSH, and compare what it says')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 no errors (there may be warnings), 1 errors.')
    .action(async (file: string, { connect, json }: { connect?: true; json?: true }) => {
      const { checkInventory } = await import('./inventory/check.ts');
      process.exitCode = await checkInventory(context, openRunner, {
        file,
        connect: connect === true,
        json: json === true,
      });
    });
}

function showCommand(context: CliContext): Command {
  return new Command('show')
    .description('list the nodes of an inventory with their GPUs, adapters, place and jobs')
    .argument('[file]', 'inventory file; without it the configured ones')
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--json', 'print JSON')
    .action(async (file: string | undefined, { cluster, json }: { cluster?: string; json?: true }) => {
      const { showInventory } = await import('./inventory/show.ts');
      await showInventory(context, { file: file ?? null, cluster, json: json === true });
    });
}

function sourceKind(text: string): SourceKind {
  if (text === 'yaml' || text === 'slurm' || text === 'ansible' || text === 'kubernetes') return text;
  throw new InvalidArgumentError('yaml, slurm, ansible or kubernetes.');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('a number from 1 to 65535.');
}

function label(
  text: string,
  before: Partial<Record<TopologyField, string>> = {},
): Partial<Record<TopologyField, string>> {
  const match = /^(rail|leaf|rack|powerUnit|bmc)=(\S+)$/.exec(text);
  if (match?.[1] === undefined) throw new InvalidArgumentError('rail, leaf, rack, powerUnit or bmc, =, and a label.');
  return { ...before, [match[1]]: match[2] };
}

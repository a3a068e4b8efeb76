import { randomInt } from 'node:crypto';
import path from 'node:path';
import { Command, Option } from 'commander';
import type { ControlClient, FaultListing, FaultTarget, FaultWishes } from '../../infra/cluster/control-client.ts';
import { processContext, type CliContext } from './context.ts';
import { placeOf } from './fault-place.ts';
import { gauges, type GaugeName } from './heat-map.ts';
import { wholeNumber } from './up.ts';
import { CommandFailure, exitCodes, renderJson, type Terminal } from './output.ts';

export type OpenControl = (stateDir: string) => Promise<ControlClient>;

/** `wardround cluster …`: the simulated cluster, and nothing of it in production. `openControl` is replaced in tests. */
export function clusterCommand(context: CliContext = processContext(), openControl: OpenControl = overSocket): Command {
  return new Command('cluster')
    .description('look at the simulated cluster, break it and heal it')
    .option('--state-dir <dir>', 'the state folder that `wardround up` was given')
    .addHelpText(
      'after',
      `
Examples:
  $ wardround cluster up --nodes 100
  $ wardround cluster status --watch --by temperature
  $ wardround cluster faults
  $ wardround cluster inject gpu-clock-lock --node node-07 --gpu 3
  $ wardround cluster heal gpu-clock-lock`,
    )
    .addCommand(
      new Command('up')
        .description(
          'start the simulated cluster alone: SSH servers, metrics and logs, without Temporal, S3 and workers',
        )
        .option('--nodes <n>', 'nodes with 8 GPUs each, when it is made (default: 10)', wholeNumber(2, 1000))
        .option(
          '--jobs <n>',
          'training jobs on it, when it is made (default: 1, from 16 nodes on 3)',
          wholeNumber(1, 3),
        )
        .option('--rate <n>', 'cluster seconds in a wall second, when it is made (default: 20)', wholeNumber(1, 1000))
        .option('--seed <n>', 'draws the cluster when it is made (default: at random)', wholeNumber(0, 2 ** 31 - 1))
        .option('--json', 'print what is up as JSON')
        .action(async ({ json, seed, ...asked }: UpOnlyOptions, command: Command) => {
          const { runClusterUp } = await import('./cluster-up.ts');
          const dir = await stateDirOf(command);
          await runClusterUp(
            context.terminal,
            dir,
            seed ?? randomInt(2 ** 31 - 1),
            asked,
            json === true,
            untilStopped(),
          );
        }),
    )
    .addCommand(
      reading(
        'status',
        'what the cluster does now, with a heat map of its GPUs',
        async (terminal, control, json, options) => {
          const { printStatus, watchStatus } = await import('./cluster-status.ts');
          const { by } = options;
          if (options.watch === undefined) return printStatus(terminal, control, by, json);
          await watchStatus(terminal, control, by, options.watch === true ? 1 : Number(options.watch), untilStopped());
        },
      )
        .addOption(new Option('--by <gauge>', 'what the colours show').choices(Object.keys(gauges)).default('clock'))
        .option('--watch [seconds]', 'look again every second, or every so many, until Ctrl-C', wholeNumber(1, 3600)),
    )
    .addCommand(
      new Command('faults')
        .description('the faults that can be injected, and where they are active; needs no running cluster')
        .option('--kind <kind>', 'of this kind only: fault, dual, decoy, noisy, twin, tool')
        .option('--json', 'print JSON')
        .action(async ({ json, kind }: { json?: true; kind?: string }, command: Command) => {
          const { renderFaults } = await import('./cluster-status.ts');
          const all = await faultsOf(await stateDirOf(command));
          const faults = all.filter((one) => kind === undefined || one.kind === kind);
          context.terminal.out(json === true ? renderJson(faults) : await renderFaults(context.terminal, faults));
        }),
    )
    .addCommand(
      onTarget(
        'inject',
        '<fault>',
        'break something; the place is drawn by seed if none is named',
        async (control, fault, target, { seed, onset, set }) => {
          const wishes = {
            ...(onset !== undefined && { onset: onsetOf(onset) }),
            ...(set.length > 0 && { values: valuesOf(set) }),
          };
          const active = await control.inject(fault, target, seed === undefined ? undefined : seedOf(seed), wishes);
          return { value: active, text: `${active.id} is active on ${placeOf(active)}.` };
        },
      ),
    )
    .addCommand(
      onTarget(
        'heal',
        '[fault]',
        'undo the cause of a fault, or of all faults, as a person would',
        async (control, fault, target) => {
          const ids = fault === everyFault ? new Set((await control.status()).faults.map(({ id }) => id)) : [fault];
          const healed = [];
          for (const id of ids) healed.push(...(await control.heal(id, target)));
          const text = healed.map((one) => `${one.id} on ${placeOf(one)} is healed.`).join('\n');
          return { value: { healed }, text: text === '' ? 'Nothing was to be healed.' : text };
        },
      ),
    )
    .addCommand(
      onNode('rekey', 'give a node a new host key that nobody trusts', (control, node) => control.rekey(node)),
    )
    .addCommand(onNode('unplug', 'take a node off the management network', (control, node) => control.unplug(node)))
    .addCommand(onNode('plug', 'put a node back on the management network', (control, node) => control.plug(node)));

  function reading(
    name: string,
    description: string,
    print: (terminal: Terminal, control: ControlClient, json: boolean, options: StatusOptions) => Promise<void>,
  ): Command {
    return new Command(name)
      .description(description)
      .option('--json', 'print JSON')
      .action(async ({ json, ...options }: StatusOptions & { json?: true }, command: Command) =>
        withControl(command, (control) => print(context.terminal, control, json === true, options)),
      );
  }

  /** Where no cluster runs, none of them is active. */
  async function faultsOf(stateDir: string): Promise<readonly FaultListing[]> {
    try {
      return await (await openControl(stateDir)).faults();
    } catch (error) {
      if (!isNotRunning(error)) throw explained(error);
      const { faultListing } = await import('../../infra/cluster/control/fault-listing.ts');
      return faultListing([]);
    }
  }

  async function stateDirOf(command: Command): Promise<string> {
    const { stateDir: named } = command.optsWithGlobals<{ stateDir?: string }>();
    return named === undefined ? (await context.config()).stateDir : path.resolve(named);
  }

  function onTarget(
    name: string,
    argument: string,
    description: string,
    act: (
      control: ControlClient,
      fault: string,
      target: FaultTarget | undefined,
      wishes: Wishes,
    ) => Promise<{ value: unknown; text: string }>,
  ): Command {
    const command = new Command(name)
      .description(description)
      .argument(argument, 'as listed by `wardround cluster faults`')
      .option('--node <name>', 'on this node')
      .option('--gpu <index>', 'on this GPU of the node')
      .option('--hca <name>', 'on this RDMA adapter of the node, such as mlx5_2')
      .option('--switch <name>', 'on this switch, such as leaf-01')
      .option('--rack <name>', 'on this rack')
      .option('--power-unit <name>', 'on this power unit, such as pdu-03')
      .option('--job <name>', 'on this job')
      .option('--rank <number>', 'on this rank of the job')
      .option('--json', 'print JSON');
    if (name === 'inject')
      command
        .option('--seed <number>', 'draws what is not said (without it, it is such that it is soon seen)')
        .option('--onset <shape>', 'sudden, creeping:RAMP_MS or intermittent:PERIOD_MS:SHARE')
        .option('--set <name=number>', 'one of its values; may be repeated', collect, []);
    return command.action(
      async (fault: string | undefined, { json, seed, onset, set = [], ...place }: Options, parsed: Command) =>
        withControl(parsed, async (control) => {
          const { value, text } = await act(control, fault ?? everyFault, targetOf(place), { seed, onset, set });
          context.terminal.out(json === true ? renderJson(value) : text);
        }),
    );
  }

  function onNode(
    name: string,
    description: string,
    act: (control: ControlClient, node: string) => Promise<void>,
  ): Command {
    return new Command(name)
      .description(description)
      .argument('<node>')
      .action(async (node: string, _options: object, command: Command) =>
        withControl(command, async (control) => {
          await act(control, node);
          context.terminal.out(`${node}: done (${name}).`);
        }),
      );
  }

  async function withControl(command: Command, work: (control: ControlClient) => Promise<void>): Promise<void> {
    const stateDir = await stateDirOf(command);
    try {
      await work(await openControl(stateDir));
    } catch (error) {
      throw explained(error);
    }
  }
}

/** `heal` without a fault. */
const everyFault = '';

interface Place {
  readonly node?: string;
  readonly gpu?: string;
  readonly hca?: string;
  readonly switch?: string;
  readonly rack?: string;
  readonly powerUnit?: string;
  readonly job?: string;
  readonly rank?: string;
}

interface Wishes {
  readonly seed: string | undefined;
  readonly onset: string | undefined;
  readonly set: readonly string[];
}

interface UpOnlyOptions {
  readonly nodes?: number;
  readonly jobs?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly json?: true;
}

interface StatusOptions {
  readonly by: GaugeName;
  readonly watch?: true | number;
}

interface Options extends Place {
  readonly json?: true;
  readonly seed?: string;
  readonly onset?: string;
  readonly set?: readonly string[];
}

function targetOf({ gpu, rank, ...named }: Place): FaultTarget | undefined {
  if (gpu === undefined && rank === undefined && Object.keys(named).length === 0) return undefined;
  if (named.node === undefined && (gpu !== undefined || named.hca !== undefined))
    throw usage('--gpu and --hca need --node', 'for example --node node-07 --gpu 3');
  if (gpu !== undefined && !/^\d{1,2}$/.test(gpu))
    throw usage(`--gpu takes the index of a GPU, not "${gpu}"`, 'for example --gpu 3');
  if (rank !== undefined && !/^\d{1,4}$/.test(rank))
    throw usage(`--rank takes a number, not "${rank}"`, 'for example --job pretrain-13b --rank 17');
  return {
    ...named,
    ...(gpu !== undefined && { gpu: Number(gpu) }),
    ...(rank !== undefined && { rank: Number(rank) }),
  };
}

function seedOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usage(`--seed takes a whole number, not "${text}"`, 'for example --seed 7');
  return Number(text);
}

function onsetOf(text: string): NonNullable<FaultWishes['onset']> {
  const [shape, first, second] = text.split(':');
  const [a, b] = [Number(first), Number(second)];
  if (shape === 'sudden' && first === undefined) return { shape };
  if (shape === 'creeping' && a > 0 && second === undefined) return { shape, rampMs: a };
  if (shape === 'intermittent' && a > 0 && b > 0) return { shape, periodMs: a, onShare: b };
  throw usage(`--onset does not know "${text}"`, 'for example --onset creeping:300000 or intermittent:60000:0.4');
}

function valuesOf(pairs: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([A-Za-z][A-Za-z0-9]*)=(-?[0-9.]+)$/.exec(pair);
      if (match === null || Number.isNaN(Number(match[2])))
        throw usage(`--set takes name=number, not "${pair}"`, 'for example --set airflow=0.4');
      return [match[1] ?? '', Number(match[2])];
    }),
  );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function overSocket(stateDir: string): Promise<ControlClient> {
  const { createControlClient } = await import('../../infra/cluster/control-client.ts');
  const { controlSocketPath } = await import('../../infra/cluster/control/socket-path.ts');
  return createControlClient(controlSocketPath(path.join(stateDir, 'cluster')));
}

/** The control client's own errors, by what they mean for a person. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'ControlError' && 'kind' in error)) return error;
  return isNotRunning(error)
    ? new CommandFailure(
        'no simulated cluster answers',
        'is `wardround up` or `wardround cluster up` running in this clone? Otherwise add --state-dir',
        { cause: error },
      )
    : new CommandFailure(error.message, 'see `wardround cluster faults` and `wardround cluster status`', {
        cause: error,
      });
}

function isNotRunning(error: unknown): boolean {
  return error instanceof Error && error.name === 'ControlError' && 'kind' in error && error.kind === 'not-running';
}

/** Aborted by Ctrl-C and SIGTERM. */
function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

function usage(message: string, advice: string): CommandFailure {
  return new CommandFailure(message, advice, { exitCode: exitCodes.usage });
}

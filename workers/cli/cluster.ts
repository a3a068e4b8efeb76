import path from 'node:path';
import { Command } from 'commander';
import type { ControlClient, FaultTarget } from '../../infra/cluster/control-client.ts';
import { processContext, type CliContext } from './context.ts';
import { placeOf } from './fault-place.ts';
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
  $ wardround cluster faults
  $ wardround cluster inject gpu-clock-lock --node node-07 --gpu 3
  $ wardround cluster heal gpu-clock-lock`,
    )
    .addCommand(
      reading('status', 'what the cluster does now', async (terminal, control, json) => {
        const { renderStatus } = await import('./cluster-status.ts');
        const status = await control.status();
        terminal.out(json ? renderJson(status) : await renderStatus(terminal, status));
      }),
    )
    .addCommand(
      reading(
        'faults',
        'the faults that can be injected, and where they are active',
        async (terminal, control, json) => {
          const { renderFaults } = await import('./cluster-status.ts');
          const faults = await control.faults();
          terminal.out(json ? renderJson({ faults }) : await renderFaults(terminal, faults));
        },
      ),
    )
    .addCommand(
      onTarget(
        'inject',
        '<fault>',
        'break something; the place is drawn by seed if none is named',
        async (control, fault, target) => {
          const active = await control.inject(fault, target);
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
    print: (terminal: Terminal, control: ControlClient, json: boolean) => Promise<void>,
  ): Command {
    return new Command(name)
      .description(description)
      .option('--json', 'print JSON')
      .action(async ({ json }: { json?: true }, command: Command) =>
        withControl(command, (control) => print(context.terminal, control, json === true)),
      );
  }

  function onTarget(
    name: string,
    argument: string,
    description: string,
    act: (control: ControlClient, fault: string, target?: FaultTarget) => Promise<{ value: unknown; text: string }>,
  ): Command {
    interface Options {
      node?: string;
      gpu?: string;
      hca?: string;
      json?: true;
    }
    return new Command(name)
      .description(description)
      .argument(argument, 'as listed by `wardround cluster faults`')
      .option('--node <name>', 'on this node')
      .option('--gpu <index>', 'on this GPU of the node')
      .option('--hca <name>', 'on this RDMA adapter of the node, such as mlx5_2')
      .option('--json', 'print JSON')
      .action(async (fault: string | undefined, { node, gpu, hca, json }: Options, command: Command) =>
        withControl(command, async (control) => {
          const { value, text } = await act(control, fault ?? everyFault, targetOf(node, gpu, hca));
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
    const { stateDir: named } = command.optsWithGlobals<{ stateDir?: string }>();
    const stateDir = named === undefined ? (await context.config()).stateDir : path.resolve(named);
    try {
      await work(await openControl(stateDir));
    } catch (error) {
      throw explained(error);
    }
  }
}

/** `heal` without a fault. */
const everyFault = '';

function targetOf(node: string | undefined, gpu: string | undefined, hca: string | undefined): FaultTarget | undefined {
  if (node === undefined && gpu === undefined && hca === undefined) return undefined;
  if (node === undefined) throw usage('--gpu and --hca need --node', 'for example --node node-07 --gpu 3');
  if (gpu !== undefined && !/^\d{1,2}$/.test(gpu))
    throw usage(`--gpu takes the index of a GPU, not "${gpu}"`, 'for example --gpu 3');
  return {
    node,
    ...(gpu === undefined ? {} : { gpu: Number(gpu) }),
    ...(hca === undefined ? {} : { hca }),
  };
}

async function overSocket(stateDir: string): Promise<ControlClient> {
  const { createControlClient } = await import('../../infra/cluster/control-client.ts');
  const { controlSocketPath } = await import('../../infra/cluster/control/socket-path.ts');
  return createControlClient(controlSocketPath(path.join(stateDir, 'cluster')));
}

/** The control client's own errors, by what they mean for a person. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'ControlError' && 'kind' in error)) return error;
  return error.kind === 'not-running'
    ? new CommandFailure(
        'no simulated cluster answers',
        'is `wardround up` running in this clone? Otherwise add --state-dir',
        { cause: error },
      )
    : new CommandFailure(error.message, 'see `wardround cluster faults` and `wardround cluster status`', {
        cause: error,
      });
}

function usage(message: string, advice: string): CommandFailure {
  return new CommandFailure(message, advice, { exitCode: exitCodes.usage });
}

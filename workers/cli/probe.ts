import { Command } from 'commander';
import { processContext, type CliContext } from './context.ts';
import { allowListCommand, sudoersCommand } from './probe-allow.ts';
import { listCommand, showCommand } from './probe-list.ts';
import { runCommand, sshRunner, type OpenRunner } from './probe-run-command.ts';

/** `wardround probe …`: the declared read-only measurements. `openRunner` is replaced in tests. */
export function probeCommand(context: CliContext = processContext(), openRunner: OpenRunner = sshRunner): Command {
  return new Command('probe')
    .description('list the read-only probes, or run one on nodes')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(runCommand(context, openRunner))
    .addCommand(allowListCommand(context))
    .addCommand(sudoersCommand(context))
    .addHelpText('after', '\nExamples:\n  $ wardround probe list\n  $ wardround probe run gpu.clocks --on node-07');
}

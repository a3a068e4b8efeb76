import { Command } from 'commander';
import { pickCluster, processContext, type CliContext } from './context.ts';
import type { RemediationOrder } from './incident-desk.ts';

/** `wardround stop`: no new remediation step starts in a cluster until `resume`. */
export function stopCommand(context: CliContext = processContext()): Command {
  return orderCommand(context, 'stop')
    .description('stop all remediation of a cluster; diagnosis goes on')
    .addHelpText(
      'after',
      `
The order is durable. No new step starts; an undo still runs.
Exit code 3: the order is recorded, but no worker has confirmed it yet.

Example:
  $ wardround stop --cluster site-a --reason "power maintenance until 18:00"`,
    );
}

/** `wardround resume`: remediation may go on. */
export function resumeCommand(context: CliContext = processContext()): Command {
  return orderCommand(context, 'resume')
    .description('let the remediation of a cluster go on')
    .addHelpText(
      'after',
      '\nThis also says that you have looked at the nodes whose repair vanished and could not be taken back;\nthe current details of workflow cluster/<name> say which and why.\n\nExample:\n  $ wardround resume --cluster site-a',
    );
}

/** The cluster's entity keeps so much of each (workflows/cluster.ts). */
const textCharsMax = 200;

function orderCommand(context: CliContext, order: RemediationOrder): Command {
  interface Options {
    cluster?: string;
    by?: string;
    reason: string;
    json?: true;
  }
  return new Command(order)
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--by <name>', `your name (default: ${context.user})`)
    .option('--reason <text>', 'why, for those who find it stopped', 'no reason given')
    .option('--json', 'print JSON')
    .action(async ({ cluster: named, by, reason, json }: Options) => {
      const { orderRemediation } = await import('./remediation-order.ts');
      const options = {
        order,
        cluster: pickCluster(named, [...(await context.inventories()).keys()]),
        by: (by ?? context.user).slice(0, textCharsMax),
        reason: reason.slice(0, textCharsMax),
        json: json === true,
      };
      await context.withDesk((desk) => orderRemediation(context.terminal, desk, options, context.pause));
    });
}

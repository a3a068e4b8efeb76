import { Command } from 'commander';
import { processContext, type CliContext } from './context.ts';

/** `wardround notify …`: where people are told that something waits for them. */
export function notifyCommand(context: CliContext = processContext()): Command {
  return new Command('notify')
    .description('list the receivers of notifications, or send them a test message')
    .addCommand(targetsCommand(context))
    .addCommand(testCommand(context))
    .addHelpText(
      'after',
      '\nWARDROUND_NOTIFY_FILE names the file that lists them; docs/operations.md, section "Notifications", says how.\n\nExamples:\n  $ wardround notify targets\n  $ wardround notify test',
    );
}

function targetsCommand(context: CliContext): Command {
  return new Command('targets')
    .description('list the configured receivers, without their secrets')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const { listTargets, readTargets } = await import('./notify-targets.ts');
      await listTargets(context.terminal, readTargets(await context.config()), json === true);
    });
}

function testCommand(context: CliContext): Command {
  return new Command('test')
    .description('send a test message to every receiver, whatever its filters')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
At PagerDuty it opens an alert of severity info and resolves it at once.
Exit codes: 0 all took it, 3 some did, 1 none did.`,
    )
    .action(async ({ json }: { json?: true }) => {
      const { readTargets } = await import('./notify-targets.ts');
      const { tryTargets } = await import('./notify-test.ts');
      const config = await context.config();
      const { uiUrl, namespace } = config.temporal;
      process.exitCode = await tryTargets(
        context.terminal,
        readTargets(config),
        { uiUrl, namespace },
        { json: json === true, nowMs: context.nowMs },
      );
    });
}

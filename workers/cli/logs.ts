import { Command } from 'commander';
import { processLogPlaces } from './logs/log-places.ts';
import { flightCommand } from './logs/flight.ts';
import { rulesCommand, type RulesContext } from './logs/rules.ts';
import { zoneOption } from './logs/zone-option.ts';
import { exitCodes, processTerminal } from './output.ts';

const pathsHelp = 'files (plain, gzip or zstd), folders, patterns, s3://bucket/prefix, or - for stdin';

/** `wardround logs …`: what detectors read in logs, and logs without their routine. */
export function logsCommand(context: RulesContext = processScanContext()): Command {
  return new Command('logs')
    .description('scan logs for findings, or reduce them to what matters; needs no server')
    .addCommand(scanCommand(context))
    .addCommand(reduceCommand(context))
    .addCommand(flightCommand())
    .addCommand(rulesCommand(context))
    .addHelpText(
      'after',
      `
Examples:
  $ wardround logs scan /var/log/job/
  $ wardround logs reduce 'rank-*.log.gz' | less -R
  $ dmesg | wardround logs scan -
  $ wardround logs scan --json s3://logs/site-a/job/ | jq '.findings[0]'`,
    );
}

function scanCommand(context: RulesContext): Command {
  return new Command('scan')
    .description('find every line that tells of trouble, grouped by node and cause, first cause first')
    .argument('<path...>', pathsHelp)
    .option('--json', 'one JSON object on stdout')
    .option('--all', 'healthy and explaining lines too')
    .addOption(zoneOption())
    .addHelpText('after', '\nExit codes: 0 done, 1 something cannot be read, 2 wrong usage.')
    .action(async (paths: readonly string[], { json, all, zone }: { json?: true; all?: true; zone?: string }) => {
      const { runLogsScan } = await import('./logs/run-scan.ts');
      const code = await runLogsScan(
        paths,
        { json: json === true, all: all === true, ...(zone === undefined ? {} : { zone }) },
        context,
      );
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

function reduceCommand(context: RulesContext): Command {
  return new Command('reduce')
    .description('print the log without its routine lines; faults, firsts and what stands around them stay')
    .argument('<path...>', pathsHelp)
    .option('--json', 'one JSON object a line: kept lines and counts of routine ones')
    .option('--templates', 'list the templates of the routine lines instead of the log')
    .option('--no-rules', 'without the rules that were learned for this site')
    .addHelpText(
      'after',
      `
Kept in full and in order: each line that a detector reads trouble from (of a burst the first hundred), the first of
everything it knows, the first line of each template, three lines around a fault, and the last line of each source.

Exit codes: 0 done, 1 something cannot be read, 2 wrong usage.`,
    )
    .action(async (paths: readonly string[], options: { json?: true; templates?: true; rules: boolean }) => {
      const { runLogsReduce } = await import('./logs/run-reduce.ts');
      const code = await runLogsReduce(
        paths,
        {
          json: options.json === true,
          templates: options.templates === true,
          rulesFile: options.rules ? await context.rulesFile() : null,
        },
        context,
      );
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

function processScanContext(): RulesContext {
  return {
    terminal: processTerminal(),
    nowMs: () => performance.now(),
    places: processLogPlaces(),
    rulesFile: async () => (await import('../config.ts')).loadConfig().filterRulesFile,
  };
}

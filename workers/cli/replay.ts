import { Command } from 'commander';
import { processContext, type CliContext } from './context.ts';

/** `wardround replay ID|FILE`: is this what happened, and does it follow? */
export function replayCommand(context: CliContext = processContext()): Command {
  interface Options {
    run?: string;
    publicKey?: string;
    historyOnly?: true;
    json?: true;
  }
  return new Command('replay')
    .description('check an incident or a bundle: its seal, its decisions, its results')
    .argument('<id|file>', 'incident, bundle made by `wardround export`, or a history as JSON')
    .option('--public-key <file>', 'the key that you trust (PEM); the one beside a bundle proves nothing by itself')
    .option('--run <id>', 'an earlier run of the incident')
    .option('--history-only', 'check the decisions alone')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (subject: string, { run, publicKey, historyOnly, json }: Options) => {
      const { runAudit } = await import('./replay/run-audit.ts');
      process.exitCode = await runAudit(context, subject, {
        historyOnly: historyOnly === true,
        json: json === true,
        ...(run === undefined ? {} : { runId: run }),
        ...(publicKey === undefined ? {} : { publicKeyFile: publicKey }),
      });
    });
}

const help = `
Three checks: the seal (nothing changed, added or removed since it was signed), the decisions (the workflow code decides
the same from the recorded inputs), the results (the recorded evidence leads to the recorded findings, verdict and plan).
A file is checked without a server or a network.

Examples:
  $ wardround replay site-a/0123456789abcdef
  $ wardround replay incident.tar --public-key operators.pem
  $ wardround replay history.json --history-only

Exit codes: 0 all checks passed, 1 a check failed, 2 wrong usage, 3 something could not be checked.`;

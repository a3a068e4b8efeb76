import { Command, InvalidArgumentError } from 'commander';
import { repositoryFile } from '../../../repository-file.ts';
import { CommandFailure, exitCodes, processTerminal, renderJson } from '../../output.ts';
import { oneOf, wholeNumber } from '../option-values.ts';

interface ModelOptions {
  readonly baseUrl?: string;
  readonly model?: string;
  readonly cases: number;
  readonly set: string;
  readonly dir: string;
  readonly json: boolean;
}

/** `wardround bench model`: what a language model beside the rules changes, on real excerpts. */
export function modelBenchCommand(): Command {
  return new Command('model')
    .description('real excerpts by the rules alone, and with a model asked in addition: no verdict may get worse')
    .option('--base-url <url>', 'the model server (default: the configured one)')
    .option('--model <name>', 'the name of its model (default: the first it has)')
    .option('--cases <n>', 'how many of the set, in the order of their names', wholeNumber, 10)
    .option('--set <name>', 'tuning or held-out', 'tuning')
    .option('--dir <folder>', 'where the cases are', repositoryFile('test/incidents'))
    .option('--json', 'print the result as JSON on stdout', false)
    .addHelpText(
      'after',
      `
How far it has come stands on stderr. Ctrl-C ends it and prints the cases until then.

Exit codes: 0 no verdict got worse, 1 one did or it was stopped.

Examples:
  $ wardround bench model --base-url http://127.0.0.1:8080/v1 --model gemma3-270m
  $ wardround bench model --cases 44 --json`,
    )
    .action(async (options: ModelOptions) => {
      if (options.cases < 1) throw new InvalidArgumentError('--cases: expected at least 1');
      const terminal = processTerminal();
      const { caseSets } = await import('../excerpts/cases.ts');
      const [set = 'tuning'] = oneOf('set', caseSets, [options.set]);
      const { modelFor } = await import('../model-server.ts');
      const { stopOnSignal } = await import('../model-stop.ts');
      const { runModelBench } = await import('./run-model.ts');
      const { renderModelBench } = await import('./model-table.ts');
      const model = await modelFor(options);
      if (model === null)
        throw new CommandFailure(
          'no model is configured',
          'give --base-url, or set WARDROUND_MODEL_URL and WARDROUND_MODEL_NAME',
        );
      const { dir, cases } = options;
      const report = await runModelBench(terminal, { dir, set, cases, ...model }, stopOnSignal(terminal));
      terminal.out(options.json ? renderJson(report) : await renderModelBench(terminal, report));
      const isWhole = report.rows.length === report.cases;
      process.exitCode = report.worse === 0 && isWhole ? exitCodes.done : exitCodes.failed;
    });
}

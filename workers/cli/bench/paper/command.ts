import { Command, InvalidArgumentError } from 'commander';
import { repositoryFile } from '../../../repository-file.ts';
import { exitCodes, processTerminal, renderJson } from '../../output.ts';
import { list, oneOf, wholeNumber } from '../option-values.ts';

interface PaperCommandOptions {
  readonly part?: readonly string[];
  readonly mode?: readonly string[];
  readonly ablate: readonly string[];
  readonly limit: number;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly rows: boolean;
  readonly json: boolean;
}

/** `wardround bench paper`: the 150 questions after the paper, by the rules and by a model. */
export function paperCommand(): Command {
  return new Command('paper')
    .description('150 questions in three parts, after the paper: extraction, programs, attribution')
    .option('--part <parts>', 'A, B, C (default: all)', list)
    .option('--mode <modes>', 'what may be recalled: fair, deployed (default: both)', list)
    .option('--ablate <parts>', 'measure beside it what is left: no-recall, keywords', list, [])
    .option('--limit <n>', 'questions of each part', wholeNumber, 50)
    .option('--base-url <url>', 'a model server to ask as well (default: the configured one)')
    .option('--model <name>', 'the name of its model')
    .option('--rows', 'every answer', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .addHelpText(
      'after',
      `
The rules answer parts A and C without a model; part B asks for programs and needs one.
How far it has come stands on stderr. Ctrl-C ends it and prints what was answered until then.

Exit codes: 0 all questions were put, 1 it was stopped.

Examples:
  $ wardround bench paper --ablate no-recall,keywords
  $ wardround bench paper --part C --mode fair --json
  $ wardround bench paper --base-url http://127.0.0.1:8080/v1 --model gemma --limit 10`,
    )
    .action(async (options: PaperCommandOptions) => {
      const terminal = processTerminal();
      const { modes, paperAblations, parts, runPaper } = await import('./run-paper.ts');
      const { renderPaper } = await import('./paper-table.ts');
      const { modelFor } = await import('../model-server.ts');
      const { stopOnSignal } = await import('../model-stop.ts');
      if (options.limit < 1) throw new InvalidArgumentError('--limit: expected at least 1');
      const report = await runPaper(
        terminal,
        {
          folder: repositoryFile('test/benchmark/questions'),
          parts: oneOf('part', parts, options.part),
          modes: oneOf('mode', modes, options.mode),
          ablations: oneOf('ablation', paperAblations, options.ablate),
          limit: options.limit,
          model: await modelFor(options),
        },
        stopOnSignal(terminal),
      );
      process.exitCode = report.stopped ? exitCodes.failed : exitCodes.done;
      if (options.json) return terminal.out(renderJson(report));
      terminal.out(await renderPaper(terminal, report));
      if (options.rows)
        for (const { part, by, mode, answers } of report.rows)
          terminal.out(
            `${part} ${by} ${mode ?? ''}: ${answers.map(({ id, right }) => `${id}${right ? '' : '✗'}`).join(' ')}`,
          );
    });
}

import { Command, InvalidArgumentError } from 'commander';
import { repositoryFile } from '../../../repository-file.ts';
import { exitCodes, processTerminal, renderJson } from '../../output.ts';
import { list, oneOf } from '../option-values.ts';
import { ablations, ablationTexts } from './ablations.ts';
import { measuredSets, setsIn } from './cases.ts';

interface ExcerptsOptions {
  readonly set?: readonly string[];
  readonly dir: string;
  readonly ablate?: readonly string[];
  readonly ablations: boolean;
  readonly writeWords: boolean;
  readonly json: boolean;
}

/** `wardround bench excerpts`: real log excerpts with confirmed causes; needs no stack. */
export function excerptsCommand(): Command {
  return new Command('excerpts')
    .description('diagnose real excerpts with confirmed causes: sets that are tuned on, and one that is only looked at')
    .option(
      '--set <names>',
      'tuning, incidents (older ones, tuned on as well), held-out (only looked at) (default: tuning,incidents)',
      list,
    )
    .option(
      '--dir <folder>',
      'where the cases are: a folder of cases of the same form',
      repositoryFile('test/incidents'),
    )
    .option('--ablate <parts>', `leave out, together: ${ablations.join(', ')}`, list)
    .option('--ablations', 'the whole, and each part left out, beside each other', false)
    .option('--write-words', 'write the words of the cases that were tuned on, from which recall learns causes', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .addHelpText(
      'after',
      `
Parts that can be left out:
${ablations.map((name) => `  ${name.padEnd(14)} ${ablationTexts[name]}`).join('\n')}

A case is a folder with incident.json and the logs beside it. incident.json of a folder of your own:
  { "confirmedCause": "…", "expect": { "category": "gpu-fell-off-bus", "verdict": null, "firstFaultIncludes": null } }
category: a category of the taxonomy, or null where the logs cannot tell; verdict: attributed, no-fault, not-proven, or
null where only the category counts; firstFaultIncludes: a part of the first line of trouble, or null.

Examples:
  $ wardround bench excerpts --set tuning
  $ wardround bench excerpts --ablations
  $ wardround bench excerpts --dir ~/our-incidents --json`,
    )
    .action(async ({ dir, set, ablate, ablations: each, writeWords: writes, json }: ExcerptsOptions) => {
      const terminal = processTerminal();
      if (writes) {
        const { writeWords } = await import('./write-words.ts');
        const { shippedExamplesFile } = await import('../../../../activities/adapters/shipped-examples.ts');
        terminal.out(await writeWords(dir, shippedExamplesFile));
        return;
      }
      if (each && ablate !== undefined)
        throw new InvalidArgumentError('--ablations measures each part; --ablate chooses some');
      const there = setsIn(dir);
      const asked = set === undefined ? there.filter((one) => one !== 'held-out') : oneOf('set', measuredSets, set);
      const missing = asked.filter((one) => !there.includes(one));
      if (missing.length > 0)
        throw new InvalidArgumentError(`${dir} has no set ${missing.join(', ')}; it has ${there.join(', ')}`);
      const parts = ablate === undefined ? [] : oneOf('part', ablations, ablate);
      const leftOut = each ? [[], ...ablations.map((name) => [name])] : [parts];
      const { runExcerpts } = await import('./run-excerpts.ts');
      const { renderExcerpts } = await import('./excerpts-table.ts');
      const report = await runExcerpts(terminal, { dir, sets: asked, leftOut });
      terminal.out(json ? renderJson(report) : await renderExcerpts(terminal, report));
      process.exitCode = exitCodes.done;
    });
}

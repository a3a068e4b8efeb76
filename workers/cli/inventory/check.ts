import { readDraftFile } from '../../../activities/adapters/inventory-drafts.ts';
import { checkDraft, type Problem } from '../../../kb/inventory/check.ts';
import type { Draft, Note } from '../../../kb/inventory/draft.ts';
import { addFacts } from '../../../kb/inventory/node-facts.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, type ExitCode } from '../output.ts';
import type { OpenRunner } from '../probe-run-command.ts';
import { askInventory } from './ask.ts';

/** Prints everything that is wrong with an inventory file, and answers the exit code. */
export async function checkInventory(
  context: CliContext,
  openRunner: OpenRunner,
  { file, connect, json }: { readonly file: string; readonly connect: boolean; readonly json: boolean },
): Promise<ExitCode> {
  const read = readDraftFile(file);
  if (read === null)
    throw new CommandFailure(`there is no file ${file}`, 'name an inventory file', { exitCode: exitCodes.usage });
  const problems = [
    ...checkDraft(read.draft),
    ...(connect ? await answerProblems(context, openRunner, read.draft) : []),
  ].map((problem) => ({ ...problem, line: read.lineOf(problem.path) }));
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const { terminal } = context;
  if (json) terminal.out(renderJson({ file, cluster: read.draft.cluster, errors, problems }));
  else {
    for (const { severity, path, message, line } of problems.toSorted((a, b) => a.line - b.line)) {
      const word = severity === 'error' ? paint(terminal, 'red', 'error') : paint(terminal, 'yellow', 'warning');
      terminal.out(`${plain(file)}:${line} ${word} ${path.join('.')}: ${plain(message)}`);
    }
    const { nodes, jobs } = read.draft;
    const warnings = problems.length - errors;
    terminal.out(
      `${read.draft.cluster}: ${nodes.length} nodes, ${jobs.length} jobs; ${errors} errors, ${warnings} warnings`,
    );
  }
  return errors > 0 ? exitCodes.failed : exitCodes.done;
}

/** Nodes that do not answer, or say something else than the inventory. */
async function answerProblems(context: CliContext, openRunner: OpenRunner, draft: Draft): Promise<readonly Problem[]> {
  const { facts, notes } = await askInventory(context, openRunner, draft);
  const compared = addFacts(draft, facts, false);
  return [...notes, ...compared.notes].map(({ about, text, kind }: Note): Problem => {
    const at = draft.nodes.findIndex(({ name }) => name === about);
    return {
      // Without its key a node is in the list already.
      severity: kind === 'conflict' || text.startsWith('could not be asked') ? 'error' : 'warning',
      path: at === -1 ? [] : ['nodes', at],
      message: `${about}: ${text}`,
    };
  });
}

import { Command } from 'commander';
import { processContext, type CliContext } from './context.ts';
import { addCommand } from './kb/add.ts';
import { candidatesCommand } from './kb/candidates.ts';
import { checkCommand } from './kb/check.ts';
import { acceptCommand, rejectCommand, revokeCommand } from './kb/decide.ts';
import { importCommand } from './kb/import-folder.ts';
import { indexCommand } from './kb/index-records.ts';
import { searchCommand } from './kb/search.ts';
import { showCommand } from './kb/show.ts';

/** `wardround kb …`: the knowledge base. */
export function kbCommand(context: CliContext = processContext()): Command {
  return new Command('kb')
    .description('check, index, search and grow the knowledge base')
    .addCommand(searchCommand(context))
    .addCommand(checkCommand(context))
    .addCommand(indexCommand(context))
    .addCommand(showCommand(context))
    .addCommand(addCommand(context))
    .addCommand(candidatesCommand(context))
    .addCommand(acceptCommand(context))
    .addCommand(rejectCommand(context))
    .addCommand(revokeCommand(context))
    .addCommand(importCommand(context))
    .addHelpText(
      'after',
      '\nExamples:\n  $ wardround kb search "error 12 on all ranks"\n  $ wardround kb check\n  $ wardround kb index',
    );
}

import type { CommandContext, CommandResult, NodeCommand } from '../command.ts';
import { notValid } from './answer.ts';
import { restoreConfig, revertConfig } from './config.ts';
import { endProcess } from './kill.ts';
import { remount } from './remount.ts';
import { clearShm, returnShm } from './shm.ts';

interface Verb {
  readonly words: number;
  run(context: CommandContext, words: readonly string[]): CommandResult;
}

/** One function a verb, with as many words as it takes. */
const verbs: Readonly<Record<string, Verb>> = {
  kill: { words: 2, run: (context, [pid = '', start = '']) => endProcess(context, pid, start) },
  'shm-clear': { words: 0, run: clearShm },
  'shm-return': { words: 0, run: returnShm },
  remount: { words: 1, run: (context, [mount = '']) => remount(context, mount) },
  'config-revert': { words: 1, run: (context, [name = '']) => revertConfig(context, name) },
  'config-restore': { words: 1, run: (context, [name = '']) => restoreConfig(context, name) },
};

/** `wardround-fix VERB …` with the texts and exit codes of `infra/gate/wardround-fix.sh`. */
export const wardroundFix: NodeCommand = {
  name: 'wardround-fix',
  run(context, [name = '', ...words]) {
    const verb = verbs[name];
    return verb === undefined || words.length !== verb.words
      ? notValid(
          'usage: wardround-fix kill <pid> <start> | shm-clear | shm-return | remount <mount> | config-revert <name> | config-restore <name>',
        )
      : verb.run(context, words);
  },
};

import type { CommandContext, CommandResult, Tool } from './command.ts';
import { complained } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { managementHostTools, nodeTools } from './families/index.ts';
import { atOnce, collected, type Play } from './play.ts';
import { afterSudo } from './sudo.ts';
import { sudoRefuses } from '../physics/tool-troubles.ts';
import { limited, parseTimeout } from './timeout.ts';
import { troubled } from './trouble.ts';

/** What a login shell on the machine would do with this command line. */
export function playLine(context: CommandContext, line: string): Play {
  const parsed = parseCommandLine(line);
  if ('error' in parsed) return atOnce(complained(`sh: 1: ${parsed.error}\n`, 2));
  return playArgv(context, parsed.argv);
}

/** `sudo -n` and `timeout` in front of a command act on it as the real ones do. */
export function playArgv(context: CommandContext, argv: readonly string[], depth = 0): Play {
  const [name = '', ...args] = argv;
  const program = nameOf(name);
  if (depth < wrappersMax) {
    if (program === 'sudo') {
      const after = afterSudo(args);
      // The gate's key runs as root already.
      if (!context.root && sudoRefuses(context.timeline, context.node, context.nowMs))
        return atOnce(complained('sudo: a password is required\n', 1));
      return 'error' in after ? atOnce(after.error) : playArgv({ ...context, root: true }, after.argv, depth + 1);
    }
    if (program === 'timeout') {
      const limit = parseTimeout(args);
      return 'error' in limit ? limit.error : limited(playArgv(context, limit.argv, depth + 1), context.nowMs, limit);
    }
  }
  const tool = findTool(context.host === 'management' ? managementHostTools : nodeTools, program, args);
  if (tool === undefined) return atOnce(complained(`sh: 1: ${name}: not found\n`, 127));
  return troubled(context, program, 'play' in tool ? tool.play(context, args) : atOnce(tool.run(context, args)));
}

/** The whole answer to a command line, as if its time had passed. */
export function runLine(context: CommandContext, line: string): CommandResult {
  return collected(playLine(context, line), context.nowMs);
}

export function runArgv(context: CommandContext, argv: readonly string[]): CommandResult {
  return collected(playArgv(context, argv), context.nowMs);
}

// `sudo -n timeout -k 1 5 stat` has two of them.
const wrappersMax = 4;

/** The first entry of this name that takes the arguments, else the last of the name, which knows how to complain. */
function findTool(tools: readonly Tool[], name: string, args: readonly string[]): Tool | undefined {
  const named = tools.filter((tool) => tool.name === name);
  return named.find((tool) => tool.takes?.(args) ?? true) ?? named.at(-1);
}

function nameOf(word: string): string {
  return /^\/(?:usr\/)?(?:local\/)?s?bin\//.test(word) ? word.slice(word.lastIndexOf('/') + 1) : word;
}

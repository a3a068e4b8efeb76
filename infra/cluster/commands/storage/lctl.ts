import { complained, type CommandResult, type NodeCommand } from '../command.ts';
import { lustreFiles, type LustreFile } from './lustre-files.ts';

/** `lctl get_param [-n] PATTERN…` of Lustre 2.15.4 (lustre_cfg.c), of the parameters about time-outs. */
export const lctl: NodeCommand = {
  name: 'lctl',
  run(context, [verb, ...args]) {
    const isBare = args[0] === '-n';
    const patterns = isBare ? args.slice(1) : args;
    if (verb !== 'get_param' || patterns.length === 0 || patterns.some((one) => one.startsWith('-')))
      return complained(usage, 1);
    const files = lustreFiles(context);
    return patterns.map((pattern) => matching(files, pattern, isBare)).reduce(together);
  },
};

const usage =
  'get the Lustre or LNET parameter\nusage: get_param [-F|n|-N|-R] <param_path1 param_path2 ...>\nGet the value of Lustre or LNET parameter from the specified path.\n';
// ENOENT of a pattern that nothing matches is what lctl ends with.
const noEntry = 2;

function matching(files: readonly LustreFile[], pattern: string, isBare: boolean): CommandResult {
  const path = pattern.replaceAll('.', '/');
  const glob = path.replaceAll(/[^\w/]/g, (one) => (one === '*' ? '[^/]*' : one === '?' ? '[^/]' : `\\${one}`));
  const found = files.filter((file) => new RegExp(`^${glob}$`).test(file.path));
  if (found.length === 0)
    return complained(`error: get_param: param_path '${path}': No such file or directory\n`, noEntry);
  const shown = found.map((file) => {
    const text = file.text();
    // A value of several lines begins on a line of its own.
    const isLong = text.indexOf('\n') < text.length - 1;
    return isBare ? text : `${file.path.replaceAll('/', '.')}=${isLong ? '\n' : ''}${text}`;
  });
  return { stdout: shown.join(''), stderr: '', exitCode: 0 };
}

function together(one: CommandResult, other: CommandResult): CommandResult {
  return {
    stdout: one.stdout + other.stdout,
    stderr: one.stderr + other.stderr,
    exitCode: one.exitCode === 0 ? other.exitCode : one.exitCode,
  };
}

import { complained, type CommandResult } from './command.ts';

/** `sudo -n COMMAND …`: who may is the forced command's matter, whose list is the sudoers' list. */
export function afterSudo(
  args: readonly string[],
): { readonly argv: readonly string[] } | { readonly error: CommandResult } {
  if (args[0] !== '-n') return { error: complained('sudo: a terminal is required to read the password\n', 1) };
  const argv = args[1] === '--' ? args.slice(2) : args.slice(1);
  return argv.length === 0 ? { error: complained('usage: sudo -h | -K | -k | -V\n', 1) } : { argv };
}

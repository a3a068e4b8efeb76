import { PortError } from '../../ports.ts';

/**
 * The one place where an argument list becomes a command line of a POSIX shell. Words of harmless characters stay
 * as they are, which is what forced commands on nodes compare with their lists; every other word is put into single
 * quotes, in which a shell knows no special character.
 */
export function quoteCommand(argv: readonly string[]): string {
  if (argv.length === 0 || argv[0] === '') throw new PortError('malformed', 'an empty command cannot be run');
  if (argv.length > wordsMax)
    throw new PortError('too-large', `${argv.length} words in one command; at most ${wordsMax}`);
  return argv.map((word, at) => quoteWord(word, at === 0)).join(' ');
}

const wordsMax = 100;
const harmlessPattern = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

function quoteWord(word: string, isCommand: boolean): string {
  // A NUL ends a C string, and a line break ends a request of the node side's line protocol.
  // oxlint-disable-next-line no-control-regex -- these characters are what must be refused
  if (/[\u0000\n\r]/.test(word)) throw new PortError('malformed', 'a word of a command holds NUL or a line break');
  // An unquoted first word with an equals sign would be an assignment.
  const harmless = harmlessPattern.test(word) && !(isCommand && word.includes('='));
  return harmless ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

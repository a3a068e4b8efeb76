/** Bytes of a command line that a node accepts. */
export const commandLineBytesMax = 4_096;

export type ParsedLine = { readonly argv: readonly string[] } | { readonly error: string };

/**
 * Words as POSIX sh splits them when only plain characters and single quotes are used. Everything that a shell
 * would expand, redirect or chain is refused: nothing behind it could be run here, and silence would mislead.
 */
export function parseCommandLine(line: string): ParsedLine {
  if (Buffer.byteLength(line) > commandLineBytesMax) return { error: 'Argument list too long' };
  const argv: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === ' ' || character === '\t') {
      if (word !== null) argv.push(word);
      word = null;
    } else if (character === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) return { error: 'Syntax error: Unterminated quoted string' };
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (character === '\\' && line.charAt(at + 1) === "'") {
      // The way a single quote itself is quoted: 'it'\''s'.
      word = `${word ?? ''}'`;
      at += 1;
    } else if (plain.test(character)) word = (word ?? '') + character;
    else return { error: `Syntax error: "${printable(character)}" unexpected` };
  }
  if (word !== null) argv.push(word);
  return argv.length === 0 ? { error: 'Syntax error: end of file unexpected' } : { argv };
}

/** No shell gives these a meaning inside a word. */
const plain = /[A-Za-z0-9_./:=,@%+-]/;

function printable(character: string): string {
  return character < ' ' ? 'newline' : character;
}

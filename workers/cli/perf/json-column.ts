export interface JsonTrouble {
  /** From 1; where the text stops to be JSON. */
  readonly column: number;
  readonly reason: string;
}

/** A value, or where and why one line is no JSON. */
export function parseJsonLine(line: string): { readonly value: unknown } | JsonTrouble {
  try {
    return { value: JSON.parse(line) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return troubleIn(line);
  }
}

// V8 names the offset, or quotes the unexpected character with ten characters on either side. Blanks around the line
// make sure that there are ten.
const quoted = 10;

function troubleIn(line: string): JsonTrouble {
  const blanks = ' '.repeat(quoted);
  const padded = `${blanks}${line}${blanks}`;
  try {
    JSON.parse(padded);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const offset = offsetNamed(message) ?? offsetQuoted(message, padded) ?? quoted;
    const column = Math.min(Math.max(0, offset - quoted), line.length) + 1;
    return { column, reason: `not JSON: ${reasonIn(message)}` };
  }
  return { column: 1, reason: 'not JSON' };
}

/** `Expected ',' or '}' after property value in JSON at position 26 (line 1 column 27)` */
function offsetNamed(message: string): number | null {
  const offset = /at position (\d+)/.exec(message)?.[1];
  return offset === undefined ? null : Number(offset);
}

/** `Unexpected token 'h', ..."  {"gpu": hello}    "... is not valid JSON` */
function offsetQuoted(message: string, padded: string): number | null {
  const snippet = /^Unexpected token '.+', \.\.\."([^]*)"\.\.\. is not valid JSON$/.exec(message)?.[1];
  const at = snippet === undefined ? -1 : padded.indexOf(snippet);
  return at === -1 ? null : at + quoted;
}

function reasonIn(message: string): string {
  return message
    .replace(/,? \.\.\."[^]*$/, '')
    .replace(/(?: in JSON)? at position [^]*$/, '')
    .toLowerCase()
    .replace(/^unexpected token/, 'unexpected');
}

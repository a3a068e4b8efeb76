import { CommandFailure, exitCodes } from '../output.ts';

// A run with all its notes takes some 800.
export const lineCharactersMax = 1024 * 1024;

/** Lines of a text in chunks, without their ends; only `\n` and `\r\n` end a line, as JSONL wants it. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  try {
    for await (const chunk of chunks) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = pieces.pop() ?? '';
      if (rest.length > lineCharactersMax)
        throw new CommandFailure(
          `${name}: a line has more than ${lineCharactersMax} characters`,
          'one run, or one field, a line',
          { exitCode: exitCodes.usage },
        );
      for (const piece of pieces) yield withoutReturn(piece);
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new CommandFailure(`${name} can not be read`, cause.message, { exitCode: exitCodes.usage, cause });
  }
  rest += decoder.decode();
  if (rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

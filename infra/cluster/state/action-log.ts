import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { actionSchema, type Action } from './actions.ts';

export interface ActionLog {
  /** What was there when the log was opened. */
  readonly recorded: readonly Action[];
  /** Returns after the line is on disk. */
  append(action: Action): void;
  close(): void;
}

/**
 * Append-only, one JSON object a line. A last line without its newline is a write that a crash cut off before
 * anybody was told that it happened: it is dropped. Anything else that does not parse is damage, and said so.
 */
export function openActionLog(path: string): ActionLog {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const recorded = whole
    .split('\n')
    .slice(0, -1)
    .map((line, at) => parseAction(line, path, at + 1));
  const file = openSync(path, 'a', 0o600);
  let bytes = Buffer.byteLength(whole);
  if (whole.length < text.length) ftruncateSync(file, bytes);
  return {
    recorded,
    append(action) {
      const line = `${JSON.stringify(action)}\n`;
      try {
        writeFileSync(file, line);
        fsyncSync(file);
      } catch (error) {
        // The next line must not be glued to what a full disk left of this one.
        ftruncateSync(file, bytes);
        throw error;
      }
      bytes += Buffer.byteLength(line);
    },
    close: () => closeSync(file),
  };
}

function parseAction(line: string, path: string, number: number): Action {
  try {
    return actionSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new Error(`${path} line ${number} is not an action; move the file away to start from a healthy cluster`, {
      cause,
    });
  }
}

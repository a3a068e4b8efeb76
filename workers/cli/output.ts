import { styleText } from 'node:util';
import { asOneLine, hasHidden, withHiddenAsNumbers, withoutHidden } from '../../workflows/domain/hidden-characters.ts';

/** Every command ends with one of these. */
export const exitCodes = { done: 0, failed: 1, usage: 2, notProven: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where a command writes and whom it can ask; a value, so that tests can read along. */
export interface Terminal {
  /** One line, or several, to stdout; the line end is added. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A line that the next output replaces; only where a person watches. */
  readonly transient?: (text: string) => void;
  /** Asks on stderr, so that stdout stays what was asked for. */
  readonly ask: (question: string) => Promise<string>;
  readonly colour: boolean;
  /** A person is there to answer. */
  readonly interactive: boolean;
}

/** Trouble that a person can do something about: printed without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly advice: string;
  readonly exitCode: ExitCode;
  constructor(message: string, advice: string, options?: { readonly exitCode?: ExitCode; readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.advice = advice;
    this.exitCode = options?.exitCode ?? exitCodes.failed;
  }
}

export function processTerminal(): Terminal {
  const { isTTY } = process.stderr;
  let passing = false;
  const transient = (text: string) => {
    if (text === '' && !passing) return;
    // Without wrapping (DECAWM off) a long line stays one line, which the next output can erase.
    process.stderr.write(`\r\u001b[K${text === '' ? '' : `\u001b[?7l${inert(text)}\u001b[?7h`}`);
    passing = text !== '';
  };
  return {
    out(text) {
      transient('');
      process.stdout.write(`${inert(text)}\n`);
    },
    err(text) {
      transient('');
      process.stderr.write(`${inert(text)}\n`);
    },
    ask(question) {
      transient('');
      return ask(question);
    },
    ...(isTTY ? { transient } : {}),
    colour: colourWanted(process.stdout),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  };
}

/**
 * The last gate before a terminal: whatever a command forgot to clean, nothing moves the cursor, hides text or turns its
 * direction. Our own colours stay.
 */
export function inert(text: string): string {
  if (!hasHidden(text)) return text;
  return text
    .split(ownStyle)
    .map((piece, at) => (at % 2 === 1 ? piece : withoutHidden(piece)))
    .join('');
}

// Colours (16 and 256), bold, dim, italic, underline, inverse, crossed out and their ends; nothing that conceals.
const style = String.raw`(?:[0-479]|2[2-79]|[34][0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3})`;
const ownStyle = new RegExp(`(\u001b\\[${style}(?:;${style})*m)`);

/** Node's own rule: a terminal, unless NO_COLOR or FORCE_COLOR say otherwise. */
export function colourWanted(stream: NodeJS.WritableStream): boolean {
  return styleText('bold', 'x', { stream }) !== 'x';
}

export type Style = Parameters<typeof styleText>[0];

export function paint(terminal: Pick<Terminal, 'colour'>, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text, { validateStream: false }) : text;
}

/** A table for people. Cells are freed of control characters, so that no name can move the cursor. */
export async function renderTable(
  terminal: Pick<Terminal, 'colour'>,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: head.map((title) => paint(terminal, 'bold', title)),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: noBorders,
  });
  for (const row of rows) table.push(row.map((cell) => cellText(terminal, cell)));
  return table.toString().replace(/[ \t]+$/gm, '');
}

export type Cell = string | { readonly text: string; readonly style: Style };

export function renderJson(value: unknown): string {
  return withHiddenAsNumbers(JSON.stringify(value, null, 2));
}

/** One line of JSON. */
export function jsonLine(value: unknown): string {
  return withHiddenAsNumbers(JSON.stringify(value));
}

/** One line without control characters. */
export function plain(text: string): string {
  return asOneLine(text);
}

/** "3 d 4 h", "12 min", "8 s": two units at most. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function cellText(terminal: Pick<Terminal, 'colour'>, cell: Cell): string {
  return typeof cell === 'string' ? plain(cell) : paint(terminal, cell.style, plain(cell.text));
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

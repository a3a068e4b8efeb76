import { PickleError } from './pickle-cursor.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

/** Text as protocols 1 and later write it. Lone surrogates, which Python can write, become U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** A string of Python 2, which had no encoding. */
export function oldText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

/** Two's complement, little-endian; a number where it is exact, else a bigint. */
export function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  // Times in nanoseconds, in every entry.
  if (bytes.length === 8) return exact(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
  const hex = [...bytes].toReversed().map((byte) => byte.toString(16).padStart(2, '0'));
  return exact(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex.join('')}`)));
}

/** `12`, and `01` and `00`, with which protocols 0 and 1 write booleans. */
export function intOf(text: string, offset: number): number | bigint | boolean {
  if (text === '01') return true;
  if (text === '00') return false;
  return decimal(text, offset, 'INT');
}

/** `12L`. */
export function oldLongOf(text: string, offset: number): number | bigint {
  return decimal(text.endsWith('L') ? text.slice(0, -1) : text, offset, 'LONG');
}

export function floatOf(text: string, offset: number): number {
  const trimmed = text.trim().toLowerCase();
  const special = specialFloats.get(trimmed.replace(/^\+/, ''));
  if (special !== undefined) return special;
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(trimmed))
    throw new PickleError('FLOAT is followed by no number', offset, 'FLOAT');
  return Number(trimmed);
}

const specialFloats = new Map([
  ['inf', Infinity],
  ['infinity', Infinity],
  ['-inf', -Infinity],
  ['-infinity', -Infinity],
  ['nan', NaN],
  ['-nan', NaN],
]);

/** Text with `\u` escapes alone, as protocol 0 writes it. */
export function rawUnicode(text: string, offset: number): string {
  return text.replace(/\\u(.{0,4})|\\U(.{0,8})/g, (_whole, short: string | undefined, long: string | undefined) => {
    const digits = short ?? long ?? '';
    const code = /^[0-9a-f]+$/i.test(digits) ? Number.parseInt(digits, 16) : NaN;
    if (digits.length !== (short === undefined ? 8 : 4) || !(code <= 0x10ffff))
      throw new PickleError('UNICODE holds a broken escape', offset, 'UNICODE');
    return String.fromCodePoint(code);
  });
}

/** A quoted string of Python 2, as `repr` writes it. */
export function quoted(text: string, offset: number): string {
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote)
    throw new PickleError('STRING is not in quotes', offset, 'STRING');
  const bytes = text
    .slice(1, -1)
    .replace(
      /\\x([0-9a-f]{2})|\\([\\'"abfnrtv])|\\([0-7]{1,3})/gi,
      (whole, hex: string | undefined, letter: string | undefined, octal: string | undefined) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
        return escapes.get(letter ?? '') ?? whole;
      },
    );
  return oldText(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

const escapes = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function decimal(text: string, offset: number, opcode: string): number | bigint {
  const trimmed = text.trim();
  if (!/^[-+]?\d+$/.test(trimmed)) throw new PickleError(`${opcode} is followed by no whole number`, offset, opcode);
  return exact(BigInt(trimmed.replace(/^\+/, '')));
}

function exact(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

import { asOneLine } from '../../workflows/domain/hidden-characters.ts';
import { namePattern } from '../../workflows/domain/ids.ts';

/** Is this a name that may enter ids, keys and command lines? */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

export const nameRule = 'names are lower-case letters, digits, dots and dashes, at most 63 characters';

/** The nearest name to what people wrote; `null` where nothing is left of it. */
export function asName(text: string): string | null {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 63)
    .replace(/[.-]+$/, '');
  return isName(name) ? name : null;
}

/** A host name or an address as tools take it on their command lines. */
export function isHost(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/.test(text);
}

/** A user as the schema takes it. */
export function isUser(text: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,31}$/.test(text);
}

export function asPort(value: unknown): number | null {
  const port =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : null;
}

/** Free text of a source for a message: one short line. */
export function shown(text: string, charsMax = 60): string {
  const line = asOneLine(text);
  return line.length <= charsMax ? line : `${line.slice(0, charsMax)}…`;
}

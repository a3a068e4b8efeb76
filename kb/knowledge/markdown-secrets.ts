import type { Token, Tokens } from 'marked';
import { maskCharacter, redact } from '../logs/redact.ts';

/** Masks secrets as they stand in logs and as people write them in Markdown: `**Password:** …` and `| token | … |`. */
export function maskSecrets(markdown: string): string {
  return [emphasised, besideInTable].reduce(
    (text, pattern) => text.replace(pattern, (_whole, keep: string, secret: string) => keep + masked(secret)),
    redact(markdown),
  );
}

/** A table as it is written, without what stands in columns that are headed as secrets. */
export function maskColumns(table: Tokens.Table): string {
  const columns = new Set(table.header.flatMap(({ text }, index) => (secretHead.test(text) ? [index] : [])));
  const secrets = table.rows.flatMap((row) =>
    row.flatMap(({ text }, index) => (columns.has(index) && isValue(text) ? [text] : [])),
  );
  return secrets.reduce((raw, secret) => raw.replaceAll(secret, masked(secret)), table.raw);
}

export function isTable(token: Token): token is Tokens.Table {
  return token.type === 'table';
}

const words = 'passw(?:or)?d|passphrase|pwd|secret|token|api[ _-]?key|access[ _-]?key|private[ _-]?key|credentials?';
const mark = '[*_`"\']';

const emphasised = new RegExp(
  `(\\b(?:${words})(?:${mark}{1,3}[ \\t]?[:=]|[ \\t]?[:=]${mark}{1,3})[ \\t]{0,3}${mark}{0,3})([^\\s|*_\`"'][^\\s|\`]{5,255})`,
  'gi',
);
// The cell behind it, where it holds a digit: the head of a column does not.
const besideInTable = new RegExp(
  `(\\|[ \\t]*${mark}{0,3}(?:${words})${mark}{0,3}[ \\t]*\\|[ \\t]*${mark}{0,3})((?=[^\\s|]{0,255}\\d)[^\\s|\`]{6,255})`,
  'gi',
);
const secretHead = new RegExp(`^${mark}*(?:${words})s?${mark}*$`, 'i');

/** One word of some length, not masked yet. */
function isValue(cell: string): boolean {
  return /^[^\s*][^\s]{4,255}$/.test(cell);
}

function masked(secret: string): string {
  return maskCharacter.repeat(secret.length);
}

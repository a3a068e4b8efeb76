import { dcgmCatalogue } from './dcgm-catalogue.ts';
import type { CatalogueEntry, CodeKind } from './entry.ts';
import { ibCatalogue } from './ib-catalogue.ts';
import { ncclResults } from './nccl-results.ts';
import { sxidCatalogue } from './sxid-catalogue.ts';
import { xidCatalogue } from './xid-catalogue.ts';

/** Every code of one kind, in the order of its source. */
export function entriesOf(kind: CodeKind): readonly CatalogueEntry[] {
  switch (kind) {
    case 'xid':
      return xidCatalogue;
    case 'sxid':
      return sxidCatalogue;
    case 'dcgm':
      return dcgmCatalogue;
    case 'nccl':
      return ncclResults;
    case 'ib':
      return ibCatalogue;
  }
}

/** By number, by the maker's constant, or by name, without regard to case. */
export function findEntry(kind: CodeKind, wanted: string): CatalogueEntry | undefined {
  const entries = entriesOf(kind);
  const asked = wanted.trim().toLowerCase();
  if (/^-?\d+$/.test(asked)) return entries.find(({ code }) => code === Number(asked));
  return (
    entries.find((entry) => symbolsOf(entry).includes(asked)) ??
    entries.find(({ words, code }) => words.toLowerCase() === asked || String(code).toLowerCase() === asked)
  );
}

/** `ROBUST_CHANNEL_GR_EXCEPTION / ROBUST_CHANNEL_GR_ERROR_SW_NOTIFY` are two constants of one code. */
function symbolsOf({ symbol }: CatalogueEntry): readonly string[] {
  return symbol.toLowerCase().split(' / ');
}

/** Codes that look like what was asked for, the likest first. */
export function suggestionsFor(kind: CodeKind, wanted: string): readonly CatalogueEntry[] {
  const asked = wanted.trim().toLowerCase().slice(0, wordCharsMax);
  return entriesOf(kind)
    .map((entry) => ({ entry, distance: distanceTo(entry, asked) }))
    .filter(({ distance }) => distance <= distanceMax)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, suggestionsMax)
    .map(({ entry }) => entry);
}

const suggestionsMax = 3;
const wordCharsMax = 80;
// Share of letters that may differ.
const distanceMax = 0.5;

function distanceTo({ code, symbol, words: phrase }: CatalogueEntry, asked: string): number {
  if (/^-?\d+$/.test(asked) && typeof code === 'number')
    return String(code).includes(asked) || asked.includes(String(code)) || Math.abs(code - Number(asked)) <= 2
      ? Math.abs(code - Number(asked)) / 100_000
      : 1;
  const words = [symbol.toLowerCase(), phrase.toLowerCase(), String(code).toLowerCase()];
  return Math.min(...words.map((word) => (word.includes(asked) && asked.length > 2 ? 0.1 : closeness(word, asked))));
}

/** Edit distance as a share of the longer word. */
export function closeness(one: string, other: string): number {
  const [a, b] = [one.slice(0, wordCharsMax), other.slice(0, wordCharsMax)];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.split('').entries()) {
    const next = [row + 1];
    for (const [column, against] of b.split('').entries())
      next.push(
        Math.min(
          (previous[column] ?? 0) + (letter === against ? 0 : 1),
          (previous[column + 1] ?? 0) + 1,
          (next[column] ?? 0) + 1,
        ),
      );
    previous = next;
  }
  return (previous.at(-1) ?? 0) / Math.max(a.length, b.length, 1);
}

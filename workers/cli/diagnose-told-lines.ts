import type { KeptLine, ReducedEntry } from '../../kb/logs/reduce.ts';
import { queryCharsMax } from '../../kb/retrieval/query.ts';

/** Collects the lines of small logs that are worth asking the knowledge base about. */
export interface ToldLines {
  add(entries: readonly ReducedEntry[]): void;
  /** The most telling ones in the order in which they stand, as many as a query takes. */
  text(): string;
}

// One source should not fill the query with a single line.
const lineCharsMax = 400;
/** Lines that are held until it is known which of them fit. */
const linesHeldMax = 2_000;

export function toldLines(): ToldLines {
  const held: { readonly text: string; readonly turn: number; readonly rank: number }[] = [];
  const seen = new Set<string>();
  return {
    add(entries) {
      for (const entry of entries) {
        if (entry.kind !== 'line' || held.length >= linesHeldMax) continue;
        const text = entry.text.slice(0, lineCharsMax).trim();
        if (text === '' || seen.has(text)) continue;
        seen.add(text);
        held.push({ text, turn: held.length, rank: rankOf(entry) });
      }
    },
    text() {
      let room = queryCharsMax;
      const fits = held
        .toSorted((a, b) => a.rank - b.rank || a.turn - b.turn)
        .filter(({ text }) => (room -= text.length + 1) >= 0);
      return fits
        .toSorted((a, b) => a.turn - b.turn)
        .map(({ text }) => text)
        .join('\n');
    },
  };
}

/** What a person would read first: trouble that is known, lines that speak of trouble, the last line, then the rest. */
function rankOf({ why, text }: KeptLine): number {
  if (why === 'fault') return 0;
  if (troubled.test(text)) return 1;
  return why === 'last' ? 2 : why === 'unit' || why === 'known' ? 3 : why === 'new' ? 4 : 5;
}

const troubled =
  /error|fail|exception|fatal|time[d -]*out|refused|abort|killed|warn|cannot|unable|denied|invalid|nan\b|hang|hung|stuck|slow/i;

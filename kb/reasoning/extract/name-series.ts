import { anyOf, nodeThings } from './lexicon.ts';
import { isForeignName } from './listing.ts';
import type { Span } from './reference.ts';

const nounOnly = new RegExp(
  `^(?:${anyOf(nodeThings)}|address(?:es)?|ips?|are|is|at|on|to|and|from|of|for|with|in|these|those|both|all|only|just|namely|like|say|ssh|sshd|port|it|that|this|there|now|then|or|not|see|also|versus|vs|check|read|host|rank|by|via)$`,
  'i',
);

/** Whether a word before an address only says that an address follows. */
export function isPlainNoun(word: string): boolean {
  return nounOnly.test(word);
}

/** Words that end a sentence before a list of addresses, and name none of them. */
export function isCommon(word: string): boolean {
  return (
    /(?:s|ed|ing|ly)$/i.test(word) ||
    /^(?:one|two|three|four|five|six|list|team|site|rack|cluster|pair|group|here|following|please|first|second|third|last|trouble|crash|problem|names?|config|job|partition)$/i.test(
      word,
    )
  );
}

/** Names that stand for several addresses at once, or bare words before each of a row of them. */
export function namedInSeries(text: string, spans: readonly Span[]): readonly Span[] {
  const [first] = spans;
  if (first === undefined) return spans;
  if (spans.slice(1).every(({ names }) => names.length === 0)) {
    const all = spans.flatMap(({ addresses }) => addresses);
    const before = text.slice(0, Math.max(first.from, text.indexOf(all[0] ?? '', first.from)));
    const names = namesOfRange(before, all.length) ?? namesListed(before, all.length);
    if (names !== null)
      return spans.map((span) => ({
        ...span,
        names: span.addresses.map((address) => names[all.indexOf(address)] ?? ''),
        usage: 'login',
      }));
  }
  return namedEach(text, spans);
}

// "gpu07 - gpu09 (", "mx-1 .. mx-3 are ", "c[04-06]: "
const nameRange =
  /(?<![\w-])(?<stem>[A-Za-z][\w-]*?)(?:\[(?<low>\d+)-(?<high>\d+)\]|(?<first>\d+)\s*(?:-|–|\.{2,3}|to|through|until)\s*(?:\k<stem>)?(?<last>\d+))(?:\s*(?:are|is|=|:|\(|at|,|->)\s*)+$/i;

function namesOfRange(before: string, many: number): readonly string[] | null {
  const { stem = '', low, high, first, last } = nameRange.exec(before)?.groups ?? {};
  const [from, to] = [low ?? first ?? '', high ?? last ?? ''];
  if (from === '' || Number(to) - Number(from) + 1 !== many) return null;
  return Array.from({ length: many }, (_, at) => `${stem}${String(Number(from) + at).padStart(from.length, '0')}`);
}

// "q1, q2 and q3 (": as many names as addresses.
const nameList = /((?:[A-Za-z][\w-]*(?:,\s*(?:and\s)?|\s+and\s|\s*&\s*|\s+))+[A-Za-z][\w-]*)\s*(?:\(|:|=|are|->)\s*$/;

function namesListed(before: string, many: number): readonly string[] | null {
  const words = (nameList.exec(before)?.[1] ?? '').split(/[\s,&]+/).filter((word) => word !== 'and');
  const names = words.slice(-many);
  return many > 1 && names.length === many && names.every((word) => /\d/.test(word)) ? names : null;
}

/** "alpha 192.0.2.1, beta 192.0.2.2": one such word alone is no name. */
function namedEach(text: string, spans: readonly Span[]): readonly Span[] {
  const words = spans.map(({ names, pointer, from, usage }) =>
    names.length === 0 && pointer === null && usage !== 'service'
      ? /(?:^|[,;:(/&+–-]\s*|\band\s+)([A-Za-z][\w-]*)\s+$/.exec(text.slice(0, from))
      : null,
  );
  const isSeries = (found: RegExpExecArray | null): found is RegExpExecArray =>
    found !== null && !isPlainNoun(found[1] ?? '') && !isCommon(found[1] ?? '');
  if (words.filter(isSeries).length < 2) return spans;
  return spans.map((span, at) => {
    const found = words[at] ?? null;
    if (!isSeries(found)) return span;
    const name = found[1] ?? '';
    return {
      ...span,
      names: [name],
      usage: isForeignName(name) ? 'foreign' : 'login',
      from: found.index + found[0].indexOf(name),
    };
  });
}
